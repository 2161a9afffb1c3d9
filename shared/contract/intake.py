"""INTAKE: what intake says of a candidature to the other services, and to nobody outside.

No personal data is in it.
"""

from typing import Literal

from pydantic import ConfigDict, Field

from shared.contract.attachments import FILES_MAX, Finding
from shared.contract.event import Event, RoutedEvent
from shared.contract.reading import DossierRead
from shared.contract.values import (
    Amounts,
    CandidatureId,
    Count,
    Day,
    Digest,
    EventId,
    FrontEndName,
    Instant,
    Latitude,
    LegalForm,
    Longitude,
    Number,
    PlaceKind,
    QpvCode,
    Reasons,
    ReceiptNumber,
    Sequence,
    Value,
    WaveId,
    Word,
    ZoneId,
)
from shared.contract.work_lists import WorkListed


class CandidatureRegistered(Event, says="intake.candidature.registered"):
    """`version` grows when the holder changes the file before the deadline; the receipt number never changes.

    `commune_given` is the code as the holder wrote it, `postal_code` that of the address: compared, they show whether
    one was written for the other. `front_end` is whose dossier it is: with `public_key`, who may act on it.
    """

    candidature_id: CandidatureId
    receipt_number: ReceiptNumber
    receipt_sequence: Sequence
    wave: WaveId
    version: Number
    received_at: Instant
    answer_due_on: str = Field(max_length=10)
    legal_name: str = Field(max_length=200)
    siret: str = Field(max_length=14)
    legal_form: LegalForm
    place_name: str = Field(max_length=200)
    kinds: tuple[PlaceKind, ...] = Field(max_length=20)
    commune_code: str = Field(max_length=5)
    commune_given: str | None = Field(default=None, max_length=5)
    postal_code: str | None = Field(default=None, max_length=5)
    latitude: Latitude
    longitude: Longitude
    declared_qpv: QpvCode | None = None
    declared_zones: tuple[ZoneId, ...] = Field(default=(), max_length=10)
    requested_cents: Amounts
    support_needs: tuple[Word, ...] = Field(default=(), max_length=100)
    public_key: str | None = Field(default=None, max_length=44)
    front_end: FrontEndName | None = None


class CandidatureChangedHands(Event, says="intake.candidature.moved"):
    """An officer moved the dossier: acts on it come from this front-end from now on, or are signed with this key."""

    candidature_id: CandidatureId
    front_end: FrontEndName
    public_key: str | None = Field(default=None, max_length=44)


class CandidatureAlreadyRegistered(Event, says="intake.candidature.already-registered"):
    """The same project under another id: `receipt_number` is that of the first."""

    candidature_id: CandidatureId
    receipt_number: ReceiptNumber


class CandidatureRefused(Event, says="intake.candidature.refused"):
    candidature_id: CandidatureId
    reasons: Reasons = Field(min_length=1)


class CandidaturePiecesRequested(Event, says="intake.candidature.pieces-requested"):
    """`reopened`: its wave's closing had refused the file for what it lacked, and is taken back."""

    candidature_id: CandidatureId
    missing: tuple[Word, ...] = Field(max_length=100)
    complete_before: Instant
    received_at: Instant | None = None
    reopened: bool = False


class CandidatureWithdrawn(Event, says="intake.candidature.withdrawn"):
    candidature_id: CandidatureId
    wave: WaveId


class CandidatureDeadlineMoved(Event, says="intake.candidature.deadline-moved"):
    """The wave of the file closes later: silence is a refusal on `answer_due_on`. `complete`: nothing is missing.

    `reopened`: it was closed. A file that is not complete then came while it was, and was refused for that.
    """

    candidature_id: CandidatureId
    wave: WaveId
    deadline: Instant
    answer_due_on: Day
    complete: bool
    reopened: bool = False


class CandidatureErased(Event, says="intake.candidature.erased"):
    """The holder's personal data goes: from the counter at once, from whoever hears this after it.

    `because` a person asked, or the time is over for which the programme keeps it.
    """

    candidature_id: CandidatureId
    because: Literal["request", "retention"] = "request"


class FileRead(DossierRead, says="intake.file.read"):
    """Somebody read the texts and the budget of a dossier."""


class ExaminedFile(Value):
    """What the counter found of one file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sha256: Digest
    finding: Finding


class AttachmentsExamined(Event, says="intake.attachments.examined"):
    """The counter looked at the files that a `submission` names, in the bucket of its front-end."""

    candidature_id: CandidatureId
    front_end: FrontEndName
    submission: EventId
    files: tuple[ExaminedFile, ...] = Field(max_length=FILES_MAX)


class AttachmentRead(DossierRead, says="intake.attachment.read"):
    """Somebody read a file that was added to a dossier."""


class WaveClosed(Event, says="intake.wave.closed", dossier="wave"):
    """Everything stamped before the deadline is committed, up to this sequence of FRONTDESK."""

    wave: WaveId
    deadline: Instant
    registered: Count
    frontdesk_sequence: Sequence


class WaveOpenedAgain(Event, says="intake.wave.reopened", dossier="wave"):
    """What the wave's closing brought about is taken back: it closes once more, after this deadline.

    `reopening` counts them.
    """

    wave: WaveId
    deadline: Instant
    reopening: Count


class TrancheStatus(Value):
    """The latest word on one yearly tranche, and since when it holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: int = Field(ge=1, le=9)
    status: Word
    since: Instant


class DossierStatus(RoutedEvent, says="status.dossier.kept"):
    """The public status of a dossier, kept in the KV bucket `dossiers` under its front-end's name and its id.

    `since` is the instant of what it says, `received_at` that of the receipt; `tranches` has a line for each one begun.
    `due_on` are the days on which they fall due, in order, once the agreement is signed.
    """

    candidature_id: CandidatureId
    status: Word
    since: Instant | None
    received_at: Instant | None = None
    receipt_number: ReceiptNumber | None = None
    wave: WaveId | None = None
    reasons: Reasons = ()
    tranches: tuple[TrancheStatus, ...] = Field(default=(), max_length=9)
    due_on: tuple[Day, ...] = Field(default=(), max_length=10)


class CounterWorkListed(WorkListed, says="intake.work.listed", dossier="day"):
    """What waits for officers as a day begins, as intake knows it."""
