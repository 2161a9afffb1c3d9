"""FUNDING and TRANCHES: selection, awards, tranches, payments; beside it, recoveries and labels of before."""

from typing import Annotated

from pydantic import ConfigDict, Field

from shared.contract.event import Event
from shared.contract.laureates import GrantTakenOver as GrantTakenOver
from shared.contract.reading import DossierRead
from shared.contract.recoveries import RecoveryClosed as RecoveryClosed
from shared.contract.recoveries import RecoveryOpened as RecoveryOpened
from shared.contract.recoveries import RecoveryOrdered as RecoveryOrdered
from shared.contract.values import (
    SEQUENCE_MAX,
    Amounts,
    CandidatureId,
    Cents,
    Code,
    Count,
    CriterionId,
    Day,
    Digest,
    Instant,
    Needs,
    Number,
    Outcome,
    Party,
    Reasons,
    Token,
    Told,
    TrancheId,
    Value,
    WaveId,
    Word,
    ZoneId,
)
from shared.contract.work_lists import WorkListed

OrderId = Annotated[str, Field(max_length=35)]
BankReference = Annotated[str, Field(max_length=200)]
ReasonCode = Annotated[str, Field(max_length=35)]
Compared = Annotated[int, Field(ge=-SEQUENCE_MAX, le=SEQUENCE_MAX)]


class CandidatureRanked(Event, says="funding.candidature.ranked"):
    """One place in the proposal: not public before `wave.published`. `tie_break` holds the compared keys, in order."""

    candidature_id: CandidatureId
    wave: WaveId
    rank: Count
    score: Count
    tie_break: tuple[Compared, ...] = Field(max_length=100)
    outcome: Outcome
    zone: ZoneId | None
    awarded_cents: Amounts
    reasons: Reasons


class WaveRanked(Event, says="funding.wave.ranked", dossier="wave"):
    wave: WaveId
    proposal: Count
    laureates: Count
    waitlisted: Count
    declined: Count
    awarded_cents: Cents
    inputs_digest: Digest
    policy_digest: Digest
    digest: Digest


class WavePublished(Event, says="funding.wave.published", dossier="wave"):
    """The one fact from which awards, mails and public status follow."""

    wave: WaveId
    published_at: Instant
    digest: Digest


class WaveVerificationFailed(
    Event, says="funding.wave.verification-failed", dossier="wave", worries=True
):
    """The separate verifier refused the proposal: it is not published. Each reason is a property, with the dossiers."""

    wave: WaveId
    digest: Digest
    reasons: Reasons


class GrantAwarded(Event, says="funding.grant.awarded"):
    candidature_id: CandidatureId
    wave: WaveId
    rank: Count
    zone: ZoneId
    awarded_cents: Amounts
    promoted: bool
    awarded_at: Instant


class ZoneCutoff(Value):
    """How a zone's places were used; `rank` and `score` are those of its last laureate, None where it has none."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    zone: Word
    places: Count
    laureates: Count
    rank: Count | None
    score: Count | None


class Argument(Value):
    """What an answer other than an award rests on, by the published list. Marks are in hundredths.

    `cutoffs` are those of the dossier's own zones. `score_needed` is the least total that would have been
    enough then, all else equal; None where no total would. `called_to_rank`: the last one called since.
    `strengths` and `weaknesses` are the reviewers', as an officer lets them be told.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    ranked: Count
    score: Count
    marks: dict[CriterionId, Count] = Field(max_length=100)
    cutoffs: tuple[ZoneCutoff, ...] = Field(max_length=10)
    score_needed: Count | None
    called_to_rank: Count | None = None
    strengths: tuple[Told, ...] = Field(default=(), max_length=8)
    weaknesses: tuple[Told, ...] = Field(default=(), max_length=8)


class CandidatureWaitlisted(Event, says="funding.candidature.waitlisted"):
    candidature_id: CandidatureId
    wave: WaveId
    rank: Count
    reasons: Reasons
    argument: Argument | None = None


