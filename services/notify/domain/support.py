"""The support of a laureate: the steps of a plan, the days of the meetings, what begins at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from services.notify.domain.contact import Contact
from services.notify.domain.notice import Cause, Message
from services.notify.domain.telling import joined, tell
from shared.contract.decision import Decision, nothing
from shared.contract.funding import GrantAwarded
from shared.contract.notify import SupportAdvanced, SupportOpened
from shared.programme.model import Support, months_later
from shared.value import value

INTRODUCTION = "introduction"
PEERS = "peers"
CLOSED = "closed"
NO_NEED_DECLARED = "first-interview"


@value
class Plan:
    """The support of one laureate: its steps in order, those done, and whether the award still stands."""

    candidature_id: str
    wave: str
    promoted: bool
    awarded_at: datetime
    needs: tuple[str, ...]
    steps: tuple[str, ...]
    done: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    is_open: bool = True


def plan_steps(needs: Sequence[str], support: Support) -> tuple[str, ...]:
    """The introduction, one hand-over for each declared need, each meeting of the community, then the peers.

    A laureate who declared no need gets an interview about them instead.
    """
    declared = dict.fromkeys(needs) or {NO_NEED_DECLARED: None}
    handovers = [f"need-{need}" for need in declared]
    peers = [PEERS] if support.peers else []
    return (INTRODUCTION, *handovers, *meeting_steps(support), *peers)


def meeting_steps(support: Support) -> list[str]:
    return [meeting_step(index) for index, _ in enumerate(support.meetings)]


def meeting_step(index: int) -> str:
    return f"meeting-{index + 1}"


def meeting_day(awarded_on: date, months_after_award: int) -> date:
    return months_later(awarded_on, months_after_award)


def open_plan(event: GrantAwarded, contact: Contact, known: Plan | None, support: Support) -> Decision:
    """A laureate's plan, from the needs the file declares. A second award changes nothing."""
    if known and known.is_open:
        return nothing("plan-open")
    steps = plan_steps(contact.needs, support)
    plan = Plan(
        candidature_id=event.candidature_id,
        wave=event.wave,
        promoted=event.promoted,
        awarded_at=event.awarded_at,
        needs=contact.needs,
        steps=steps,
    )
    fact = SupportOpened(candidature_id=event.candidature_id, needs=contact.needs, steps=steps)
    return Decision("plan-opened", facts=(fact,), changes=(plan,))


def close_plan(plan: Plan | None) -> Decision:
    if plan is None or not plan.is_open:
        return nothing("no-plan")
    fact = SupportAdvanced(candidature_id=plan.candidature_id, step=CLOSED)
    return Decision("plan-closed", facts=(fact,), changes=(replace(plan, is_open=False),))


def begin_support(plan: Plan, contact: Contact, cause: Cause, support: Support) -> tuple[Plan, Decision]:
    """The association learns of the laureate and the needs, the meetings are announced."""
    awarded_at = plan.awarded_at.isoformat()
    awarded = {
        "needs": list(plan.needs),
        "wave": plan.wave,
        "awarded_at": awarded_at,
    }
    letters = [
        Message("support_opened", {**awarded, "plan": list(plan.steps)}),
        Message("introduction", awarded, "association"),
    ]
    for index, step in enumerate(meeting_steps(support)):
        letters.append(
            Message(
                "invitation",
                {"meeting": index, "awarded_at": awarded_at},
                matter=step,
            )
        )
    begun = tuple(step for step in plan.steps if step != PEERS)
    facts = tuple(SupportAdvanced(candidature_id=plan.candidature_id, step=step) for step in begun)
    moved = replace(plan, done=(*plan.done, *begun))
    told = [tell(contact, cause, letter) for letter in letters]
    return moved, joined(*told, Decision("support-begun", facts=facts, changes=(moved,)))
