"""SUPPORT: what the programme's team and its association do about the steps of a laureate's plan.

Each act is signed by a person, and says why, or what came of it: notify alone decides on it.
"""

from typing import Literal

from shared.contract.backoffice import OfficerAct
from shared.contract.values import CandidatureId, Code, Day, Needs, StepName

StepOwner = Literal["team", "association", "mentor", "holder"]
StepState = Literal["proposed", "agreed", "under-way", "done", "dropped"]

# Somebody still has something to do.
LIVE: tuple[StepState, ...] = ("proposed", "agreed", "under-way")


class SupportAct(OfficerAct):
    """An act about the support of one laureate: of the team, or of the association where it was handed to it."""

    candidature_id: CandidatureId


class StepAct(SupportAct):
    step: StepName


class StepOpened(SupportAct, says="support.step.opened"):
    """One more step, for a need; it is proposed until it is agreed. Its due day is the programme's where none is said."""

    need: Code
    owner: StepOwner
    due_on: Day | None = None


class StepAgreed(StepAct, says="support.step.agreed"):
    """Owner and laureate agree that it is to be done by its due day."""


class StepAssigned(StepAct, says="support.step.assigned"):
    """Another owner, who is to agree; or another due day."""

    owner: StepOwner
    due_on: Day | None = None


class StepReturned(StepAct, says="support.step.returned"):
    """Its owner cannot do it, for the reason given: it comes back to the team."""


class StepStarted(StepAct, says="support.step.started"):
    pass


class StepCommented(StepAct, says="support.step.commented"):
    """The reason is the comment: it changes nothing else."""


class StepFinished(StepAct, says="support.step.finished"):
    """It is done: the reason says what came of it."""


class StepDropped(StepAct, says="support.step.dropped"):
    """It will not be done, for the reason given."""


class StepReopened(StepAct, says="support.step.reopened"):
    """It was done or dropped, and is not over: by another day, where one is said."""

    due_on: Day | None = None


class InterviewHeld(SupportAct, says="support.interview.held"):
    """The first interview: its `needs` become agreed steps, what was proposed for others is dropped."""

    needs: Needs


class ConsentNoted(SupportAct, says="support.consent.noted"):
    """The laureate said whether the association may know them: with their agreement, or since."""

    agreed: bool


SUPPORT_ACTS: tuple[type[SupportAct], ...] = (
    StepOpened,
    StepAgreed,
    StepAssigned,
    StepReturned,
    StepStarted,
    StepCommented,
    StepFinished,
    StepDropped,
    StepReopened,
    InterviewHeld,
    ConsentNoted,
)
ASSOCIATION_ACTS: tuple[type[SupportAct], ...] = (
    StepOpened,
    StepAgreed,
    StepReturned,
    StepStarted,
    StepCommented,
    StepFinished,
    InterviewHeld,
)
