"""INTAKE: all that intake says about a candidature, its holder may read. Nobody's personal data is in it."""

from pydantic import Field

from shared.contract.event import Event
from shared.contract.values import (
    CandidatureId,
    Cents,
    Instant,
    LegalForm,
    Outcome,
    PlaceKind,
    QpvCode,
    Reason,
    WaveId,
)


class CandidatureRegistered(Event, says="intake.candidature.registered"):
    """`version` grows when the holder changes the file before the deadline; the receipt number never changes."""

    candidature_id: CandidatureId
    receipt_number: str
    receipt_sequence: int
    wave: WaveId
    version: int = Field(ge=1)
    received_at: Instant
    answer_due_on: str
    legal_name: str
    siret: str
    legal_form: LegalForm
    place_name: str
    kinds: tuple[PlaceKind, ...]
    commune_code: str
    latitude: float
    longitude: float
    declared_qpv: QpvCode | None = None
    requested_cents: tuple[Cents, ...]
    support_needs: tuple[str, ...] = ()
    public_key: str | None = None


class CandidatureAlreadyRegistered(Event, says="intake.candidature.already-registered"):
    """The same project under another id: `receipt_number` is that of the first."""

    candidature_id: CandidatureId
    receipt_number: str


class CandidatureRefused(Event, says="intake.candidature.refused"):
    candidature_id: CandidatureId
    reasons: tuple[Reason, ...] = Field(min_length=1)


class CandidaturePiecesRequested(Event, says="intake.candidature.pieces-requested"):
    candidature_id: CandidatureId
    missing: tuple[str, ...]
    complete_before: Instant


class CandidatureWithdrawn(Event, says="intake.candidature.withdrawn"):
    candidature_id: CandidatureId
    wave: WaveId


class CandidatureDecided(Event, says="intake.candidature.decided"):
    candidature_id: CandidatureId
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()


class CandidatureErased(Event, says="intake.candidature.erased"):
    """The holder's personal data is gone from every service that kept it."""

    candidature_id: CandidatureId


class WaveClosed(Event, says="intake.wave.closed", dossier="wave"):
    """Everything stamped before the deadline is committed, up to this sequence of FRONTDESK."""

    wave: WaveId
    deadline: Instant
    registered: int
    frontdesk_sequence: int


class WaveOpenedAgain(Event, says="intake.wave.reopened", dossier="wave"):
    """What the wave's closing brought about is taken back: it closes once more, after this deadline.

    `reopening` counts them.
    """

    wave: WaveId
    deadline: Instant
    reopening: int


class DossierStatus(Event, says="status.dossier.kept"):
    """The public status of a dossier, kept in the KV bucket `dossiers` under its id."""

    candidature_id: CandidatureId
    status: str
    since: Instant | None
    receipt_number: str | None = None
    wave: str | None = None
    reasons: tuple[Reason, ...] = ()
