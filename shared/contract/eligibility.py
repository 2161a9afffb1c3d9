"""ELIGIBILITY: territory, reviews and scores."""

from typing import Literal

from pydantic import ConfigDict, Field

from shared.contract.event import Event
from shared.contract.reading import DossierRead
from shared.contract.values import (
    CandidatureId,
    Code,
    CommuneCode,
    Count,
    Day,
    Evidence,
    Reason,
    Reasons,
    Token,
    Value,
    WaveId,
    Word,
    ZoneId,
)
from shared.contract.work_lists import WorkListed

# What the office lacks: told to officers in the evidence, never to a candidate, who can do nothing about it.
OFFICE_CODES = frozenset(
    (
        "urban-data-missing",
        "qpv-data-missing",
        "qpv-department-not-covered",
        "commune-not-covered",
        "merged-communes-differ",
    )
)


def for_the_holder(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(reason for reason in reasons if reason.code not in OFFICE_CODES)


class EligibilityChecked(Event, says="eligibility.candidature.eligibility-checked"):
    """Decided, and decided again with a higher `revision` when the file changes or an officer answers otherwise."""

    candidature_id: CandidatureId
    wave: WaveId
    revision: Count
    file_version: Count
    eligible: bool
    zones: tuple[ZoneId, ...] = Field(max_length=10)
    reasons: Reasons
    evidence: Evidence


class InstructionRequested(Event, says="eligibility.candidature.instruction-requested"):
    """Data cannot tell, or only the holder's word does: an officer must decide."""

    candidature_id: CandidatureId
    wave: WaveId
    reasons: Reasons


class ReviewRequested(Event, says="eligibility.review.requested"):
    """A reviewer is asked to read a file by the end of `due_on`, and is reminded on `remind_on` where need be."""

    candidature_id: CandidatureId
    wave: WaveId
    reviewer_id: Token
    due_on: Day
    remind_on: Day


class ReviewReminded(Event, says="eligibility.review.reminded"):
    """Said on the day that was named, and once more where the review is late."""

    candidature_id: CandidatureId
    wave: WaveId
    reviewer_id: Token
    due_on: Day


class ReviewReleased(Event, says="eligibility.review.released"):
    """Who was asked reads this file no more: they stepped aside, are tied to its holder, or were too late."""

    candidature_id: CandidatureId
    wave: WaveId
    reviewer_id: Token
    because: Literal["recused", "conflict", "late"]


class AssignedFile(Value):
    """A file that a reviewer still has to read, by the end of `due_on`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    candidature_id: CandidatureId
    commune_code: CommuneCode
    due_on: Day


class ReleasedFile(Value):
    """A file that a reviewer reads no more. `because`: as `ReviewReleased` says it, or withdrawn by its holder."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    candidature_id: CandidatureId
    because: Code


class ReviewerBriefed(Event, says="eligibility.reviewer.briefed", dossier="reviewer_id"):
    """What one day brought a reviewer, once it is over: how many reviews were asked, given, reminded of.

    `left` counts what they still have to read, `to_read` are the first of it by the day they are due.
    """

    reviewer_id: Token
    day: Day
    asked: Count
    given: Count
    reminded: Count
    released: tuple[ReleasedFile, ...] = Field(default=(), max_length=200)
    left: Count
    to_read: tuple[AssignedFile, ...] = Field(default=(), max_length=200)


class ReviewsRead(DossierRead, says="eligibility.reviews.read"):
    """Somebody read what reviewers said of a dossier."""


class GivenReview(Value):
    """One reviewer's marks as they were given. A recused review counts for nothing; it is kept to show that."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reviewer_id: Token
    marks: dict[Word, Count] = Field(max_length=100)
    recused: bool = False


class CandidatureScored(Event, says="eligibility.candidature.scored"):
    """The mean of the counted reviews, in hundredths of a mark, by criterion and in total.

    `reviews` are the marks it comes from, so that anybody can count again. `grid` is the version they were given on.
    """

    candidature_id: CandidatureId
    wave: WaveId
    revision: Count
    grid: str = Field(max_length=200)
    score: Count
    criteria: dict[Word, Count] = Field(max_length=100)
    reviewers: tuple[Token, ...] = Field(max_length=1_000)
    reviews: tuple[GivenReview, ...] = Field(default=(), max_length=1_000)


class FileForgotten(Event, says="eligibility.candidature.forgotten"):
    """Eligibility keeps nothing personal of this candidature: marks stay, what reviewers wrote is gone."""

    candidature_id: CandidatureId


class ScoreWithdrawn(Event, says="eligibility.candidature.score-withdrawn"):
    """A review that was counted is recused: the file has no score until another reviewer has answered."""

    candidature_id: CandidatureId
    wave: WaveId
    revision: Count
    reasons: Reasons


class ReviewWorkListed(WorkListed, says="eligibility.work.listed", dossier="day"):
    """What waits for officers as a day begins, as eligibility knows it."""
