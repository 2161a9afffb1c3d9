"""Labels of before the platform, each thing in one call and changed by name."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from services.funding.domain.decisions import changed
from services.funding.domain.states import Fund, Takeover
from services.funding.domain.waves import takeover
from services.funding.domain.waves.takeover import Room
from shared.contract.backoffice import LaureateImported
from shared.contract.decision import Decision
from shared.contract.laureates import Laureate, laureate_id
from shared.contract.values import Actor, Role
from tests.rules.waves import given

DIRECTOR, ACCOUNTANT = ("director-1", Role.DIRECTOR), ("comptable-1", Role.ACCOUNTANT)
SIRET = "13002603200016"


def label(**changes: Any) -> Laureate:
    """Of 2019, three years of 50 000 euros, the first of them paid."""
    made = {
        "wave": "2019-1",
        "reference": "017",
        "legal_name": "Association La Passerelle",
        "place_name": "La Passerelle",
        "siret": SIRET,
        "commune_code": "03310",
        "kinds": ("tiers-lieu",),
        "zone": given.QPV,
        "awarded_on": date(2019, 10, 15),
        "agreed_on": date(2019, 12, 2),
        "awarded_cents": given.FULL_GRANT,
        "due_on": (date(2020, 2, 14), date(2021, 2, 14), date(2022, 2, 14)),
        "paid_on": (date(2020, 2, 18),),
    }
    return Laureate(**(made | changes))


def said(who: tuple[str, Role] = DIRECTOR, laureate: Laureate | None = None) -> LaureateImported:
    laureate = laureate or label()
    return LaureateImported(
        candidature_id=laureate_id(given.programme().id, laureate.receipt("FABT")),
        actor=Actor(id=who[0], role=who[1]),
        reason="Liste des labels.",
        laureate=laureate,
    )


def room(fund: Fund | None = None, **stages: str) -> Room:
    return Room(given.programme(), fund or given.fund(), list(given.waves(**stages).values()), [])


def word(who: tuple[str, Role] = DIRECTOR, laureate: Laureate | None = None) -> Takeover:
    kept = changed(takeover.say(room(), None, said(who, laureate), given.at()), Takeover)
    assert kept
    return kept


def taken(laureate: Laureate | None = None) -> Decision:
    return takeover.take_over(room(), said(ACCOUNTANT, laureate), given.at())


def of(kind: type[Any], found: Iterable[Any]) -> list[Any]:
    return [one for one in found if isinstance(one, kind)]
