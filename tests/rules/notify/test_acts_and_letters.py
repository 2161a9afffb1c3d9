"""Every act that a person does has its letter to whom it concerns, or a reason why it has none."""

from services.notify.letters.writer import TEMPLATES, UNPROVEN
from shared.contract import backoffice as b
from shared.contract import frontdesk as f
from shared.contract import people as p
from shared.contract import support as s
from shared.contract.event import Event, OutsideEvent
from shared.contract.topology import HEARS

OUTCOMES = ("awarded", "promoted", "waitlisted", "declined")
# The letters that an act leads to, by its class: to the holder, where nothing else is said.
LETTERS: dict[type[Event], tuple[str, ...]] = {
    f.CandidatureSubmitted: ("receipt", "pieces_requested", "refused", "already_registered"),
    f.PiecesCompleted: ("receipt", "pieces_requested", "refused"),
    f.WithdrawalRequested: ("withdrawn", "cancelled"),
    f.AddressConfirmed: ("support_opened",),  # and whatever else waited for the address
    f.AppealFiled: ("appeal_received", "appeal_refused"),
    f.AgreementSigned: ("agreed", "introduction"),
    f.GrantRefused: ("cancelled",),
    b.GatheringAnnounced: ("invitation", "invitation_cancelled"),
    f.MessageSent: ("relayed",),
    f.CommunityDeclared: ("peers", "peer_ended"),
    f.PeerAnswered: ("peers", "peer_agreed", "peer_ended"),
    f.BankDetailsProvided: ("account_received", "account_refused"),
    f.ReportSubmitted: ("report_received",),
    b.CandidatureImported: ("receipt", "pieces_requested", "refused"),
    b.CandidatureMoved: ("moved",),
    b.ContestDecided: ("receipt", "refused"),
    b.ErasureRequested: ("erased",),
    b.TerritoryDecided: ("eligible", "ineligible", "instruction_requested"),
    b.WaveExtended: ("deadline_moved",),
    b.WaveReopened: ("deadline_moved", "pieces_requested"),
    b.WaveApproved: (*OUTCOMES, "support_opened", "invitation", "peers"),
    b.AppealDecided: (
        "appeal_rejected",
        "appeal_upheld",
        "appeal_without_grant",
        "awarded",
        "waitlisted",
    ),
    b.GrantExtended: ("amended",),
    b.GrantReduced: ("amended", "promoted"),
    b.GrantBalanced: ("amended", "promoted"),
    b.GrantSuspended: ("held", "tranche_withheld"),
    b.GrantResumed: ("released", "tranche_ordered"),
    b.BankDetailsVerified: ("account_trusted",),
    b.BankDetailsConfirmed: ("account_trusted",),
    b.ReportAccepted: ("report_approved", "tranche_ordered"),
    b.ReportReturned: ("report_sent_back",),
    b.TrancheRetried: ("tranche_ordered",),
    b.BankStatementReceived: ("tranche_settled", "tranche_rejected"),
    b.PaymentDeclared: ("tranche_settled",),
    b.RecoveryIntended: ("recovery_opened",),
    b.RecoveryDecided: ("recovery_ordered",),
    b.RecoveryReceived: ("recovery_closed",),
    b.RecoveryWaived: ("recovery_closed",),
    b.RecoveryOffset: ("tranche_offset", "recovery_closed"),
    # These are for reviewers: one a day, which gathers what is new.
    f.ReviewSubmitted: ("review_news",),
    f.ReviewRecused: ("review_news",),
    b.ReviewAssigned: ("review_news",),
    b.ReviewReassigned: ("review_news",),
    b.ReviewOpened: ("review_news",),
    b.StateAidDecided: ("tranche_withheld", "tranche_ordered"),
    s.ConsentNoted: ("introduction",),
    s.StepAgreed: ("steps_agreed",),
    s.StepReopened: ("steps_agreed",),
    s.InterviewHeld: ("steps_agreed",),
}
# What concerns no holder, or changes nothing for anybody yet.
SILENT: dict[type[Event], str] = {
    f.CommonShared: "who says it knows it",
    b.CommonDecided: "its page of support tells it",
    f.StepReported: "who says it knows it",
    f.InvitationAnswered: "its own answer: the next letter is about the meeting itself",
    b.AttendanceNoted: "who came knows it",
    f.RecoveryAnswered: "the decision that follows names the observations",
    f.StateAidDeclared: "what follows is a tranche that waits, or is ordered",
    b.ReviewerRegistered: "about a reviewer, who reads of the files they are asked to read",
    b.CommentsModerated: "its sentences stand in the letter about the ranking",
    b.LaureateImported: "its holder was told of the label before there was a platform",
    b.AppealAssigned: "inside the office: the holder hears the answer",
    b.PaymentsApproved: "inside the office: the holder was told that the order is given",
    b.PaymentsExportRequested: "inside the office: the bank's word is what the holder waits for",
    b.BankLineExamined: "inside the office: it changes no payment",
    s.StepOpened: "nobody has agreed to it yet",
    s.StepAssigned: "its new owner is to agree to it first",
    s.StepReturned: "it is the team's again, whose list of work tells it",
    s.StepStarted: "nobody else has to do anything about it",
    s.StepCommented: "nobody has to do anything about it",
    s.StepFinished: "who was helped knows it best",
    s.StepDropped: "said to the laureate by whoever drops it",
    p.PersonRegistered: "about an officer or a reviewer",
    p.PersonRevoked: "about an officer or a reviewer",
}
# What no act leads to: the timer, or the job.
BY_THE_CLOCK = {
    "report_expected",
    "review_news",
    "work_waiting",
    "tranche_withheld",
    "tranche_ordered",
    "peer_lapsed",
    "steps_late",
}


def acts() -> set[type[Event]]:
    return {event for heard in HEARS.values() for event in heard if issubclass(event, OutsideEvent)}


def templates() -> set[str]:
    return {path.stem for path in (TEMPLATES / "messages").iterdir()} - {UNPROVEN}


def test_every_act_has_its_letter_or_a_reason_why_it_has_none() -> None:
    assert LETTERS.keys() | SILENT.keys() == acts()
    assert LETTERS.keys() & SILENT.keys() == set()


def test_every_letter_comes_of_an_act_or_of_the_clock() -> None:
    of_acts = {name for names in LETTERS.values() for name in names}
    assert of_acts | BY_THE_CLOCK == templates()
