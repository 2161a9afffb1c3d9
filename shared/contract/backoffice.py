"""BACKOFFICE: what officers decide.

Each act names its author and the reason; the owning service checks it.
"""

from typing import Annotated, Literal

from pydantic import Field

from shared.contract.event import OutsideEvent
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.laureates import Laureate
from shared.contract.values import (
    Actor,
    CandidatureId,
    Cents,
    Code,
    CommonName,
    Count,
    Day,
    DepartmentCode,
    Digest,
    Email,
    FrontEndName,
    Instant,
    Line,
    Number,
    PublicKey,
    QpvCode,
    RunId,
    Sequence,
    Siren,
    Text,
    Token,
    TrancheId,
    Value,
    WaveId,
    ZoneId,
)

Remark = Annotated[Text, Field(max_length=500)]


class OfficerAct(OutsideEvent):
    actor: Actor
    reason: Text


class CandidatureImported(OfficerAct, says="backoffice.candidature.imported"):
    """A paper file, typed in by an officer: it counts from the day the paper was received."""

    candidature_id: CandidatureId
    received_at: Instant
    submission: CandidatureSubmitted


class LaureateImported(OfficerAct, says="backoffice.laureate.imported"):
    """A label of before the platform. It holds once a director and the accountant have said the very same of it.

    `candidature_id` follows from programme and receipt: `laureate_id`. It is said before a first wave is ranked.
    """

    candidature_id: CandidatureId
    laureate: Laureate


class CandidatureMoved(OfficerAct, says="backoffice.candidature.moved"):
    """From now on the dossier belongs to this front-end, and has this key: none unless one is given.

    It is how a paper file comes to its holder's front-end, and a dossier leaves a front-end or a key that is gone.
    """

    candidature_id: CandidatureId
    front_end: FrontEndName
    public_key: PublicKey | None = None


class ErasureRequested(OfficerAct, says="backoffice.erasure.requested"):
    """A person asked to be forgotten: an officer has it done, unless the law keeps the file. It cannot be undone."""

    candidature_id: CandidatureId


class ContestDecided(OfficerAct, says="backoffice.contest.decided"):
    """Two front-ends brought one project. `upheld`: it is the contestant's, whose dossier is named, not the first's."""

    candidature_id: CandidatureId
    upheld: bool


class WaveExtended(OfficerAct, says="backoffice.wave.extended", dossier="wave"):
    wave: WaveId
    closes_on: Day


class WaveReopened(OfficerAct, says="backoffice.wave.reopened", dossier="wave"):
    """A wave was closed by mistake: with another officer's word for the same last day, it is open again."""

    wave: WaveId
    closes_on: Day


class TerritoryDecided(OfficerAct, says="backoffice.territory.decided"):
    """An officer's answer where data cannot tell: the zones the place lies in, and the QPV that was shown."""

    candidature_id: CandidatureId
    zones: tuple[ZoneId, ...] = Field(max_length=10)
    qpv_code: QpvCode | None = None


class ReviewerRegistered(OfficerAct, says="backoffice.reviewer.registered", dossier="reviewer_id"):
    """A reviewer, with what forbids an assignment: a department, and holders they are tied to, their own included.

    `email` is where their letters go: without it they get none.
    """

    reviewer_id: Token
    department: Code | str | None = Field(default=None, max_length=3)
    ties: tuple[Siren, ...] = Field(default=(), max_length=200)
    email: Email | None = None


class ReviewAssigned(OfficerAct, says="backoffice.review.assigned"):
    candidature_id: CandidatureId
    reviewer_id: Token


class ReviewReassigned(OfficerAct, says="backoffice.review.reassigned"):
    """A review that is late, or of who is revoked, goes `to` another reviewer, or to whom is drawn."""

    candidature_id: CandidatureId
    reviewer_id: Token
    to: Token | None = None


class CommentsModerated(OfficerAct, says="backoffice.comments.moderated"):
    """What the holder's letter says of the reviewers' comments: read by an officer, and nobody named in it.

    Said again, it replaces what was said before; once the list is published it changes nothing.
    """

    candidature_id: CandidatureId
    strengths: tuple[Remark, ...] = Field(default=(), max_length=8)
    weaknesses: tuple[Remark, ...] = Field(default=(), max_length=8)


