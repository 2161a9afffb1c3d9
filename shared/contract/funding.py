"""FUNDING and TRANCHES: selection, awards, tranches, payments, recoveries."""

from datetime import date

from pydantic import ConfigDict

from shared.contract.event import Event
from shared.contract.values import (
    CandidatureId,
    Cents,
    Code,
    Instant,
    Outcome,
    Reason,
    Token,
    TrancheId,
    Value,
    WaveId,
    Zone,
)


class CandidatureRanked(Event, says="funding.candidature.ranked"):
    """One place in the proposal: not public before `wave.published`. `tie_break` holds the compared keys, in order."""

    candidature_id: CandidatureId
    wave: WaveId
    rank: int
    score: int
    tie_break: tuple[int, ...]
    outcome: Outcome
    zone: Zone | None
    awarded_cents: tuple[Cents, ...]
    reasons: tuple[Reason, ...]


class WaveRanked(Event, says="funding.wave.ranked", dossier="wave"):
    wave: WaveId
    proposal: int
    laureates: int
    waitlisted: int
    declined: int
    awarded_cents: Cents
    inputs_digest: str
    policy_digest: str
    digest: str


class WavePublished(Event, says="funding.wave.published", dossier="wave"):
    """The one fact from which awards, mails and public status follow."""

    wave: WaveId
    published_at: Instant
    digest: str


class WaveVerificationFailed(Event, says="funding.wave.verification-failed", dossier="wave"):
    """The separate verifier refused the proposal: it is not published. Each reason is a property, with the dossiers."""

    wave: WaveId
    digest: str
    reasons: tuple[Reason, ...]


class GrantAwarded(Event, says="funding.grant.awarded"):
    candidature_id: CandidatureId
    wave: WaveId
    rank: int
    zone: Zone
    awarded_cents: tuple[Cents, ...]
    promoted: bool
    awarded_at: Instant


class CandidatureWaitlisted(Event, says="funding.candidature.waitlisted"):
    candidature_id: CandidatureId
    wave: WaveId
    rank: int
    reasons: tuple[Reason, ...]


class CandidatureDeclined(Event, says="funding.candidature.declined"):
    candidature_id: CandidatureId
    wave: WaveId
    rank: int | None
    reasons: tuple[Reason, ...]


class CandidatureReexamined(Event, says="funding.candidature.reexamined"):
    """An appeal was decided. What was published stays as it was; from now on `outcome` is the answer."""

    candidature_id: CandidatureId
    wave: WaveId
    upheld: bool
    outcome_before: Outcome
    outcome: Outcome
    reasons: tuple[Reason, ...]


class AwardCancelled(Event, says="funding.grant.cancelled"):
    """The grant ends before it is paid in full: the place and the money left go back."""

    candidature_id: CandidatureId
    wave: WaveId
    zone: Zone
    freed_cents: Cents
    reasons: tuple[Reason, ...]


class GrantAgreed(Event, says="funding.grant.agreed"):
    """The agreement is signed: the schedule of the yearly tranches stands."""

    candidature_id: CandidatureId
    due_on: tuple[date, ...]
    amounts_cents: tuple[Cents, ...]


class GrantAmended(Event, says="funding.grant.amended"):
    """The schedule as an amendment leaves it. `kind`: extension, reduction, final-balance."""

    candidature_id: CandidatureId
    number: int
    kind: Code
    due_on: tuple[date, ...]
    amounts_cents: tuple[Cents, ...]
    freed_cents: Cents


class GrantTrancheDue(Event, says="tranches.tranche.due", dossier="tranche_id"):
    """Said once for ever by the annual job: the broker keeps one message on each subject of this stream."""

    tranche_id: TrancheId
    candidature_id: CandidatureId
    number: int
    due_on: date
    amount_cents: Cents


class TrancheWithheld(Event, says="funding.tranche.withheld", dossier="tranche_id"):
    """Every gate that is closed, each with the instant since when."""

    tranche_id: TrancheId
    candidature_id: CandidatureId
    reasons: tuple[Reason, ...]
    since: Instant


class TrancheOrdered(Event, says="funding.tranche.ordered", dossier="tranche_id"):
    """`order_id` is `<receipt>-T<n>-A<k>`: the same from this event to the bank's EndToEndId."""

    tranche_id: TrancheId
    candidature_id: CandidatureId
    order_id: str
    amount_cents: Cents


class ExportedFile(Value):
    """One file for the bank: its name, and the digest of its bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    sha256: str
    orders: int
    total_cents: Cents


class PaymentsExported(Event, says="funding.payments.exported", dossier="run_id"):
    """The orders of a run are the bank's from now on. `digest` is that of exactly these orders, amounts, accounts."""

    run_id: Token
    version: str  # of the bank's format, such as pain.001.001.09
    execution_on: date
    orders: int
    total_cents: Cents
    digest: str
    files: tuple[ExportedFile, ...]


class TrancheSettled(Event, says="funding.tranche.settled", dossier="tranche_id"):
    tranche_id: TrancheId
    candidature_id: CandidatureId
    order_id: str
    amount_cents: Cents
    bank_reference: str


class TrancheRejected(Event, says="funding.tranche.rejected", dossier="tranche_id"):
    tranche_id: TrancheId
    candidature_id: CandidatureId
    order_id: str
    amount_cents: Cents
    reason_code: str


class TrancheReturned(Event, says="funding.tranche.returned", dossier="tranche_id"):
    """A transfer that was settled came back: the tranche is unpaid again, and waits for other bank details."""

    tranche_id: TrancheId
    candidature_id: CandidatureId
    order_id: str
    amount_cents: Cents
    bank_reference: str
    reason_code: str


class TrancheOffset(Event, says="funding.tranche.offset", dossier="tranche_id"):
    """Money that is owed was kept back from a tranche: `left_cents` of it remain to be paid."""

    tranche_id: TrancheId
    candidature_id: CandidatureId
    amount_cents: Cents
    left_cents: Cents


class RecoveryOpened(Event, says="funding.recovery.opened"):
    """`number` counts the times money of this grant was asked back: the holder's answer names it."""

    candidature_id: CandidatureId
    number: int
    amount_cents: Cents
    answer_by: date


class RecoveryOrdered(Event, says="funding.recovery.ordered"):
    candidature_id: CandidatureId
    amount_cents: Cents


class RecoveryClosed(Event, says="funding.recovery.closed"):
    candidature_id: CandidatureId
    recovered_cents: Cents
    waived_cents: Cents
