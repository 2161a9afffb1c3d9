"""BACKOFFICE: what officers decide. Each act names its author and the reason; the owning service checks it."""

from datetime import date

from pydantic import Field

from shared.contract.event import OutsideEvent
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.values import (
    Actor,
    CandidatureId,
    Cents,
    Code,
    Instant,
    Line,
    QpvCode,
    Text,
    Token,
    TrancheId,
    Value,
    WaveId,
    Zone,
)


class OfficerAct(OutsideEvent):
    actor: Actor
    reason: Text


class CandidatureImported(OfficerAct, says="backoffice.candidature.imported"):
    """A paper file, typed in by an officer: it counts from the day the paper was received."""

    candidature_id: CandidatureId
    received_at: Instant
    submission: CandidatureSubmitted


class WaveExtended(OfficerAct, says="backoffice.wave.extended", dossier="wave"):
    wave: WaveId
    closes_on: date


class TerritoryDecided(OfficerAct, says="backoffice.territory.decided"):
    """An officer's answer where data cannot tell: the zones the place lies in, and the QPV that was shown."""

    candidature_id: CandidatureId
    zones: tuple[Zone, ...]
    qpv_code: QpvCode | None = None


class ReviewerRegistered(OfficerAct, says="backoffice.reviewer.registered", dossier="reviewer_id"):
    """A reviewer, with what forbids an assignment: a department, and holders (by SIREN) they are tied to."""

    reviewer_id: Token
    department: Code | str | None = Field(default=None, max_length=3)
    ties: tuple[str, ...] = Field(default=(), max_length=200)


class ReviewAssigned(OfficerAct, says="backoffice.review.assigned"):
    candidature_id: CandidatureId
    reviewer_id: Token


class WaveApproved(OfficerAct, says="backoffice.wave.approved", dossier="wave"):
    """Approval of exactly the proposal whose digest was seen."""

    wave: WaveId
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class ReportAccepted(OfficerAct, says="backoffice.report.accepted"):
    candidature_id: CandidatureId
    year: int = Field(ge=1, le=9)


class ReportReturned(OfficerAct, says="backoffice.report.returned"):
    candidature_id: CandidatureId
    year: int = Field(ge=1, le=9)


class BankDetailsVerified(OfficerAct, says="backoffice.bank-details.verified"):
    """An officer called the holder back and checked the account that `fingerprint` stands for."""

    candidature_id: CandidatureId
    fingerprint: str = Field(pattern=r"^[0-9a-f]{16}$")


class PaymentsApproved(OfficerAct, says="backoffice.payments.approved", dossier="run_id"):
    """Approval of a payment run as it was seen: the first, by the authorising officer, closes the list of orders."""

    run_id: Token
    orders: int = Field(ge=1)
    total_cents: Cents


class StatementLine(Value):
    """What the bank says of one transfer. Matching is by `end_to_end_id` and by nothing else."""

    end_to_end_id: str = Field(max_length=35)
    status: Code  # settled, rejected, unknown
    amount_cents: Cents
    bank_reference: Line
    booked_on: date | None = None
    reason_code: str | None = Field(default=None, max_length=10)


class BankStatementReceived(OfficerAct, says="backoffice.bank-statement.received", dossier="statement_id"):
    """A part of a bank's file: its lines in order, at most 500 a part."""

    statement_id: Token
    part: int = Field(ge=1)
    lines: tuple[StatementLine, ...] = Field(min_length=1, max_length=500)


class GrantSuspended(OfficerAct, says="backoffice.grant.suspended"):
    candidature_id: CandidatureId


class GrantResumed(OfficerAct, says="backoffice.grant.resumed"):
    candidature_id: CandidatureId


class RecoveryIntended(OfficerAct, says="backoffice.recovery.intended"):
    """The contradictory procedure opens: the holder may answer until `answer_by`."""

    candidature_id: CandidatureId
    amount_cents: Cents
    answer_by: date


class RecoveryDecided(OfficerAct, says="backoffice.recovery.decided"):
    candidature_id: CandidatureId
    amount_cents: Cents


class RecoveryReceived(OfficerAct, says="backoffice.recovery.received"):
    candidature_id: CandidatureId
    amount_cents: Cents


class RecoveryWaived(OfficerAct, says="backoffice.recovery.waived"):
    candidature_id: CandidatureId
    amount_cents: Cents


class TrancheRetried(OfficerAct, says="backoffice.tranche.retried", dossier="tranche_id"):
    """A rejected payment may be tried again, with the account that is verified now."""

    tranche_id: TrancheId
