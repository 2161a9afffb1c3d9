"""ELIGIBILITY: territory, reviews and scores."""

from datetime import date

from pydantic import ConfigDict

from shared.contract.event import Event
from shared.contract.values import CandidatureId, Evidence, Reason, Token, Value, WaveId, Zone


class EligibilityChecked(Event, says="eligibility.candidature.eligibility-checked"):
    """Decided, and decided again with a higher `revision` when the file changes or an officer answers otherwise."""

    candidature_id: CandidatureId
    wave: WaveId
    revision: int
    file_version: int
    eligible: bool
    zones: tuple[Zone, ...]
    reasons: tuple[Reason, ...]
    evidence: Evidence


class InstructionRequested(Event, says="eligibility.candidature.instruction-requested"):
    """Data cannot tell, or only the holder's word does: an officer must decide."""

    candidature_id: CandidatureId
    wave: WaveId
    reasons: tuple[Reason, ...]


class ReviewRequested(Event, says="eligibility.review.requested"):
    """A reviewer is asked to read a file by the end of `due_on`, and is reminded on `remind_on` where need be."""

    candidature_id: CandidatureId
    wave: WaveId
    reviewer_id: Token
    due_on: date
    remind_on: date


class ReviewReminded(Event, says="eligibility.review.reminded"):
    candidature_id: CandidatureId
    wave: WaveId
    reviewer_id: Token
    due_on: date


class GivenReview(Value):
    """One reviewer's marks as they were given. A recused review counts for nothing; it is kept to show that."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reviewer_id: str
    marks: dict[str, int]
    recused: bool = False


class CandidatureScored(Event, says="eligibility.candidature.scored"):
    """The mean of the counted reviews, in hundredths of a mark, by criterion and in total.

    `reviews` are the marks it comes from, so that anybody can count again. `grid` is the version they were given on.
    """

    candidature_id: CandidatureId
    wave: WaveId
    revision: int
    grid: str
    score: int
    criteria: dict[str, int]
    reviewers: tuple[str, ...]
    reviews: tuple[GivenReview, ...] = ()


class ScoreWithdrawn(Event, says="eligibility.candidature.score-withdrawn"):
    """A review that was counted is recused: the file has no score until another reviewer has answered."""

    candidature_id: CandidatureId
    wave: WaveId
    revision: int
    reasons: tuple[Reason, ...]