class CandidatureDeclined(Event, says="funding.candidature.declined"):
    candidature_id: CandidatureId
    wave: WaveId
    rank: Count | None
    reasons: Reasons
    argument: Argument | None = None


class AppealReceived(Event, says="funding.appeal.received"):
    """An appeal in its time: silence on `answer_by` rejects it."""

    candidature_id: CandidatureId
    wave: WaveId
    answer_by: Day


class AppealRefused(Event, says="funding.appeal.refused"):
    """An appeal that came after its time: the decision stands, and nobody looks at it again."""

    candidature_id: CandidatureId
    wave: WaveId
    reasons: Reasons


class CandidatureReexamined(Event, says="funding.candidature.reexamined"):
    """An appeal was decided. What was published stays as it was; from now on `outcome` is the answer."""

    candidature_id: CandidatureId
    wave: WaveId
    upheld: bool
    outcome_before: Outcome
    outcome: Outcome
    reasons: Reasons


class AwardCancelled(Event, says="funding.grant.cancelled"):
    """The grant ends: what was not paid of it goes back, and its place where the State has spent nothing on it."""

    candidature_id: CandidatureId
    wave: WaveId
    zone: ZoneId
    freed_cents: Cents
    place_freed: bool = True
    reasons: Reasons


class PlaceFreed(Event, says="funding.place.freed"):
    """A grant that had ended after a payment holds nothing of the State any more: its place may be given again."""

    candidature_id: CandidatureId
    wave: WaveId
    zone: ZoneId


class GrantAgreed(Event, says="funding.grant.agreed"):
    """The agreement is signed: the schedule of the yearly tranches stands.

    `parties`: the holder by their act; the State by the officers who approved the award, or upheld the appeal that gave it.
    `association_consent`: the holder agrees that the association which supports laureates knows them.
    """

    candidature_id: CandidatureId
    due_on: tuple[Day, ...] = Field(max_length=10)
    amounts_cents: Amounts
    parties: tuple[Party, ...] = Field(default=(), max_length=10)
    association_consent: bool = False


class BankDetailsRefused(Event, says="funding.bank-details.refused"):
    """The account that was sent cannot be paid: every reason, and nothing of the account."""

    candidature_id: CandidatureId
    reasons: Reasons


class BankDetailsReceived(Event, says="funding.bank-details.received"):
    """An account waits for officers to look at it; it `replaces` another, or is the first."""

    candidature_id: CandidatureId
    replaces: bool


class BankDetailsTrusted(Event, says="funding.bank-details.trusted"):
    """Enough officers have looked at the account: it may be paid from `payable_from` on."""

    candidature_id: CandidatureId
    payable_from: Day


class GrantHeld(Event, says="funding.grant.held"):
    """Nothing of the grant is paid until it is released: `reasons` are the officer's."""

    candidature_id: CandidatureId
    reasons: Reasons


class GrantReleased(Event, says="funding.grant.released"):
    candidature_id: CandidatureId


class GrantAmended(Event, says="funding.grant.amended"):
    """The schedule as an amendment leaves it. `kind`: extension, reduction, final-balance; `reasons` are the officer's."""

    candidature_id: CandidatureId
    number: Number
    kind: Code
    due_on: tuple[Day, ...] = Field(max_length=10)
    amounts_cents: Amounts
    freed_cents: Cents
    reasons: Reasons = ()


class GrantTrancheDue(Event, says="tranches.tranche.due", dossier="tranche_id"):
    """Said once for ever by the annual job: the broker keeps one message on each subject of this stream."""

    tranche_id: TrancheId
    candidature_id: CandidatureId
    number: Number
    due_on: Day
    amount_cents: Cents


