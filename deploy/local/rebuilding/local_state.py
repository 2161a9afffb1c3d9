"""What a database holds that no log tells: it is neither rebuilt nor compared. Each with its reason.

The page docs/rebuild.md tells the same to operators.
"""

from dataclasses import dataclass

from shared.contract.subjects import STATUS_STREAM

TIMER = "Timer"


@dataclass(frozen=True, slots=True)
class Local:
    """`column` is empty where whole rows are meant."""

    table: str
    column: str
    why: str


LOCAL = (
    Local("outbox", "id", "the log keeps the order within each stream, not between streams"),
    Local("outbox", "sequence", f"of {STATUS_STREAM} alone: it keeps the latest of each dossier"),
    Local(
        "outbox", "traceparent", "where traces are told, the span of the decision: it happened once"
    ),
    Local("waiting", "since", "this machine's clock, when an early event was kept"),
    Local("clock", "", "the rows that readiness and a scrubbing write"),
    Local(
        "inbox",
        "",
        "what a timer decided and nobody was told: it is decided again at the next start",
    ),
    Local(
        "inbox",
        "result",
        "of a newer contact: whether the receipt of the file before was read by then",
    ),
    Local("tranches", "retry_after", "a timer that looked, and said nothing: it looks again"),
    Local("reviews", "remind_on", "the same, of files whose marks are frozen"),
    Local(
        "notices",
        "attempts",
        "how often a letter was tried: who put it off said nothing to the log",
    ),
    Local("notices", "retry_at", "when it is tried again"),
    Local(
        "notices",
        "state",
        "whether the file of a letter to who was erased is gone: it is removed again",
    ),
)
ALIKE = {
    ("inbox", "result"): ("contact-changed", "contact-pending"),
    ("notices", "state"): ("erasing", "erased"),
}
UNCOMPARED = {(local.table, local.column) for local in LOCAL if local.column} - {
    ("outbox", "sequence"),
    *ALIKE,
}
