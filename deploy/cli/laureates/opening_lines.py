"""A CSV file of labels of before the platform: every line against the programme and against the others."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from deploy.cli.acts.lines import BETWEEN, Line, json_or_text
from deploy.cli.terminal.options import mistakes
from deploy.cli.terminal.printing import euros
from services.funding.domain.waves.takeover import mistakes as mistakes_in
from shared.contract.identity import bare_name
from shared.contract.laureates import Laureate, laureate_id
from shared.programme import Programme
from shared.programme.promises import tranche_due_on
from shared.reference.communes import Communes

LISTS = ("kinds", "awarded_cents", "due_on", "paid_on")
EMPTY: Mapping[str, Any] = {"siret": None, "agreed_on": None, "kinds": [], "paid_on": []}
SPACES = str.maketrans("", "", " \u00a0\u202f")


@dataclass(frozen=True, slots=True)
class Read:
    """The laureates of the lines that hold, by line, and every mistake of the others."""

    laureates: Mapping[int, Laureate]
    mistakes: list[str]


def laureates_in(
    lines: Iterable[Line], programme: Programme, communes: Communes, today: date
) -> Read:
    found: dict[int, Laureate] = {}
    wrong: list[str] = []
    for line in lines:
        told = f"line {line.number}: "
        try:
            laureate = _laureate(line.cells, programme, communes)
        except ValidationError as error:
            wrong += [told + mistake for mistake in mistakes(error)]
            continue
        found[line.number] = laureate
        if communes.resolve(laureate.commune_code) is None:
            wrong.append(f"{told}commune_code: no commune has the code {laureate.commune_code}")
        own_id = laureate_id(programme.id, laureate.receipt(programme.receipt_prefix))
        for reason in mistakes_in(programme, own_id, laureate, today):
            wrong.append(f"{told}{reason.field or 'laureate'}: {reason.message}")
    return Read(found, [*wrong, *_said_twice(found)])


def _laureate(cells: Mapping[str, str], programme: Programme, communes: Communes) -> Laureate:
    """What is left empty: no SIRET, no agreement, no payment; and the days are those of the programme.

    Raises ValidationError.
    """
    stated: dict[str, Any] = {**EMPTY, **{name: _value(name, cell) for name, cell in cells.items()}}
    code = str(stated.get("commune_code", ""))
    stated["commune_code"] = communes.resolve(code) or code
    if "due_on" not in stated and "awarded_cents" in stated:
        stated["due_on"] = _due_on(programme, stated)
    return Laureate.model_validate_json(json.dumps(stated, default=str))


def _value(name: str, cell: str) -> Any:
    if name == "siret":
        return cell.translate(SPACES)
    if name in LISTS:
        return [json_or_text(one.strip()) for one in cell.split(BETWEEN)]
    return cell


def _due_on(programme: Programme, stated: Mapping[str, Any]) -> list[date]:
    """A day that cannot be read is told as such, and has none that follow from it."""
    try:
        awarded_on = date.fromisoformat(str(stated.get("awarded_on")))
    except ValueError:
        return []
    years = range(1, len(stated["awarded_cents"]) + 1)
    return [tranche_due_on(programme, awarded_on, year) for year in years]


def _said_twice(found: Mapping[int, Laureate]) -> list[str]:
    """Two lines of one label: by its reference, or by its place."""
    first: dict[tuple[str, ...], int] = {}
    twice = []
    for number, laureate in found.items():
        place = laureate.siret or bare_name(laureate.place_name)
        for key in (
            ("label", laureate.wave, laureate.reference),
            ("place", place, laureate.commune_code),
        ):
            before = first.setdefault(key, number)
            if before != number:
                twice.append(f"line {number}: it is the {key[0]} of line {before}")
    return twice


@dataclass(frozen=True, slots=True)
class Balance:
    """What labels would change; `places_left` and `left_cents` are what is left after them."""

    laureates: int
    places: Mapping[str, int]
    places_left: Mapping[str, int]
    awarded_cents: int
    paid_cents: int
    left_cents: int

    @property
    def overdrawn(self) -> list[str]:
        over = [
            f"{zone}: {number(-left)} more than its quota leaves"
            for zone, left in self.places_left.items()
            if left < 0
        ]
        if self.left_cents < 0:
            over.append(f"the envelope lacks {euros(-self.left_cents)}")
        return over


def number(places: int) -> str:
    return "1 place" if places == 1 else f"{places} places"


def balance(
    programme: Programme, summary: Mapping[str, Any], laureates: Iterable[Laureate]
) -> Balance:
    """`summary` is funding's answer to the question of that name; `laureates` those it does not know yet."""
    new = list(laureates)
    places = Counter(laureate.zone for laureate in new)
    taken = summary["laureates"]
    awarded_cents = sum(sum(laureate.awarded_cents) for laureate in new)
    return Balance(
        laureates=len(new),
        places=dict(places),
        places_left={
            zone: quota - taken[zone] - places[zone] for zone, quota in programme.quotas.items()
        },
        awarded_cents=awarded_cents,
        paid_cents=sum(sum(one.awarded_cents[: len(one.paid_on)]) for one in new),
        left_cents=summary["envelope_left_cents"] - awarded_cents,
    )