class TrancheWithheld(Event, says="funding.tranche.withheld", dossier="tranche_id", worries=True):
    """Every gate that is closed, each with the instant since when."""

    tranche_id: TrancheId
    candidature_id: CandidatureId
    reasons: Reasons
    since: Instant


class TrancheOrdered(Event, says="funding.tranche.ordered", dossier="tranche_id"):
    """`order_id` is `<receipt>-T<n>-A<k>`: the same from this event to the bank's EndToEndId."""

    tranche_id: TrancheId
    candidature_id: CandidatureId
    order_id: OrderId
    amount_cents: Cents


class ExportedFile(Value):
    """One file for the bank: its name, and the digest of its bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(max_length=200)
    sha256: Digest
    orders: Count
    total_cents: Cents


class PaymentsExported(Event, says="funding.payments.exported", dossier="run_id"):
    """The orders of a run are the bank's from now on. `digest` is that of exactly these orders, amounts, accounts."""

    run_id: Token
    version: Word  # of the bank's format, such as pain.001.001.09
    execution_on: Day
    orders: Count
    total_cents: Cents
    digest: Digest
    files: tuple[ExportedFile, ...] = Field(max_length=1_000)


class TrancheSettled(Event, says="funding.tranche.settled", dossier="tranche_id"):
    tranche_id: TrancheId
    candidature_id: CandidatureId
    order_id: OrderId
    amount_cents: Cents
    bank_reference: BankReference


class TrancheRejected(Event, says="funding.tranche.rejected", dossier="tranche_id", worries=True):
    """`declared`: two officers said so by the bank's letter; its holder has nothing to do then."""

    tranche_id: TrancheId
    candidature_id: CandidatureId
    order_id: OrderId
    amount_cents: Cents
    reason_code: ReasonCode
    declared: bool = False


class TrancheReturned(Event, says="funding.tranche.returned", dossier="tranche_id", worries=True):
    """A transfer that was settled came back: the tranche is unpaid again, and waits for other bank details."""

    tranche_id: TrancheId
    candidature_id: CandidatureId
    order_id: OrderId
    amount_cents: Cents
    bank_reference: BankReference
    reason_code: ReasonCode


class TrancheOffset(Event, says="funding.tranche.offset", dossier="tranche_id"):
    """Money that is owed was kept back from a tranche: `left_cents` of it remain to be paid."""

    tranche_id: TrancheId
    candidature_id: CandidatureId
    amount_cents: Cents
    left_cents: Cents


class GrantForgotten(Event, says="funding.candidature.forgotten"):
    """Funding keeps nothing personal of this candidature: ranks, amounts, orders and the ledger stay."""

    candidature_id: CandidatureId


class ReportExpected(Event, says="funding.report.expected"):
    """A report is due on `due_on`, in `days_left` days, or late by as many; `opens_on`: when the tranche it opens is due."""

    candidature_id: CandidatureId
    year: Number
    due_on: Day
    days_left: Annotated[int, Field(ge=-SEQUENCE_MAX, le=SEQUENCE_MAX)]
    opens_on: Day | None = None


class ReportReceived(Event, says="funding.report.received"):
    """`support_needs` are what the laureate needs from now on; None where the report does not say."""

    candidature_id: CandidatureId
    year: Number
    version: Number
    support_needs: Needs | None = None


class ReportApproved(Event, says="funding.report.approved"):
    candidature_id: CandidatureId
    year: Number
    version: Number


class ReportSentBack(Event, says="funding.report.sent-back"):
    """An officer asks for a new version: `reasons` are what its holder reads, `due_on` its last day if to come."""

    candidature_id: CandidatureId
    year: Number
    version: Number
    reasons: Reasons
    due_on: Day | None = None


class ReportsRead(DossierRead, says="funding.reports.read"):
    """Somebody read the yearly reports of a grant."""


class GrantWorkListed(WorkListed, says="funding.work.listed", dossier="day"):
    """What waits for officers as a day begins, as funding knows it."""
