"""What notify answers about support: steps and who has to do them, what was asked and what came of it."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from services.notify import store
from services.notify.domain import sentences
from services.notify.domain.commons import Common
from services.notify.domain.contact import Contact, nobody
from services.notify.domain.steps import ASSOCIATION, MENTOR, STATE_SIDE, TEAM, Move, Step
from services.notify.domain.support import Plan
from services.notify.handlers.support import in_order
from shared.contract.asked import StepsAsked
from shared.contract.backoffice import CommonDecided
from shared.contract.support import StepAssigned, StepFinished
from shared.contract.values import Reason
from shared.contract.work import Work, page_of
from shared.french import day
from shared.kit.questions import refused
from shared.kit.storage.states import States
from shared.programme import Programme
from shared.reference.communes import Communes

UNKNOWN = Reason(code="unknown", message="Aucun dossier accompagné n'a cet identifiant.")
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


def handed(states: States, candidature_id: str, today: date) -> dict[str, Any]:
    """To the association: a laureate's plan, where they agree that it knows them; no letter, no peer.

    A peer who helps them has agreed to nothing: of what a mentor did it learns neither who nor their words.
    """
    plan = states.one(Plan, candidature_id)
    if plan is None or not plan.handed_over:
        return refused(UNKNOWN)
    told = told_plan(states, plan, today)
    del told["peers"]
    for step in told["steps"]:
        step["moves"] = [_without_a_mentor(move) for move in step["moves"]]
    return {"candidature_id": candidature_id, "plan": told}


def _without_a_mentor(move: Move) -> Move:
    return {**move, "by": "", "said": ""} if move["role"] == MENTOR else move


def told_plan(states: States, plan: Plan, today: date) -> dict[str, Any]:
    contact = states.one(Contact, plan.candidature_id) or nobody(plan.candidature_id)
    return {
        "wave": plan.wave,
        "state": "open" if plan.is_open else "closed",
        "place_name": contact.place_name,
        "commune_code": contact.commune_code,
        "receipt_number": contact.receipt_number,
        "needs": list(plan.needs),
        "handed_over": plan.handed_over,
        "steps": [
            told_step(step, today) for step in in_order(plan, states.of(Step, plan.candidature_id))
        ],
        "peers": list(plan.peers),
    }


def steps(
    states: States, asked: StepsAsked, today: date, to_association: bool = False
) -> dict[str, Any]:
    """What somebody has to do, by due day: how much in all, and so much of it."""
    found = [step for step in store.live_steps(states) if _is_asked(step, asked, today)]
    if to_association:
        plans = states.many(Plan, [(step.candidature_id,) for step in found])
        theirs = {plan.candidature_id for plan in plans.values() if plan.handed_over}
        found = [
            step for step in found if step.owner == ASSOCIATION and step.candidature_id in theirs
        ]
    found.sort(key=lambda step: (step.due_on, step.step_id))
    page = found[: asked.limit]
    contacts = _contacts_of(states, page)
    return {
        "as_of": today.isoformat(),
        "count": len(found),
        "overdue": sum(step.is_overdue(today) for step in found),
        "steps": [_listed(step, contacts[step.candidature_id], today) for step in page],
    }


def _contacts_of(states: States, about: Iterable[Step | Common]) -> dict[str, Contact]:
    found = states.many(Contact, [(one.candidature_id,) for one in about])
    return {contact.candidature_id: contact for contact in found.values()}


def _is_asked(step: Step, asked: StepsAsked, today: date) -> bool:
    if asked.owner is not None and step.owner != asked.owner:
        return False
    return step.is_overdue(today) or not asked.overdue


def _listed(step: Step, contact: Contact, today: date) -> dict[str, Any]:
    told = told_step(step, today)
    del told["moves"]
    named = {"receipt_number": contact.receipt_number, "place_name": contact.place_name}
    return {"candidature_id": step.candidature_id, **named, **told}


def report(states: States, communes: Communes, today: date) -> dict[str, Any]:
    """Every step that was ever asked for, by what it is for, region, owner, and the year it was asked for.

    `kinds` tells them once more by kind of place: one of two kinds counts in both. `supported` are those for
    whom something they needed was done: an interview or a meeting with peers alone changes nothing.
    """
    found = store.counted_steps(states)
    contacts = _contacts_of(states, found)
    groups: dict[tuple[str, str, str, int], list[Step]] = {}
    kinds: dict[str, list[Step]] = {}
    for step in found:
        contact = contacts[step.candidature_id]
        commune = communes.get(contact.commune_code)
        region = commune.region if commune else ""
        key = (step.need or step.name, region, step.owner, step.opened_on.year)
        groups.setdefault(key, []).append(step)
        for kind in contact.kinds or ("",):
            kinds.setdefault(kind, []).append(step)
    rows = [
        {"need": need, "region": region, "owner": owner, "year": year, **counted(group, today)}
        for (need, region, owner, year), group in sorted(groups.items())
    ]
    supported = sorted(
        {step.candidature_id for step in found if step.need and step.state == "done"}
    )
    by_kind = [{"kind": kind, **counted(group, today)} for kind, group in sorted(kinds.items())]
    return {
        "as_of": today.isoformat(),
        "total": counted(found, today),
        "rows": rows,
        "kinds": by_kind,
        "supported": supported,
    }


def waiting(states: States, programme: Programme, today: date) -> list[Work]:
    """What came back to the team, what is late, its own steps that are due soon, and what laureates share."""
    steps = [step for step in store.live_steps(states) if _waits(step, today)]
    shared = store.proposed_commons(states)
    contacts = _contacts_of(states, (*steps, *shared))
    work = [_work(step, contacts[step.candidature_id], programme, today) for step in steps]
    return work + [_to_read(one, contacts[one.candidature_id]) for one in shared]


def _to_read(one: Common, contact: Contact) -> Work:
    """No word that a laureate wrote: the list is a fact, which stays."""
    detail = (
        f"ressource partagée {one.common}, révision {one.revision} : à lire, puis à accepter ou non"
    )
    return Work(CommonDecided, one.candidature_id, detail, one.said_at, contact.receipt_number)


def todo(states: States, programme: Programme, today: date, limit: int) -> dict[str, Any]:
    return page_of(waiting(states, programme, today), limit)


def _waits(step: Step, today: date) -> bool:
    is_due_soon = step.owner == TEAM and step.due_on <= today + SOON
    return step.returned or step.is_overdue(today) or is_due_soon


def _work(step: Step, contact: Contact, programme: Programme, today: date) -> Work:
    """`since` is its due day, where that is over; what is due later waits since it was opened."""
    act = StepAssigned if step.returned else StepFinished
    begun = step.due_on if step.is_overdue(today) else step.opened_on
    since = programme.midnight(begun)
    return Work(act, step.candidature_id, _detail(step, today), since, contact.receipt_number)


def _detail(step: Step, today: date) -> str:
    named = f"étape {step.name} : {sentences.step(step.name, step.need)}"
    if step.returned:
        return f"{named}, revenue à l'équipe : à confier ou à abandonner"
    owner = sentences.OWNERS[step.owner]
    late = "en retard depuis le" if step.is_overdue(today) else "à faire avant le"
    return f"{named}, {owner}, {late} {day(step.due_on)}"
