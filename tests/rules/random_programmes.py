"""Random calls: zones by any rules, quotas or none, one to five years, flat or ranged; pure in their seed."""

import random
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from deploy.local.home.programme_copy import as_toml
from shared.contract.values import ShortOfMoney
from shared.programme import Programme, Wave, Zone, ZoneRule, load_programme
from shared.programme.model import UrbanRule
from tests.conftest import SHIPPED_PROGRAMME

COMMUNES = ("03310", "03095", "63113", "81140", "31555")
DEPARTMENTS = ("03", "15", "23", "43", "63")
SHIPPED = load_programme(SHIPPED_PROGRAMME)


def random_programme(seed: int) -> Programme:
    """As its file says it: what is wrong between its parts fails here."""
    source = random.Random(seed)
    zones = _zones(source)
    award = _award(source)
    most_cents = award["ceiling_cents"] * 12
    changed = {
        "zones": zones,
        "quotas": {zone.id: source.randint(0, 6) for zone in zones if source.random() < 0.5},
        "award": SHIPPED.award.model_copy(update=award),
        "envelope_cents": max(1, int(most_cents * source.choice([0.2, 0.5, 1, 2]))),
        "waves": _waves(source.randint(1, 3)),
        "selection": SHIPPED.selection.model_copy(
            update={
                "laureates_max": source.choice([3, 6, 20]),
                "when_short_of_money": source.choice(list(ShortOfMoney)),
            }
        ),
        "territory": SHIPPED.territory.model_copy(update={"urban_rule": UrbanRule.EPCI}),
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "call.toml"
        file.write_text(as_toml(SHIPPED.model_copy(update=changed)), encoding="utf-8")
        return load_programme(file)


def _zones(source: random.Random) -> tuple[Zone, ...]:
    rules = source.sample(list(ZoneRule), source.randint(1, 4))
    lists: dict[ZoneRule, dict[str, Any]] = {
        ZoneRule.COMMUNES: {"communes": tuple(source.sample(COMMUNES, 3))},
        ZoneRule.DEPARTMENTS: {"departments": tuple(source.sample(DEPARTMENTS, 2))},
    }
    return tuple(
        Zone(
            id=f"zone-{rule.value}",
            name=rule.value,
            where=f"là où {rule.value}",
            rule=rule,
            **lists.get(rule, {}),
        )
        for rule in rules
    )


def _award(source: random.Random) -> dict[str, int]:
    years = source.randint(1, 5)
    ceiling = source.randrange(100_000, 40_000_000, 100)
    floor = ceiling if source.random() < 0.4 else source.randrange(100, ceiling, 100)
    capped = source.choice([ceiling, -(-ceiling // years)])
    return {
        "floor_cents": floor,
        "ceiling_cents": ceiling,
        "yearly_cap_cents": capped,
        "years": years,
    }


def _waves(count: int) -> tuple[Wave, ...]:
    days = 60
    first = SHIPPED.waves[0].opens_on
    return tuple(
        Wave(
            id=f"w{number}",
            opens_on=first + timedelta(days=number * days),
            closes_on=first + timedelta(days=(number + 1) * days - 1),
        )
        for number in range(count)
    )
