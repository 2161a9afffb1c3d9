"""The support of a laureate: the steps of a plan as needs are declared, what opens it and what ends it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain, count

from services.notify.domain.contact import Contact
from services.notify.domain.notice import DROPPED, QUEUED, Cause, Message, Notice
from services.notify.domain.steps import (
    ASSOCIATION,
    HOLDER,
    INTERVIEW,
    INTRODUCTION,
    MENTOR,
    PEERS,
    TEAM,
    Move,
    Step,
    advanced,
    by_the_programme,
    ended,
    given,
    line_of,
    noted,
    proposed,
)
from services.notify.domain.telling import joined, tell
from shared.contract.decision import Decision, nothing
from shared.contract.funding import GrantAwarded, ReportReceived
from shared.contract.laureates import GrantTakenOver
from shared.contract.notify import SupportAdvanced, SupportOpened
from shared.contract.support import StepOwner
from shared.contract.values import Reason
from shared.programme.model import Support
from shared.value import value

CLOSED = "closed"
NEED = "need-"
STEPS_MAX = 40  # of one plan
LAST_YEAR = timedelta(days=365)  # of a grant, from the day its last tranche is due
# Whose steps the association may propose.
ITS_TO_GIVE: tuple[StepOwner, ...] = (ASSOCIATION, HOLDER)
ENDED = "L'attribution a pris fin."
HANDED_OVER = "Le lauréat est confié à l'association, avec son accord."
TAKEN_BACK = "Le lauréat n'est plus confié à l'association."
MET = "Les deux lauréats ont accepté de se connaître."
PLAN_FULL = Reason(
    code="plan-full", message=f"Ce plan a déjà {STEPS_MAX} étapes : reprenez-en une."
)


@value
class Plan:
    """The support of one laureate: the names of its steps as they were opened, and whether the award stands.

    `handed_over`: the laureate agrees that the association knows them.
    `consent_at`: when they last said so, or the contrary.
    """

    candidature_id: str
    wave: str
    promoted: bool
    awarded_at: datetime
    needs: tuple[str, ...]
    steps: tuple[str, ...]
    peers: tuple[str, ...] = ()
    is_open: bool = True
    handed_over: bool = False
    consent_at: datetime | None = None


@value
class Supported:
    """One laureate as the rules of support see them: the plan, its steps in order, whom to write to."""

    plan: Plan
    steps: tuple[Step, ...]
    contact: Contact

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)


@value
class Moment:
    """What is decided with: the cause, the day in the programme's time zone, its rules of support."""

    cause: Cause
    today: date
    support: Support

    @property
    def now(self) -> datetime:
        return self.cause.now


def owner_of(need: str, handed_over: bool, support: Support) -> StepOwner:
    """As the programme says, or else the association; the team, until the laureate is handed over."""
    owner = support.owners.get(need, ASSOCIATION)
    return TEAM if owner == ASSOCIATION and not handed_over else owner


def first_steps(candidature_id: str, needs: Sequence[str], at: Moment) -> tuple[Step, ...]:
    """The first interview, a step for each declared need, and peers where the programme has them.

    The introduction to the association is opened once the laureate agrees to it.
    """
    support, today = at.support, at.today
    steps = [proposed(candidature_id, INTERVIEW, "", TEAM, support.days.interview, today)]
    for need in dict.fromkeys(needs):
        owner = owner_of(need, False, support)
        steps.append(
            proposed(candidature_id, f"{NEED}{need}", need, owner, support.days.need, today)
        )
    if support.peers:
        steps.append(proposed(candidature_id, PEERS, "", MENTOR, support.days.peers, today))
    return tuple(steps)


def open_plan(event: GrantAwarded, contact: Contact, known: Plan | None, at: Moment) -> Decision:
    """A laureate's plan, from the needs the file declares. A second award changes nothing."""
    if known and known.is_open:
        return nothing("plan-open")
    steps = first_steps(event.candidature_id, contact.needs, at)
    plan = Plan(
        candidature_id=event.candidature_id,
        wave=event.wave,
        promoted=event.promoted,
        awarded_at=event.awarded_at,
        needs=contact.needs,
        steps=tuple(step.name for step in steps),
    )
    return Decision("plan-opened", facts=(_opened(plan),), changes=(plan, *steps))


