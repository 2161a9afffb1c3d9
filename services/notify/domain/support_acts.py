"""What people do about the support of a laureate: steps opened and moved, the first interview, consent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.notify.domain.notice import Message
from services.notify.domain.steps import (
    ASSOCIATION,
    DAY_IS_PAST,
    HOLDER,
    INTERVIEW,
    Move,
    Step,
    advanced,
    agreed,
    ended,
    is_by_association,
    line_of,
    move_of,
    moved,
    not_theirs,
    noted,
    objection,
    proposed,
)
from services.notify.domain.support import (
    ITS_TO_GIVE,
    NEED,
    PLAN_FULL,
    STEPS_MAX,
    Moment,
    Supported,
    fit_to_needs,
    fresh_name,
    hand_over,
    take_back,
    with_step,
)
from services.notify.domain.telling import joined, tell
from shared.contract.decision import Decision, nothing
from shared.contract.support import (
    ConsentNoted,
    InterviewHeld,
    StepAct,
    StepAssigned,
    StepOpened,
    StepReopened,
    SupportAct,
)
from shared.contract.values import Reason

REFUSED = "refused"


def open_step(known: Supported, act: StepOpened, at: Moment) -> Decision:
    """The association proposes steps of its own, and of the holder."""
    if why := _closed_to(known, act) or _not_opened(known, act, at.today):
        return nothing(REFUSED, why)
    name = fresh_name(known.plan, f"{NEED}{act.need}")
    step = proposed(
        known.plan.candidature_id, name, act.need, act.owner, at.support.days.need, at.today
    )
    step = replace(step, due_on=act.due_on or step.due_on, moves=(_move(act, at),))
    return Decision(
        "step-opened", facts=(advanced(step),), changes=(with_step(known.plan, step), step)
    )


def move_step(known: Supported, act: StepAct, at: Moment) -> Decision:
    """One step is moved, or noted on. Whoever has to do something about it is told."""
    if why := _closed_to(known, act):
        return nothing(REFUSED, why)
    step = known.step(act.step)
    if step is None:
        return nothing(REFUSED, UNKNOWN_STEP)
    if why := objection(step, act, at.today) or _not_given(known, step, act):
        return nothing(REFUSED, why)
    after = moved(step, act, _move(act, at), at.today, at.support)
    facts = () if advanced(after) == advanced(step) else (advanced(after),)
    decision = Decision(f"step-{act.verb}", facts=facts, changes=(after,))
    newly_agreed = [after] if after.state == "agreed" and step.state != "agreed" else []
    return joined(_told(known, newly_agreed, at), decision)


def hold_interview(known: Supported, act: InterviewHeld, at: Moment) -> Decision:
    """The first interview is done, and what it found is agreed: a step for each need.

    The association settles its own steps, and proposes the holder's: decision 25.
    """
    if why := _closed_to(known, act):
        return nothing(REFUSED, why)
    interview = known.step(INTERVIEW)
    if interview is None or not interview.is_live:
        return nothing(REFUSED, INTERVIEW_IS_OVER)
    if why := not_theirs(interview, act):
        return nothing(REFUSED, why)
    move = _move(act, at)
    held = ended(noted(interview, move), "done", at.today)
    plan, changed = fit_to_needs(known, act.needs, move, at, is_by_association(act))
    if len(plan.steps) > STEPS_MAX:
        return nothing(REFUSED, PLAN_FULL)
    standing = [noted(step, move) for step in known.steps if step.state == "proposed"]
    settled = [agreed(step, at.today) for step in (*standing, *changed) if _is_settled(step, act)]
    others = [step for step in changed if not _is_settled(step, act)]
    steps = (held, *others, *settled)
    decision = Decision("interview-held", facts=tuple(map(advanced, steps)), changes=(plan, *steps))
    return joined(_told(known, settled, at), decision)


def note_consent(known: Supported, act: ConsentNoted, at: Moment) -> Decision:
    if act.agreed:
        return hand_over(known, at)
    return take_back(known, at)


def _told(known: Supported, newly_agreed: Sequence[Step], at: Moment) -> Decision:
    """A letter to the holder where something of it is theirs to do; none where others have to do it."""
    theirs = [step for step in newly_agreed if step.owner == HOLDER]
    if not theirs:
        return nothing("nothing-to-do")
    told = {"plan": [line_of(step) for step in theirs]}
    return tell(known.contact, at.cause, Message("steps_agreed", told))


def _closed_to(known: Supported, act: SupportAct) -> Reason | None:
    """Asked before anything else: the association learns nothing of who is not handed over."""
    if is_by_association(act) and not known.plan.handed_over:
        return NOT_HANDED_OVER
    return None if known.plan.is_open else PLAN_CLOSED


def _not_opened(known: Supported, act: StepOpened, today: date) -> Reason | None:
    if act.due_on is not None and act.due_on < today:
        return DAY_IS_PAST
    if is_by_association(act) and act.owner not in ITS_TO_GIVE:
        return NOT_ITS_TO_GIVE
    if act.owner == ASSOCIATION and not known.plan.handed_over:
        return NOT_HANDED_OVER
    return PLAN_FULL if len(known.plan.steps) >= STEPS_MAX else None


def _not_given(known: Supported, step: Step, act: StepAct) -> Reason | None:
    """Nobody but the laureate lets the association know them, by a step given to it or taken up again."""
    if not isinstance(act, StepAssigned | StepReopened):
        return None
    owner = act.owner if isinstance(act, StepAssigned) else step.owner
    return NOT_HANDED_OVER if owner == ASSOCIATION and not known.plan.handed_over else None


def _is_settled(step: Step, act: InterviewHeld) -> bool:
    return step.need in act.needs and step.state == "proposed" and not_theirs(step, act) is None


def _move(act: SupportAct, at: Moment) -> Move:
    word = f"{act.aggregate}.{act.verb}"
    return move_of(word, at.now, act.actor.id, act.actor.role.value, act.reason)


NOT_SUPPORTED = Reason(
    code="not-supported",
    message="Ce dossier n'est pas celui d'un lauréat : il n'a pas de plan d'accompagnement.",
)
PLAN_CLOSED = Reason(code="plan-closed", message="Ce plan d'accompagnement est clos.")
UNKNOWN_STEP = Reason(
    code="step-unknown", field="step", message="Ce plan n'a pas d'étape de ce nom."
)
NOT_HANDED_OVER = Reason(
    code="not-handed-over", message="Ce lauréat n'a pas accepté d'être confié à l'association."
)
NOT_ITS_TO_GIVE = Reason(
    code="owner-not-allowed",
    field="owner",
    message="L'association propose des étapes pour elle-même ou pour le porteur.",
)
INTERVIEW_IS_OVER = Reason(code="interview-over", message="Le premier entretien a déjà eu lieu.")