class ReviewOpened(OfficerAct, says="backoffice.review.opened", dossier="wave"):
    """Draw reviewers now for the files of a closed wave that lack some: reviewers registered after its closing."""

    wave: WaveId


class WaveApproved(OfficerAct, says="backoffice.wave.approved", dossier="wave"):
    """Approval of exactly the proposal whose digest was seen."""

    wave: WaveId
    digest: Digest


class AppealAssigned(OfficerAct, says="backoffice.appeal.assigned"):
    """Who prepares the answer to the appeal that waits. Assigned again, the latest counts."""

    candidature_id: CandidatureId
    officer_id: Token


class AppealDecided(OfficerAct, says="backoffice.appeal.decided"):
    """The answer to an appeal. `upheld`: the candidature should have been a laureate, for the reason given.

    Its letter tells the reason of a rejection, and of what a laureate contests.

    `grounds_read`: how many grounds were read, of all appeals of the dossier; refused where there are more by now.
    """

    candidature_id: CandidatureId
    upheld: bool
    grounds_read: Count | None = None


class ReportAccepted(OfficerAct, says="backoffice.report.accepted"):
    """Acceptance of exactly the `version` that was read, as funding's question `reports` tells it."""

    candidature_id: CandidatureId
    year: int = Field(ge=1, le=9)
    version: Number


class ReportReturned(OfficerAct, says="backoffice.report.returned"):
    """The `version` that was read is sent back: `reason` tells the holder what to mend."""

    candidature_id: CandidatureId
    year: int = Field(ge=1, le=9)
    version: Number


class BankDetailsVerified(OfficerAct, says="backoffice.bank-details.verified"):
    """An officer called the holder back and checked the account that `fingerprint` stands for."""

    candidature_id: CandidatureId
    fingerprint: str = Field(pattern=r"^[0-9a-f]{16}$")


class BankDetailsConfirmed(OfficerAct, says="backoffice.bank-details.confirmed"):
    """A second officer confirms a change of account that a first one verified."""

    candidature_id: CandidatureId
    fingerprint: str = Field(pattern=r"^[0-9a-f]{16}$")


class PaymentsApproved(OfficerAct, says="backoffice.payments.approved", dossier="run_id"):
    """Approval of a payment run as it was seen: the first, by the authorising officer, closes the list of orders.

    `digest` is that of exactly these orders, amounts and accounts, as funding's question `payments` gives it.
    """

    run_id: RunId
    orders: Number
    total_cents: Cents
    digest: Digest


class PaymentsExportRequested(
    OfficerAct, says="backoffice.payments.export-requested", dossier="run_id"
):
    """The accountant asks for the bank's files of an approved run; `digest` is that of the orders it now holds."""

    run_id: RunId
    digest: Digest
    version: Literal["pain.001.001.03", "pain.001.001.09"] = "pain.001.001.09"


BankMessage = Literal["pain.002", "camt.053", "camt.054"]


class StatementLine(Value):
    """What the bank says of one transfer, which `end_to_end_id` names, or of a whole payment file, named by `file_id`.

    `status`: settled, rejected, returned, accepted, unknown, unreadable. `transfers` is how many the bank counts in a
    file; `position` is where the line stands in the bank's message.
    """

    end_to_end_id: str = Field(max_length=35)
    status: Annotated[Code, Field(max_length=20)]
    amount_cents: Cents
    bank_reference: Line
    booked_on: Day | None = None
    reason_code: str | None = Field(default=None, max_length=10)
    file_id: str = Field(default="", max_length=35)
    transfers: Count | None = None
    position: str = Field(default="", max_length=200)


class BankStatementReceived(
    OfficerAct,
    says="backoffice.bank-statement.received",
    dossier="statement_id",
):
    """A part of a bank's message of some kind: its lines in order, at most 500 a part."""

    statement_id: Token
    kind: BankMessage = "camt.053"
    part: Number
    lines: tuple[StatementLine, ...] = Field(min_length=1, max_length=500)