def open_for_label(fact: GrantTakenOver, awarded_at: datetime, at: Moment) -> Decision:
    """A label of before the platform begins with the interview, in the years of its grant; later it is over.

    Nobody can be written to, so that it has no peers.
    """
    is_open = at.today <= fact.laureate.due_on[-1] + LAST_YEAR
    interview = proposed(
        fact.candidature_id, INTERVIEW, "", TEAM, at.support.days.interview, at.today
    )
    steps = (interview,) if is_open else ()
    plan = Plan(
        candidature_id=fact.candidature_id,
        wave=fact.laureate.wave,
        promoted=False,
        awarded_at=awarded_at,
        needs=(),
        steps=tuple(step.name for step in steps),
        is_open=is_open,
    )
    if not is_open:
        return Decision("plan-closed", changes=(plan,))
    return Decision("plan-opened", facts=(_opened(plan),), changes=(plan, *steps))


def _opened(plan: Plan) -> SupportOpened:
    return SupportOpened(candidature_id=plan.candidature_id, needs=plan.needs, steps=plan.steps)


def close_plan(known: Supported | None, at: Moment) -> Decision:
    """What was still to be done is dropped; what was done stays done."""
    if known is None or not known.plan.is_open:
        return nothing("no-plan")
    move = by_the_programme("plan.closed", at.now, ENDED)
    dropped = [
        ended(noted(step, move), "dropped", at.today) for step in known.steps if step.is_live
    ]
    fact = SupportAdvanced(candidature_id=known.plan.candidature_id, step=CLOSED)
    return Decision(
        "plan-closed", facts=(fact,), changes=(replace(known.plan, is_open=False), *dropped)
    )


def begin_support(known: Supported, cause: Cause) -> Decision:
    """The laureate is told the plan, where there is an address: nothing of it is done by that."""
    opened = {**_told_of(known.plan), "plan": [line_of(step) for step in known.steps]}
    begun = Decision("support-begun", facts=tuple(map(advanced, known.steps)))
    if not known.contact.email:
        return begun
    return joined(tell(known.contact, cause, Message("support_opened", opened)), begun)


def _told_of(plan: Plan) -> dict[str, object]:
    return {"needs": list(plan.needs), "wave": plan.wave, "awarded_at": plan.awarded_at.isoformat()}


def fit_to_needs(
    known: Supported, needs: Sequence[str], move: Move, at: Moment, by_association: bool = False
) -> tuple[Plan, list[Step]]:
    """The plan for these needs, and the steps that change: one more for each need that has none.

    What was only proposed for another need is dropped; what was agreed stands, until somebody says otherwise.
    `by_association`: others' steps stay as they are, and what it may not give to another is its own.
    """
    plan, days = known.plan, at.support.days.need
    reach = [step for step in known.steps if step.owner == ASSOCIATION or not by_association]
    unwanted = [step for step in reach if _is_unwanted(step, needs)]
    changed = [ended(noted(step, move), "dropped", at.today) for step in unwanted]
    served = {step.need for step in known.steps if step.is_live}
    for need in dict.fromkeys(needs):
        if need in served:
            continue
        owner = owner_of(need, plan.handed_over, at.support)
        if by_association and owner not in ITS_TO_GIVE:
            owner = ASSOCIATION
        name = fresh_name(plan, f"{NEED}{need}")
        fresh = proposed(plan.candidature_id, name, need, owner, days, at.today)
        changed.append(noted(fresh, move))
        plan = with_step(plan, fresh)
    return replace(plan, needs=tuple(needs)), changed


def _is_unwanted(step: Step, needs: Sequence[str]) -> bool:
    return bool(step.need) and step.state == "proposed" and step.need not in needs


def fresh_name(plan: Plan, name: str) -> str:
    """`need-legal`, then `need-legal-2`: no step takes the name of one that there was."""
    numbered = (f"{name}-{number}" for number in count(2))
    return next(free for free in chain((name,), numbered) if free not in plan.steps)


def with_step(plan: Plan, step: Step) -> Plan:
    return replace(plan, steps=(*plan.steps, step.name))


