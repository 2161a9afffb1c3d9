"""The words of money, as the database holds them: every state and kind, and what is kept as JSON."""

from typing import Literal, TypedDict

from shared.contract.backoffice import BankMessage

GrantState = Literal["awarded", "agreed", "cancelled"]
ReportState = Literal["submitted", "accepted", "returned"]
TrancheState = Literal[
    "scheduled", "withheld", "ordered", "settled", "rejected", "returned", "offset", "cancelled"
]  # fmt: skip
OrderState = Literal[
    "ordered",
    "approved",
    "exported",
    "accepted",
    "unknown",
    "settled",
    "rejected",
    "returned",
    "cancelled",
]
RunState = Literal["opened", "approved", "exported"]
RecoveryState = Literal["intended", "ordered", "closed"]
AmendmentKind = Literal["extension", "reduction", "final-balance"]
MovementKind = Literal[
    "award", "order", "undo", "settle", "return", "offset", "recover", "free", "opening"
]
# How the bank said it: in a message of these kinds, or by a letter that two officers declared.
BankVoice = BankMessage | Literal["letter"]
BankWord = Literal["settled", "rejected", "returned", "accepted"]
Problem = Literal[
    "unreadable-line",
    "unknown-order",
    "unknown-file",
    "unknown-status",
    "never-exported",
    "contradicts-answer",
    "repeated-line",
    "other-amount",
    "other-sum",
    "return-before-payment",
    "return-after-recovery",
]

# An order at the bank may still be paid; one that was never sent cannot be; a dead one certainly was not.
AT_THE_BANK: tuple[OrderState, ...] = ("exported", "accepted", "unknown")
NOT_AT_THE_BANK: tuple[OrderState, ...] = ("ordered", "approved")
NEVER_SENT: tuple[OrderState, ...] = ("ordered", "approved", "cancelled")
DEAD: tuple[OrderState, ...] = ("rejected", "returned")
SENT: tuple[OrderState, ...] = (
    "exported",
    "accepted",
    "unknown",
    "settled",
    "rejected",
    "returned",
)
# Lines of these kinds only say that nobody knows; any other that is listed may mean that money moved.
DOUBTS: tuple[Problem, ...] = ("unknown-status",)
# A tranche in an open state has no live order: its amount may still change.
OPEN_STATES: tuple[TrancheState, ...] = ("scheduled", "withheld", "rejected", "returned")


class KeptGate(TypedDict):
    """A closed gate as its tranche keeps it. `since` is an ISO instant."""

    code: str
    field: str | None
    message: str
    since: str


class KeptFile(TypedDict):
    """A file of an exported run: its name, the digest of its bytes, how many orders and cents it holds."""

    name: str
    sha256: str
    orders: int
    total_cents: int


class KeptLine(TypedDict):
    """A line of the financial table of a report."""

    label: str
    planned_cents: int
    spent_cents: int


class KeptAid(TypedDict):
    """An aid that a holder declared. `granted_on` is an ISO day."""

    granted_on: str
    granted_by: str
    amount_cents: int
