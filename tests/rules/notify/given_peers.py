"""A wave of laureates who can help each other, and what each of them answers."""

from datetime import timedelta
from typing import Any

from services.notify.domain.notice import Cause, Notice
from services.notify.domain.pairs import Pair
from services.notify.domain.peers import Community, Laureate, WaveSupport, answer, lapse, match_wave
from services.notify.domain.support import Plan
from shared.contract.decision import Decision
from shared.contract.frontdesk import PeerAnswered
from tests.rules.notify.given import CAUSE, LATER
from tests.rules.notify.notify_samples import AT, DOSSIER, PROGRAMME, a_contact

SUPPORT = PROGRAMME.support
WHOLE = WaveSupport("2020-4", expected=3, opened=3)
ONE_DAY = timedelta(days=1)
A, B, C, D = (f"{DOSSIER[:-1]}{letter}" for letter in "abcd")


def a_plan(one: str = A, **changes: Any) -> Plan:
    fields: dict[str, Any] = {
        "candidature_id": one,
        "wave": "2020-4",
        "promoted": False,
        "awarded_at": AT,
        "needs": ("governance",),
        "steps": ("introduction", "peers"),
    }
    return Plan(**fields | changes)


def a_laureate(
    one: str, *, needs: tuple[str, ...] = (), offers: tuple[str, ...] = (), **place: Any
) -> Laureate:
    contact = a_contact(candidature_id=one, place_name=f"Lieu {one[-1]}", offers=offers, **place)
    return Laureate(a_plan(one, needs=needs), contact)


def a_community(*laureates: Laureate) -> Community:
    known = {one.plan.candidature_id: one for one in laureates}
    return Community(known, matched=frozenset(["2020-4"]))


def three() -> Community:
    """B offers what A needs, and A what B needs; C needs what A offers, and offers nothing."""
    return a_community(
        a_laureate(A, needs=("legal",), offers=("governance",)),
        a_laureate(B, needs=("governance",), offers=("legal",)),
        a_laureate(C, needs=("governance",), latitude=46.3),
    )


def told(decision: Decision) -> dict[tuple[str, str], Notice]:
    notices = [change for change in decision.changes if isinstance(change, Notice)]
    found = {(one.template, one.candidature_id[-1]): one for one in notices}
    assert len(notices) == len({one.notice_id for one in notices}), "each letter is one of its own"
    return found


def pairs_in(decision: Decision) -> list[tuple[str, str]]:
    return [(one.helped[-1], one.helper[-1]) for one in decision.changes if isinstance(one, Pair)]


def says(one: str, peer: str, accepts: bool, community: Community) -> Decision:
    said = PeerAnswered(candidature_id=one, peer=peer, accepts=accepts)
    return answer(said, community, LATER, SUPPORT)


def matched(community: Community) -> Community:
    return community.after(match_wave(WHOLE, community, CAUSE, SUPPORT).changes)


def in_days(community: Community, days: int) -> Decision:
    return lapse(community, Cause("late", AT + timedelta(days=days)), SUPPORT)
