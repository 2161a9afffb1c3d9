"""An officer's answer on a territory: what is one answer twice, and what is another one."""

from datetime import UTC, datetime

from services.eligibility.domain.files import File, decide_territory
from shared.contract.backoffice import TerritoryDecided
from shared.contract.eligibility import EligibilityChecked
from shared.contract.values import Actor, Role, Zone

NOW = datetime(2021, 1, 5, 9, tzinfo=UTC)
ID = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
FILE = File(ID, "2020-4", 1, "instruction", "90009001000019", "03310", 46.12, 3.42, None)


def answer(*zones: Zone) -> TerritoryDecided:
    actor = Actor(id="officer-1", role=Role.INSTRUCTOR)
    return TerritoryDecided(candidature_id=ID, zones=zones, actor=actor, reason="Vu sur place.")


def answered(file: File, *zones: Zone) -> File:
    [decided] = decide_territory(file, answer(*zones), NOW).changes
    assert isinstance(decided, File)
    return decided


def test_given_an_answer_when_the_same_officer_says_the_same_at_the_same_moment_then_it_is_one_answer() -> None:
    once = answered(FILE, Zone.QPV)
    assert decide_territory(once, answer(Zone.QPV), NOW).result == "duplicate"


def test_given_an_answer_when_another_one_differs_by_its_zones_alone_then_it_replaces_the_first() -> None:
    once = answered(FILE, Zone.QPV)
    for zones in ((), (Zone.QPV, Zone.OUTSIDE_URBAN), (Zone.OUTSIDE_URBAN,)):
        decision = decide_territory(once, answer(*zones), NOW)
        [fact] = decision.facts
        assert isinstance(fact, EligibilityChecked)
        assert (fact.zones, fact.eligible, fact.revision) == (zones, bool(zones), 2)
