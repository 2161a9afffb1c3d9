"""ANSWERS: what a dossier's front-end hears of it, and nobody else: one answer for each attempt, and news.

Each is stored, then spoken once by the stream's `republish`. Nothing in it would tell a competitor anything.
"""

from pydantic import Field

from shared.contract.event import RoutedEvent
from shared.contract.values import (
    CandidatureId,
    Day,
    Instant,
    Number,
    Outcome,
    Reasons,
    ReceiptNumber,
    Sequence,
    Token,
    WaveId,
    Word,
)


class Answer(RoutedEvent):
    """`stream` and `sequence` are the place of the attempt in the log, as the PubAck told it; news have none.

    `attempt_id` is the UUID its sender gave the attempt: the header `ce-id`, or else `Nats-Msg-Id`.
    """

    candidature_id: CandidatureId
    attempt_id: Token | None = None
    stream: str | None = Field(default=None, max_length=40)
    sequence: Sequence | None = None


class AnswerRegistered(Answer, says="answers.candidature.registered"):
    """`version` grows when the holder changes the file before the deadline; the receipt number never changes."""

    receipt_number: ReceiptNumber
    wave: WaveId
    version: Number
    received_at: Instant
    answer_due_on: Day


class AnswerAlreadyRegistered(Answer, says="answers.candidature.already-registered"):
    """The same front-end sent the same project under another id: `receipt_number` is that of the first."""

    receipt_number: ReceiptNumber


class AnswerContested(Answer, says="answers.candidature.contested"):
    """Another front-end brought the same project first: an officer decides whose it is."""


class AnswerRefused(Answer, says="answers.candidature.refused"):
    """The file, or the change of one that is registered, with every reason."""

    reasons: Reasons = Field(min_length=1)


class AnswerPiecesRequested(Answer, says="answers.candidature.pieces-requested"):
    missing: tuple[Word, ...] = Field(max_length=100)
    complete_before: Instant


class AnswerWithdrawn(Answer, says="answers.candidature.withdrawn"):
    wave: WaveId


class AnswerDecided(Answer, says="answers.candidature.decided"):
    outcome: Outcome
    reasons: Reasons = ()


class AnswerErased(Answer, says="answers.candidature.erased"):
    """News: the holder's personal data is erased. A front-end that keeps a copy of the file erases it too."""


class AnswerActRefused(Answer, says="answers.candidature.act-refused"):
    """An act on the dossier that changed nothing: `act` is its type."""

    act: Word
    reasons: Reasons = Field(min_length=1)
