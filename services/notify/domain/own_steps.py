"""Steps that laureates do themselves: what they say of them, and who is reminded of what is late."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from services.notify.domain.contact import Contact, having_told
from services.notify.domain.notice import Message
from services.notify.domain.steps import (
    ASSOCIATION,
    FROM,
    HOLDER,
    MOVES_MAX,
    TEAM,
    TOO_MANY_MOVES,
    Move,
    Step,
    advanced,
    ended,
    line_of,
    move_of,
    not_now,
    noted,
)
from services.notify.domain.support import Moment, Supported
from services.notify.domain.support_acts import PLAN_CLOSED, UNKNOWN_STEP
from services.notify.domain.telling import joined, keeping, tell
from shared.contract.decision import Decision, nothing
from shared.contract.frontdesk import StepReported
from shared.contract.notify import SupportReminded
from shared.contract.support import StepFinished
from shared.contract.values import Reason

Speaker = Literal["holder", "mentor"]
THEIR_MOVES_MAX = 20  # of one step, until it is done: its owner must leave room for the team
BETWEEN_REMINDERS = timedelta(days=30)
LATE = "steps_late"
OURS = (TEAM, ASSOCIATION)  # a mentor is a laureate, whose lateness is none of ours
ACT = "step.reported"


def objection(known: Supported, event: StepReported, speaker: Speaker) -> Reason | None:
    """Why a laureate cannot say this of a step; None where they can."""
    if not known.plan.is_open:
        return PLAN_CLOSED
    step = known.step(event.step)
    if step is None:
        return UNKNOWN_STEP
    if step.owner != speaker:
        return ANOTHERS
    if event.done and step.state not in FROM[StepFinished]:
        return not_now(step)
    if len(step.moves) >= MOVES_MAX:
        return TOO_MANY_MOVES
    said = sum(move["act"] == ACT for move in step.moves)
    return SAID_ENOUGH if said >= THEIR_MOVES_MAX and not event.done else None


def was_said(known: Supported, event: StepReported, receipt_number: str) -> bool:
    """Whether the speaker's last words on the step are these: a front-end that saw no PubAck says them again.

    `receipt_number` is the speaker's. That a step is done is said once more only where it is.
    """
    step = known.step(event.step)
    if step is None or (event.done and step.state != "done"):
        return False
    said = [
        move["said"] for move in step.moves if move["act"] == ACT and move["by"] == receipt_number
    ]
    return said[-1:] == [event.said]


def report(
    known: Supported, event: StepReported, speaker: Speaker, receipt_number: str, at: Moment
) -> Decision:
    """`objection` has let it through. `receipt_number` is the speaker's.

    Each report is a fact: a database that is made anew finds by it when it was decided.
    """
    step = known.step(event.step)
    assert step
    after = noted(step, move_of(ACT, at.now, receipt_number, speaker, event.said))
    if event.done:
        after = ended(after, "done", at.today)
    return Decision("step-reported", facts=(advanced(after),), changes=(after,))


def without_the_mentor(steps: Iterable[Step], receipt_number: str) -> list[Step]:
    """Steps of others on which a mentor wrote who is erased: what they wrote goes, that they did it stays."""
    changed = []
    for step in steps:
        moves = tuple(
            _emptied(move) if move["by"] == receipt_number else move for move in step.moves
        )
        if moves != step.moves:
            changed.append(replace(step, moves=moves))
    return changed


def _emptied(move: Move) -> Move:
    return {**move, "said": ""}


def is_late_for(step: Step, today: date) -> bool:
    """Whether its holder agreed to do it, and its day is over."""
    return step.owner == HOLDER and step.state in FROM[StepFinished] and step.is_overdue(today)


def is_to_be_reminded(contact: Contact, today: date) -> bool:
    before = contact.told.get(LATE)
    is_rested = before is None or today - date.fromisoformat(before) >= BETWEEN_REMINDERS
    return is_rested and bool(contact.email)


def remind(contact: Contact, steps: Sequence[Step], at: Moment) -> Decision:
    """One letter for all that is late of a plan, on the holder's side and on ours."""
    theirs = [step for step in steps if is_late_for(step, at.today)]
    if not theirs or not is_to_be_reminded(contact, at.today):
        return nothing("said-before")
    ours = [step for step in steps if step.owner in OURS and step.is_overdue(at.today)]
    reminded = having_told(contact, LATE, at.today.isoformat())
    context = {"plan": [line_of(step) for step in theirs], "ours": [line_of(step) for step in ours]}
    letter = tell(contact, at.cause, Message(LATE, context, matter=contact.candidature_id))
    names = tuple(step.name for step in theirs)
    fact = SupportReminded(candidature_id=contact.candidature_id, steps=names)
    return joined(keeping(reminded, letter), Decision("reminded", facts=(fact,)))


SAID_ENOUGH = Reason(
    code="step-said-enough",
    field="said",
    message=f"{THEIR_MOVES_MAX} messages ont été écrits sur cette étape : dites-la faite quand elle l'est.",
)
ANOTHERS = Reason(
    code="step-not-yours", field="step", message="Cette étape est confiée à quelqu'un d'autre."
)
NO_MENTOR = Reason(
    code="not-a-mentor",
    field="helped",
    message="Ce lauréat n'est pas de ceux que vous accompagnez.",
)
