"""The words of a wave: every state and kind, and what is kept as JSON. The database holds the same."""

from collections.abc import Mapping
from typing import Literal, TypedDict

WaveStage = Literal["open", "closed", "ranked", "published"]
OutcomeWord = Literal["laureate", "waitlisted", "declined"]
PlaceStanding = Literal["", "promoted", "reserve-ended", "granted", "waitlisted"]
TurnKind = Literal["promoted", "reserve-ended", "reserve-reopened", "cancelled", "reexamined"]
AppealState = Literal["filed", "upheld", "rejected"]

# What a published place is worth now, by what became of it. Where nothing did, it keeps its outcome.
CURRENT: Mapping[PlaceStanding, OutcomeWord] = {
    "promoted": "laureate",
    "granted": "laureate",
    "reserve-ended": "declined",
    "waitlisted": "waitlisted",
}


class KeptReason(TypedDict):
    """A reason as facts say it."""

    code: str
    field: str | None
    message: str


class KeptGround(TypedDict):
    """A reason of the selection, with the figures that made it. Marks in hundredths, money in cents."""

    code: str
    rule: str
    threshold: int | None
    value: int | None
    message: str


class KeptReview(TypedDict):
    """One reviewer's marks, as the log tells them."""

    reviewer_id: str
    marks: Mapping[str, int]
    recused: bool


class KeptPolicy(TypedDict):
    """The policy a proposal was made under."""

    pass_mark: int
    criterion_pass_marks: Mapping[str, int]
    laureates_max: int | None
    when_short_of_money: str
    tie_break: tuple[str, ...]
    floor_cents: int
    ceiling_cents: int
    yearly_cap_cents: int
