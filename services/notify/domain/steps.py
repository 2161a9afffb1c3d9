"""A step of a plan is work: what it is for, whose it is, by when, how far, who moved it, what came of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import TypedDict

from shared.contract.notify import SupportAdvanced
from shared.contract.support import (
    LIVE,
    StepAct,
    StepAgreed,
    StepAssigned,
    StepCommented,
    StepDropped,
    StepFinished,
    StepOwner,
    StepReopened,
    StepReturned,
    StepStarted,
    StepState,
    SupportAct,
)
from shared.contract.values import Reason, Role
from shared.programme.model import Support
from shared.value import value

INTRODUCTION = "introduction"
INTERVIEW = "first-interview"
PEERS = "peers"
TEAM: StepOwner = "team"
ASSOCIATION: StepOwner = "association"
MENTOR: StepOwner = "mentor"
HOLDER: StepOwner = "holder"
STATE_SIDE: tuple[StepOwner, ...] = ("team", "association", "mentor")
MOVES_MAX = 60  # of one step: whoever needs more opens another
ANY_STATE: tuple[StepState, ...] = (*LIVE, "done", "dropped")

# From which states an act may move a step. What it becomes is in `moved`.
FROM: Mapping[type[StepAct], tuple[StepState, ...]] = {
    StepAgreed: ("proposed",),
    StepAssigned: LIVE,
    StepReturned: LIVE,
    StepStarted: ("agreed",),
    StepCommented: ANY_STATE,
    StepFinished: ("agreed", "under-way"),
    StepDropped: LIVE,
    StepReopened: ("done", "dropped"),
}


class Move(TypedDict):
    """Who did what about a step, in which role, when, and the reason or outcome in their words.

    Nobody by name where a fact of the programme did it.
    """

    at: str
    act: str
    by: str
    role: str
    said: str


@value
class Step:
    """`returned`: its owner sent it back. Days are local."""

    step_id: str
    candidature_id: str
    name: str
    need: str
    owner: StepOwner
    due_on: date
    state: StepState
    opened_on: date
    agreed_on: date | None = None
    ended_on: date | None = None
    returned: bool = False
    moves: tuple[Move, ...] = ()

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    def is_overdue(self, today: date) -> bool:
        return self.is_live and self.due_on < today

    def was_late(self, today: date) -> bool:
        """Done after its day, or not done yet and overdue: what is done late stays late in every count."""
        if self.state == "done":
            return self.ended_on is not None and self.ended_on > self.due_on
        return self.is_overdue(today)


def step_id(candidature_id: str, name: str) -> str:
    return f"{candidature_id}/{name}"


def proposed(
    candidature_id: str, name: str, need: str, owner: StepOwner, days: int, today: date
) -> Step:
    """A step as it is opened: nobody has agreed to it yet."""
    return Step(
        step_id=step_id(candidature_id, name),
        candidature_id=candidature_id,
        name=name,
        need=need,
        owner=owner,
        due_on=today + timedelta(days=days),
        state="proposed",
        opened_on=today,
    )


def move_of(act: str, now: datetime, by: str, role: str, said: str) -> Move:
    return Move(at=now.isoformat(), act=act, by=by, role=role, said=said)


def by_the_programme(act: str, now: datetime, said: str) -> Move:
    """A fact moved it, and no act: `said` is a sentence of ours."""
    return move_of(act, now, "", "", said)


def noted(step: Step, move: Move) -> Step:
    """In the order of their time: laureates and officers are heard by two streams."""
    moves = sorted((*step.moves, move), key=itemgetter("at"))
    return replace(step, moves=tuple(moves))


def objection(step: Step, act: StepAct, today: date) -> Reason | None:
    """Why this act cannot move this step; None where it can."""
    if why := not_theirs(step, act):
        return why
    if step.state not in FROM[type(act)]:
        return not_now(step)
    if len(step.moves) >= MOVES_MAX:
        return TOO_MANY_MOVES
    if isinstance(act, StepReturned) and step.owner == TEAM:
        return WITH_THE_TEAM
    if (
        isinstance(act, StepAssigned | StepReopened)
        and act.due_on is not None
        and act.due_on < today
    ):
        return DAY_IS_PAST
    return None


def is_by_association(act: SupportAct) -> bool:
    return act.actor.role is Role.ASSOCIATION


def not_theirs(step: Step, act: SupportAct) -> Reason | None:
    """The association moves its own steps alone."""
    return NOT_YOURS if is_by_association(act) and step.owner != ASSOCIATION else None


def moved(step: Step, act: StepAct, move: Move, today: date, support: Support) -> Step:
    """The step as the act leaves it; `objection` has let it through."""
    step = noted(step, move)
    match act:
        case StepAgreed():
            return agreed(step, today)
        case StepAssigned():
            return _assigned(step, act)
        case StepReturned():
            return given(step, TEAM, returned=True)
        case StepStarted():
            return replace(step, state="under-way")
        case StepFinished():
            return ended(step, "done", today)
        case StepDropped():
            return ended(step, "dropped", today)
        case StepReopened():
            return _reopened(step, act, today, support)
    return step


def agreed(step: Step, today: date) -> Step:
    return replace(step, state="agreed", agreed_on=today)


def ended(step: Step, state: StepState, today: date) -> Step:
    """What is done was agreed to, at the latest by doing it."""
    agreed_on = step.agreed_on or (today if state == "done" else None)
    return replace(step, state=state, agreed_on=agreed_on, ended_on=today, returned=False)


def given(step: Step, owner: StepOwner, *, returned: bool = False) -> Step:
    """Another owner is to agree first."""
    return replace(step, owner=owner, state="proposed", agreed_on=None, returned=returned)


def _assigned(step: Step, act: StepAssigned) -> Step:
    due_on = act.due_on or step.due_on
    later = replace(step, due_on=due_on, returned=False)
    return later if act.owner == step.owner else given(later, act.owner)


def _reopened(step: Step, act: StepReopened, today: date, support: Support) -> Step:
    """What was agreed once is agreed still."""
    return replace(
        step,
        state="agreed" if step.agreed_on else "proposed",
        due_on=act.due_on or today + timedelta(days=support.days.need),
        ended_on=None,
    )


def advanced(step: Step) -> SupportAdvanced:
    """The fact that tells a step as it is from now on."""
    return SupportAdvanced(
        candidature_id=step.candidature_id,
        step=step.name,
        state=step.state,
        owner=step.owner,
        due_on=step.due_on,
    )


def line_of(step: Step) -> list[str]:
    """A step as a letter keeps it: its name, its need, whose it is, its day."""
    return [step.name, step.need, step.owner, step.due_on.isoformat()]


STATES_IN_WORDS: Mapping[StepState, str] = {
    "proposed": "proposée",
    "agreed": "convenue",
    "under-way": "en cours",
    "done": "faite",
    "dropped": "abandonnée",
}


def not_now(step: Step) -> Reason:
    told = f"Cette étape est {STATES_IN_WORDS[step.state]} : cet acte ne la change pas."
    return Reason(code="step-not-now", message=told)


NOT_YOURS = Reason(code="step-not-yours", message="Cette étape n'est pas confiée à l'association.")
WITH_THE_TEAM = Reason(
    code="step-with-the-team", message="Cette étape est déjà à l'équipe du programme."
)
DAY_IS_PAST = Reason(code="due-day-past", field="due_on", message="Cette échéance est déjà passée.")
TOO_MANY_MOVES = Reason(
    code="step-full",
    message=f"Cette étape a déjà {MOVES_MAX} actes : ouvrez-en une autre pour la suite.",
)
