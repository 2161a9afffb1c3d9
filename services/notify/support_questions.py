"""What notify answers about support: steps and who has to do them, what was asked and what came of it."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from services.notify import store
from services.notify.domain import sentences
from services.notify.domain.contact import Contact
from services.notify.domain.steps import STATE_SIDE, TEAM, Step
from shared.contract.support import StepAssigned, StepFinished
from shared.contract.work import Work, page_of
from shared.kit.storage.states import States
from shared.programme import Programme

SOON = timedelta(days=14)  # the team sees its own steps so long before their day


def counted(steps: Iterable[Step], today: date) -> dict[str, int]:
    """How many steps were ever asked for, how far they came, and how many are late or were done late."""
    found = list(steps)
    states = Counter(step.state for step in found)
    return {
        "steps": len(found),
        "agreed": sum(step.agreed_on is not None for step in found),
        "done": states["done"],
        "late": sum(step.was_late(today) for step in found),
        "dropped": states["dropped"],
    }


def told_step(step: Step, today: date) -> dict[str, Any]:
    """One step as an answer tells it, with every move of it."""
    return {
        "step": step.name,
        "need": step.need,
        "owner": step.owner,
        "side": "state" if step.owner in STATE_SIDE else "holder",
        "due_on": step.due_on.isoformat(),
        "state": step.state,
        "done": step.state == "done",
        "overdue": step.is_overdue(today),
        "returned": step.returned,
        "opened_on": step.opened_on.isoformat(),
        "agreed_on": step.agreed_on.isoformat() if step.agreed_on else None,
        "ended_on": step.ended_on.isoformat() if step.ended_on else None,
        "moves": list(step.moves),
    }


def waiting(states: States, programme: Programme, today: date) -> list[Work]:
    """What came back to the team, what is late on any side, and the team's own steps that are due soon."""
    steps = [step for step in store.live_steps(states) if _waits(step, today)]
    contacts = states.many(Contact, [(step.candidature_id,) for step in steps])
    return [_work(step, contacts[(step.candidature_id,)], programme, today) for step in steps]


def todo(states: States, programme: Programme, today: date, limit: int) -> dict[str, Any]:
    return page_of(waiting(states, programme, today), limit)


def _waits(step: Step, today: date) -> bool:
    is_due_soon = step.owner == TEAM and step.due_on <= today + SOON
    return step.returned or step.is_overdue(today) or is_due_soon


def _work(step: Step, contact: Contact, programme: Programme, today: date) -> Work:
    """`since` is its due day, where that is over; what is due later waits since it was opened."""
    act = StepAssigned if step.returned else StepFinished
    begun = step.due_on if step.is_overdue(today) else step.opened_on
    since = datetime.combine(begun, time(), programme.zone)
    return Work(act, step.candidature_id, _detail(step, today), since, contact.receipt_number)


def _detail(step: Step, today: date) -> str:
    named = f"étape {step.name} : {sentences.step(step.name, step.need)}"
    if step.returned:
        return f"{named}, revenue à l'équipe : à confier ou à abandonner"
    owner = sentences.OWNERS[step.owner]
    late = "en retard depuis le" if step.is_overdue(today) else "à faire avant le"
    return f"{named}, {owner}, {late} {step.due_on:%d/%m/%Y}"
