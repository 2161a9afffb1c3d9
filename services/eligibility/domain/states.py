"""What eligibility keeps: files, reviews, reviewers, the rounds of reviews, the draws.

Values, without a rule.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Literal, TypedDict

from shared.value import value

FileStatus = Literal["instruction", "eligible", "ineligible", "withdrawn"]
Marks = Mapping[str, int]  # criterion → mark, from nought to the programme's highest


class OfficerAnswer(TypedDict):
    """What an officer said of a territory, as it is kept and told in the evidence.

    `decided_at` is ISO 8601.
    """

    rule: Literal["officer"]
    actor: str
    role: str
    reason: str
    decided_at: str
    qpv: str | None


class ReplacedReview(TypedDict):
    """What a reviewer had said before: `sequence` is when, `grid` what it was marked on."""

    marks: Marks
    comment: str
    comments: Mapping[str, str]
    sequence: int
    grid: str


class DrawnReviewer(TypedDict):
    """A reviewer as they were on the day of a draw."""

    reviewer_id: str
    department: str | None
    ties: tuple[str, ...]


@value
class File:
    """One candidature under examination.

    `revision` counts the answers given, `score_revision` the scores, in hundredths of a mark. `decided` is an
    officer's answer: it stands as long as the place and its claim do not change.
    """

    candidature_id: str
    wave: str
    version: int
    status: FileStatus
    siret: str
    commune_code: str
    latitude: float
    longitude: float
    declared_qpv: str | None
    revision: int = 0
    zones: tuple[str, ...] = ()
    declared_zones: tuple[str, ...] = ()
    decided: OfficerAnswer | None = None
    score_revision: int = 0
    score: int | None = None


@value
class Review:
    """One reviewer on one file.

    `marks` are the latest, given on `grid`; `history` those they replaced, oldest first.

    `assigned_by` is an officer, or the draw. `remind_on` is empty once there is nothing left to remind of.
    """

    candidature_id: str
    reviewer_id: str
    assigned_at: datetime
    assigned_by: str
    due_on: date
    remind_on: date | None = None
    recused: bool = False
    marks: Marks | None = None
    grid: str = ""
    comment: str = ""
    comments: Mapping[str, str] = field(default_factory=dict)
    sequence: int = 0
    history: tuple[ReplacedReview, ...] = ()

    @property
    def awaited(self) -> bool:
        """Asked for and not given, by somebody who has not stepped aside."""
        return not self.marks and not self.recused


@value
class Reviewer:
    """`ties` are the holders, by SIREN or SIRET, whose files this reviewer may not read."""

    reviewer_id: str
    department: str | None
    ties: tuple[str, ...]


@value
class News:
    """What one day brought a reviewer: how many reviews, and the files they read no more, with the reason.

    It is `told` once, when the day is over.
    """

    reviewer_id: str
    day: date
    asked: int = 0
    given: int = 0
    reminded: int = 0
    released: Mapping[str, str] = field(default_factory=dict)
    told: bool = False


@value
class Round:
    """The reviews of one wave: they open when it is closed, and count no more once it is published."""

    wave: str
    closed_at: datetime | None = None
    published_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.closed_at is not None and self.published_at is None


@value
class Moderation:
    """An officer has read what the reviewers of a file wrote, and said what its holder may be told.

    `score_revision` is the file's as it was read: with another score, others wrote.
    """

    candidature_id: str
    wave: str
    moderated_by: str
    moderated_at: datetime
    score_revision: int


@value
class Draw:
    """One drawing of reviewers: with the files, the reviews and the ties of the log, it can be drawn again.

    `reviewers` are those who could be drawn, `loads` what they had to read already, `missing` the files that
    still lack reviewers, and how many.
    """

    wave: str
    cause_id: str
    drawn_at: datetime
    seed: str
    files: int
    reviewers: tuple[DrawnReviewer, ...]
    loads: Mapping[str, int]
    missing: Mapping[str, int]
