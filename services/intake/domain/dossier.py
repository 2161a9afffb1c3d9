"""One candidature at the counter, and the words for how it stands."""

from datetime import datetime
from typing import Literal, TypedDict

from shared.value import value

# What the counter made of the file. A `new` one has not been kept yet.
FileState = Literal["new", "incomplete", "registered", "refused", "withdrawn", "erased"]

TrancheWord = Literal["ordered", "withheld", "settled", "rejected", "returned"]

# The words of the other services on a registered file.
OutcomeWord = Literal[
    "eligible",
    "ineligible",
    "in-instruction",
    "reviewed",
    "laureate",
    "waitlisted",
    "declined",
    "cancelled",
    "agreed",
    "appeal-upheld",
    "appeal-rejected",
    "tranche-ordered",
    "tranche-withheld",
    "tranche-settled",
    "tranche-rejected",
    "tranche-returned",
]

# What only a front-end reads: its file waits for an officer, or went to another front-end.
CounterWord = Literal["contested", "moved"]
PublicWord = FileState | OutcomeWord | CounterWord


class TrancheLine(TypedDict):
    """The latest word on one yearly tranche; `since` is an ISO instant, as the table keeps it."""

    number: int
    status: TrancheWord
    since: str


@value
class Dossier:
    """`content` is the file as JSON, `content_sequence` the sending it came from.

    `outcome` is the latest word of the other services, of `outcome_at`: their streams come in any order.
    `since` is the time of what its public status says. `front_end` is whose dossier it is.
    `receipt_place` is the code of its front-end, and its place in that one's stream.
    `due_on` are the ISO days of the tranches, None before the agreement.
    """

    candidature_id: str
    front_end: str
    status: FileState
    wave: str
    version: int
    receipt_number: str
    receipt_place: str
    receipt_sequence: int
    received_at: datetime
    content_sequence: int
    content: str
    project_key: str
    public_key: str | None = None
    outcome: OutcomeWord | None = None
    outcome_at: datetime | None = None
    since: datetime | None = None
    tranches: tuple[TrancheLine, ...] = ()
    due_on: tuple[str, ...] | None = None

    @property
    def is_gone(self) -> bool:
        """No later word of another service brings it back."""
        return self.status in ("withdrawn", "erased")