class BankLineExamined(OfficerAct, says="backoffice.bank-line.examined", dossier="statement_id"):
    """An operator looked at a line that changed nothing: `reason` says what came of it."""

    statement_id: Token
    part: Number
    line: Count


Fate = Literal["paid", "dead"]
OrderNumber = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,35}$")]


class PaymentDeclared(OfficerAct, says="backoffice.payment.declared", dossier="order_id"):
    """What the bank wrote of a payment it leaves in doubt: certainly `paid`, or `dead`, never to be paid.

    It holds once the authorising officer and the accountant have said the same of this order, by the same letter of
    the bank, which `reference` names.
    """

    order_id: OrderNumber
    fate: Fate
    reference: Line


class GrantExtended(OfficerAct, says="backoffice.grant.extended"):
    """An amendment: every tranche that is not ordered yet falls due some months later. Its letter says why."""

    candidature_id: CandidatureId
    months: int = Field(ge=1, le=36)


class GrantReduced(OfficerAct, says="backoffice.grant.reduced"):
    """An amendment: what each year is reduced to; none grows, none goes below what is ordered or paid. Its letter says why."""

    candidature_id: CandidatureId
    amounts_cents: tuple[Cents, ...] = Field(min_length=1, max_length=5)


class GrantBalanced(OfficerAct, says="backoffice.grant.balanced"):
    """The final balance of the whole grant: the last tranches are reduced to it, the last one first. Its letter says why."""

    candidature_id: CandidatureId
    total_cents: Cents


class StateAidDecided(OfficerAct, says="backoffice.state-aid.decided"):
    """What an officer finds where the declared de minimis aids and the grant are above the ceiling together.

    `declaration` is the one that was read, by its place in the log, as funding's question `why` tells it.
    """

    candidature_id: CandidatureId
    declaration: Sequence
    allowed: bool
    regime: Code


class GrantSuspended(OfficerAct, says="backoffice.grant.suspended"):
    candidature_id: CandidatureId


class GrantResumed(OfficerAct, says="backoffice.grant.resumed"):
    candidature_id: CandidatureId


class RecoveryIntended(OfficerAct, says="backoffice.recovery.intended"):
    """The contradictory procedure opens: the holder may answer until `answer_by`. Its letter says why."""

    candidature_id: CandidatureId
    amount_cents: Cents
    answer_by: Day


class RecoveryDecided(OfficerAct, says="backoffice.recovery.decided"):
    """What is asked back, for good. Its letter says why."""

    candidature_id: CandidatureId
    amount_cents: Cents


class RecoveryReceived(OfficerAct, says="backoffice.recovery.received"):
    candidature_id: CandidatureId
    amount_cents: Cents


class RecoveryOffset(OfficerAct, says="backoffice.recovery.offset", dossier="tranche_id"):
    """What is owed is kept back from a tranche that is not ordered yet."""

    tranche_id: TrancheId
    candidature_id: CandidatureId
    amount_cents: Cents


class RecoveryWaived(OfficerAct, says="backoffice.recovery.waived"):
    candidature_id: CandidatureId
    amount_cents: Cents


class TrancheRetried(OfficerAct, says="backoffice.tranche.retried", dossier="tranche_id"):
    """A rejected payment may be tried again, with the account that is verified now."""

    tranche_id: TrancheId


class GatheringAnnounced(OfficerAct, says="backoffice.gathering.announced", dossier="gathering"):
    """The laureates are invited to a meeting of the agenda; said again, it moved, or is `cancelled`, and they are told.

    Those of all `departments`, where none is named.
    """

    gathering: Code
    title: Line
    starts_on: Day
    ends_on: Day
    place: Line
    departments: tuple[DepartmentCode, ...] = Field(default=(), max_length=110)
    cancelled: bool = False


class CommonDecided(OfficerAct, says="backoffice.common.decided"):
    """Whether what a laureate shares is listed, as `revision` has it: what was changed since is read again."""

    candidature_id: CandidatureId
    common: CommonName
    revision: Number
    accepted: bool


class AttendanceNoted(OfficerAct, says="backoffice.attendance.noted", dossier="gathering"):
    """Which of those who were invited came. Said again, it replaces what was said before."""

    gathering: Code
    present: tuple[CandidatureId, ...] = Field(max_length=1_000)