def renew_needs(known: Supported, fact: ReportReceived, at: Moment) -> Decision:
    """A yearly report may say what the laureate needs now."""
    if not known.plan.is_open or fact.support_needs is None:
        return nothing("needs-unchanged")
    move = by_the_programme(
        "needs.renewed", at.now, f"Besoins dits avec le bilan de l'année {fact.year}."
    )
    plan, changed = fit_to_needs(known, fact.support_needs, move, at)
    if len(plan.steps) > STEPS_MAX:
        return nothing("plan-full", PLAN_FULL)
    return Decision("needs-renewed", facts=tuple(map(advanced, changed)), changes=(plan, *changed))


def hand_over(known: Supported, at: Moment) -> Decision:
    """With the laureate's agreement the association is told of them, and gets what the programme gives it."""
    if _is_outdated(known.plan, at):
        return nothing("consent-outdated")
    if not known.plan.is_open:
        return nothing("no-plan")
    plan = replace(known.plan, consent_at=at.now)
    if plan.handed_over:
        return Decision("handed-over", changes=(plan,))
    move = by_the_programme("plan.handed-over", at.now, HANDED_OVER)
    theirs = [step for step in known.steps if _falls_to_association(step, at.support)]
    changed = [given(noted(step, move), ASSOCIATION) for step in theirs]
    name = fresh_name(plan, INTRODUCTION)
    if len(plan.steps) < STEPS_MAX:  # consent is heard however full a plan is
        days = at.support.days.introduction
        introduction = proposed(plan.candidature_id, name, "", ASSOCIATION, days, at.today)
        changed.append(noted(introduction, move))
        plan = with_step(plan, introduction)
    message = Message("introduction", _told_of(plan), "association", matter=name)
    told = tell(known.contact, at.cause, message)
    facts = tuple(map(advanced, changed))
    handed = replace(plan, handed_over=True)
    return joined(told, Decision("handed-over", facts=facts, changes=(handed, *changed)))


def _is_outdated(plan: Plan, at: Moment) -> bool:
    """Holders and officers are heard by two streams: the later word counts, not the one heard last."""
    return plan.consent_at is not None and at.now < plan.consent_at


def take_back(known: Supported, at: Moment) -> Decision:
    """The laureate does not want the association to know them any more: its steps are the team's."""
    if _is_outdated(known.plan, at):
        return nothing("consent-outdated")
    plan = replace(known.plan, handed_over=False, consent_at=at.now)
    if not known.plan.handed_over:
        return Decision("not-handed-over", changes=(plan,))
    move = by_the_programme("plan.taken-back", at.now, TAKEN_BACK)
    theirs = [
        noted(step, move) for step in known.steps if step.is_live and step.owner == ASSOCIATION
    ]
    changed = [_taken_back(step, at.today) for step in theirs]
    return Decision("taken-back", facts=tuple(map(advanced, changed)), changes=(plan, *changed))


def introduced_no_more(letters: Iterable[Notice]) -> Decision:
    """What would tell the association of a laureate, and has not left, never leaves."""
    waiting = [one for one in letters if one.recipient == "association" and one.state == QUEUED]
    dropped = tuple(replace(one, state=DROPPED, context={}) for one in waiting)
    return Decision("retracted", changes=dropped)


def meet_a_peer(step: Step | None, peer: str, at: Moment) -> Decision:
    """Both have agreed to know each other: that is what the step was for."""
    if step is None or not step.is_live:
        return nothing("agreed-before")
    met = ended(noted(step, by_the_programme("peer.agreed", at.now, MET)), "done", at.today)
    fact = advanced(met).model_copy(update={"peers": (peer,)})
    return Decision("peers-agreed", facts=(fact,), changes=(met,))


def _taken_back(step: Step, today: date) -> Step:
    """Without the association nobody is introduced to it."""
    return (
        ended(step, "dropped", today) if step.name.startswith(INTRODUCTION) else given(step, TEAM)
    )


def _falls_to_association(step: Step, support: Support) -> bool:
    is_theirs = bool(step.need) and owner_of(step.need, True, support) == ASSOCIATION
    return is_theirs and step.owner == TEAM and step.state == "proposed"
