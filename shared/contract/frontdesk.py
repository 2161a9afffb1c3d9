"""FRONTDESK and BANKING: what holders and reviewers say through their front-ends."""

from pydantic import Field

from shared.contract.attachments import Attachments
from shared.contract.event import OutsideEvent
from shared.contract.values import (
    Budget,
    CandidatureId,
    Cents,
    Code,
    CommonName,
    Count,
    CriterionId,
    Day,
    Holder,
    Licence,
    Line,
    Needs,
    Note,
    Number,
    Place,
    Project,
    PublicUrl,
    ReceiptNumber,
    Score,
    StepName,
    Text,
    Token,
)


class CandidatureSubmitted(OutsideEvent, says="frontdesk.candidature.submitted"):
    """The file of a candidature, whole. Its `attachments` were uploaded before: it names them by their digests."""

    candidature_id: CandidatureId
    holder: Holder
    place: Place
    project: Project
    budget: Budget
    attachments: Attachments = ()


class AddressConfirmed(OutsideEvent, says="frontdesk.address.confirmed"):
    """The code of a letter came back: somebody reads the dossier's address, and gets whole letters from now on."""

    candidature_id: CandidatureId
    token: Token


class WithdrawalRequested(OutsideEvent, says="frontdesk.withdrawal.requested"):
    candidature_id: CandidatureId
    reason: Text


class PiecesCompleted(OutsideEvent, says="frontdesk.pieces.completed"):
    """The missing texts of a file, by the name of their field in `project`."""

    candidature_id: CandidatureId
    pieces: dict[CriterionId, Text] = Field(min_length=1, max_length=20)


class AgreementSigned(OutsideEvent, says="frontdesk.agreement.signed"):
    """`association_consent`: the association which supports laureates may know them, and write to them."""

    candidature_id: CandidatureId
    signatory: Line
    association_consent: bool = False


class ReportLine(OutsideEvent):
    label: Line
    planned_cents: Cents
    spent_cents: Cents


class ReportSubmitted(OutsideEvent, says="frontdesk.report.submitted"):
    """The yearly report: activity, each budget line planned against spent, the programme's indicators.

    `support_needs` are what the laureate needs from now on, where that has changed.
    """

    candidature_id: CandidatureId
    year: int = Field(ge=1, le=9)
    activity: Text
    lines: tuple[ReportLine, ...] = Field(min_length=1, max_length=100)
    indicators: dict[CriterionId, Count] = Field(default={}, max_length=20)
    support_needs: Needs | None = None


class RecoveryAnswered(OutsideEvent, says="frontdesk.recovery.answered"):
    """The holder's observations on money that is asked back: the officers may decide once they have them.

    `recovery` is the number of the request they answer, as its letter tells it: they count for no other.
    """

    candidature_id: CandidatureId
    recovery: Number
    observations: Text


class StateAid(OutsideEvent):
    granted_on: Day
    granted_by: Line
    amount_cents: Cents


class StateAidDeclared(OutsideEvent, says="frontdesk.state-aid.declared"):
    """The de minimis aids the holder received elsewhere. Sent again, it replaces what was declared."""

    candidature_id: CandidatureId
    aids: tuple[StateAid, ...] = Field(max_length=100)


class GrantRefused(OutsideEvent, says="frontdesk.grant.refused"):
    """The holder does not want the grant: the next on the reserve list may have it."""

    candidature_id: CandidatureId
    reason: Text


class AppealFiled(OutsideEvent, says="frontdesk.appeal.filed"):
    candidature_id: CandidatureId
    grounds: Text


class CommunityDeclared(OutsideEvent, says="frontdesk.community.declared"):
    """What a laureate is in the community: what it offers to others, and whether it takes part. It replaces the last one.

    `peers`: it may be named to others and others to it, each asked before. `listed`: everybody may read in the directory who
    it is, where, what it offers and what it looks for. Offers are words as those of `support_needs`: one that neither we nor the
    programme's `[support.owners]` name is left out.
    """

    candidature_id: CandidatureId
    offers: tuple[Code, ...] = Field(max_length=20)
    peers: bool = True
    listed: bool = False


class PeerAnswered(OutsideEvent, says="frontdesk.peer.answered"):
    """Whether a laureate wants the peer that a letter named. Both have to agree before either learns how to reach the other.

    Afterwards too, `accepts: false` ends it.
    """

    candidature_id: CandidatureId
    peer: CandidatureId
    accepts: bool


class InvitationAnswered(OutsideEvent, says="frontdesk.invitation.answered"):
    """Whether a laureate comes to a meeting, and how many people. The last answer counts, until the day has come.

    `revision` is that of the invitation it answers, as `my-support` tells it: what was said of another day counts no more.
    """

    candidature_id: CandidatureId
    gathering: Code
    comes: bool
    people: int = Field(default=1, ge=1, le=50)
    revision: Count = 0


class MessageSent(OutsideEvent, says="frontdesk.message.sent"):
    """A laureate writes to one of the directory, named by receipt number: it is passed on, and no address is shown.

    The answer goes to the writer's own address, which the letter tells.
    """

    candidature_id: CandidatureId
    addressee: ReceiptNumber
    said: Note


class CommonShared(OutsideEvent, says="frontdesk.common.shared"):
    """A laureate shares something that others may use, under an open licence: it is listed once an officer has read it.

    `common` tells it from the others of this laureate: `common-1` to `common-20`. Said again, it replaces what was said;
    `withdrawn` takes it out.
    """

    candidature_id: CandidatureId
    common: CommonName
    title: Line
    url: PublicUrl
    licence: Licence
    about: Note
    withdrawn: bool = False


class StepReported(OutsideEvent, says="frontdesk.step.reported"):
    """What a laureate says of a step that is theirs to do: that it is `done` and what came of it, or how far it is.

    `helped` is whose plan it is, where it is another's: that of a peer to whom this one is a mentor, as both agreed.
    """

    candidature_id: CandidatureId
    step: StepName
    helped: CandidatureId | None = None
    done: bool = False
    said: Note


class ReviewSubmitted(OutsideEvent, says="frontdesk.review.submitted"):
    """One reviewer's marks, a criterion each. Sent again, it replaces the earlier marks and keeps their history.

    `comments` say why, by criterion: the programme asks for one where the mark is low.
    """

    candidature_id: CandidatureId
    reviewer_id: Token
    marks: dict[CriterionId, Score] = Field(min_length=1, max_length=10)
    comment: Text
    comments: dict[CriterionId, Text] = Field(default={}, max_length=10)


class ReviewRecused(OutsideEvent, says="frontdesk.review.recused"):
    candidature_id: CandidatureId
    reviewer_id: Token
    reason: Text


class BankDetailsProvided(OutsideEvent, says="banking.bank-details.provided"):
    """`sealed` is base64 of a NaCl sealed box for funding: JSON `{"iban", "bic", "account_holder"}`."""

    candidature_id: CandidatureId
    sealed: str = Field(min_length=1, max_length=4096, pattern=r"^[A-Za-z0-9+/]+={0,2}$")
