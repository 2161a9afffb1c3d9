"""The one table of the bus: streams, who writes and reads them, how long facts are kept, how often tried."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from shared.contract import backoffice as b
from shared.contract import eligibility as e
from shared.contract import frontdesk as f
from shared.contract import funding as m
from shared.contract import intake as i
from shared.contract import notify as n
from shared.contract import people as p
from shared.contract import support as s
from shared.contract.attachments import PART_BYTES, bucket_of, stored_part
from shared.contract.event import Event
from shared.contract.front_ends import (
    ASSOCIATION,
    EMBEDDED,
    HOLDERS,
    OFFICERS,
    REVIEWERS,
    FrontEnd,
    facts_of,
)
from shared.contract.subjects import ANY, APART, STATUS_BUCKET, STATUS_STREAM, filter_of, stream_of

DAY_SECONDS = 86_400
FOREVER = 0
TRANCHES_BYTES_MAX = 1024**3  # a million and more words of the annual job
DEAD_LETTERS = "DEAD_LETTERS"
ANSWERS = "ANSWERS"
SERVICES = ("intake", "eligibility", "funding", "notify")
KEEPER = "keeper"  # no service: it decides nothing, it seals what lies in the log
PROCESSES = (*SERVICES, KEEPER)
# The counter examines files and gives them out; the keeper takes out those of who was erased.
LOOKS_INTO_BUCKETS = ("intake", KEEPER)
FILES_FOR_FACTS = 8  # the room of a bucket, against that of a front-end's stream of facts
HEADERS_BYTES_MAX = 4_096


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of the bus. `written_by` are identities, or kinds of front-ends; `keep_days` 0 keeps for ever.

    `outside` is written by others than the services; `bytes_max` -1 is as much as the disk holds. What is full
    takes nothing new: its sender is told, and what is there stays. A bucket holds files, no facts.
    """

    name: str
    publishers: tuple[str, ...]
    written_by: tuple[str, ...]
    purpose: str
    keep_days: int = FOREVER
    dedup_seconds: float = 3600
    message_bytes_max: int = 1_000_000
    write_once: bool = False
    outside: bool = False
    front_end: str = ""
    bytes_max: int = -1
    is_bucket: bool = False

    def subjects(self, programme: str) -> list[str]:
        if self.name == STATUS_STREAM:
            return [f"$KV.{STATUS_BUCKET}.>"]
        if self.is_bucket:
            return [stored_part(self.front_end)]
        named = f"{self.front_end}." if self.front_end else ""
        return [f"{programme}.{publisher}.{named}>" for publisher in self.publishers]

    def is_kind_of(self, name: str) -> bool:
        """Whether a stream of this name is of this row."""
        if name == self.name:
            return True
        return self.publishers[0] in APART and name.startswith(f"{self.name}_")

    def of(self, front_end: FrontEnd) -> "Stream":
        """This front-end's own: what one says fills no other's, and makes no other's a repetition."""
        return replace(
            self,
            name=stream_of(self.publishers[0], front_end.name),
            written_by=(front_end.name,),
            front_end=front_end.name,
            bytes_max=front_end.bytes_max,
        )

    def shared_by(self, front_ends: Iterable[FrontEnd]) -> "Stream":
        """One for all front-ends that write it: it has the room that they were given together."""
        writers = [front_end for front_end in front_ends if front_end.kind in self.written_by]
        return replace(
            self, bytes_max=sum(front_end.bytes_max for front_end in writers) or self.bytes_max
        )

    def republished(self, programme: str) -> tuple[str, str] | None:
        """Answers are spoken by the broker once they are stored: from this subject, to that one."""
        if self.name != ANSWERS:
            return None
        front_end, verb, dossier = "{{wildcard(1)}}", "{{wildcard(2)}}", "{{wildcard(3)}}"
        return f"{programme}.answers.*.candidature.*.v1.*", answered_subject(
            programme, front_end, verb, dossier
        )


def _from_outside(name: str, written_by: tuple[str, ...], purpose: str) -> Stream:
    """What others write: a sender's message id may hide nobody's message for longer than the server must."""
    return Stream(name, (name.lower(),), written_by, purpose, dedup_seconds=0.1, outside=True)


TABLE = (
    _from_outside("FRONTDESK", (HOLDERS, REVIEWERS), "what holders and reviewers say"),
    _from_outside("BANKING", (HOLDERS,), "bank details, sealed for funding"),
    _from_outside("BACKOFFICE", (OFFICERS,), "what officers decide, with author and reason"),
    _from_outside(
        "SUPPORT", (OFFICERS, ASSOCIATION), "what the team and the association do for laureates"
    ),
    Stream("INTAKE", ("intake",), ("intake",), "what the counter tells the other services"),
    Stream(
        "ANSWERS",
        ("answers",),
        ("intake", "funding", "notify"),
        "what each front-end hears of its own dossiers",
    ),
    Stream("ELIGIBILITY", ("eligibility",), ("eligibility",), "territory and scores"),
    Stream("FUNDING", ("funding",), ("funding",), "selection, awards, tranches, payments"),
    Stream(
        "TRANCHES",
        ("tranches",),
        ("tranche-job",),
        "tranches that fall due, once for ever",
        write_once=True,
        bytes_max=TRANCHES_BYTES_MAX,
    ),
    Stream("NOTIFY", ("notify",), ("notify",), "notices sent, support opened and advanced"),
    Stream("KEEPER", (KEEPER,), (KEEPER,), "checkpoints of the log, signed"),
    Stream(DEAD_LETTERS, ("dead-letters",), SERVICES, "references to events nobody could handle"),
    Stream(
        STATUS_STREAM,
        ("status",),
        ("intake",),
        "the public status of each dossier, the latest only",
    ),
)


def streams_of(front_ends: Iterable[FrontEnd]) -> tuple[Stream, ...]:
    """The streams of a platform with these front-ends: the table's, and each front-end's own."""
    known = tuple(front_ends)
    found: list[Stream] = []
    for stream in TABLE:
        if stream.publishers[0] in APART:
            found += [
                stream.of(front_end) for front_end in known if front_end.kind in stream.written_by
            ]
        else:
            found.append(stream.shared_by(known))
    return tuple(found)


def buckets_of(front_ends: Iterable[FrontEnd]) -> tuple[Stream, ...]:
    """What holders attach to their dossiers: a bucket for each of their front-ends, whose part is written once."""
    return tuple(
        Stream(
            bucket_of(front_end.name),
            ("attachments",),
            (front_end.name,),
            "files that holders attach",
            dedup_seconds=0.1,
            message_bytes_max=PART_BYTES + HEADERS_BYTES_MAX,
            write_once=True,
            outside=True,
            front_end=front_end.name,
            bytes_max=front_end.bytes_max * FILES_FOR_FACTS,
            is_bucket=True,
        )
        for front_end in front_ends
        if front_end.kind == HOLDERS
    )


def all_streams(front_ends: Iterable[FrontEnd]) -> tuple[Stream, ...]:
    """Those of facts, and the buckets."""
    known = tuple(front_ends)
    return (*streams_of(known), *buckets_of(known))


def streams_seen_by(process: str, front_ends: Iterable[FrontEnd]) -> tuple[Stream, ...]:
    """What a process of ours finds on the bus: the buckets are for those who look into them alone."""
    if process in LOOKS_INTO_BUCKETS:
        return all_streams(front_ends)
    return streams_of(front_ends)


def own_streams(name: str, front_ends: Iterable[FrontEnd]) -> tuple[Stream, ...]:
    """Those that one of these front-ends alone writes, its bucket too."""
    return tuple(stream for stream in all_streams(front_ends) if stream.front_end == name)


STREAMS = streams_of(EMBEDDED)


def answered_subject(programme: str, front_end: str, verb: str = ANY, dossier: str = ANY) -> str:
    """Where the broker speaks a stored answer.

    The front-end's account hears it under the service's own subject.
    """
    return f"{programme}.answered.{front_end}.candidature.{verb}.v1.{dossier}"


@dataclass(frozen=True, slots=True)
class Durable:
    """One durable pull consumer: one for each (service, stream), so that order within a stream is kept as fetched."""

    service: str
    stream: str
    hears: tuple[type[Event], ...]
    batch_max: int = 500  # as many facts as the broker takes in one atomic batch of ours
    ack_wait_seconds: int = 6  # what a killed replica held comes back after this
    # As long as it takes: the consumer itself gives up on what can never be handled.
    deliveries_max: int = -1
    ack_pending_max: int = 2_048

    @property
    def name(self) -> str:
        return f"{self.service}-on-{self.stream.lower()}"

    def filters(self, programme: str) -> list[str]:
        return sorted(filter_of(programme, event) for event in self.hears)


HEARS: dict[str, tuple[type[Event], ...]] = {
    "intake": (
        f.CandidatureSubmitted, f.WithdrawalRequested, f.PiecesCompleted,
        b.CandidatureImported, b.CandidatureMoved, b.ContestDecided, b.ErasureRequested,
        b.WaveExtended, b.WaveReopened,
        *p.ABOUT_PEOPLE,
        e.EligibilityChecked, e.InstructionRequested, e.CandidatureScored, e.ReviewRequested, e.ReviewReleased,
        m.WavePublished,
        m.GrantAwarded, m.CandidatureWaitlisted, m.CandidatureDeclined, m.GrantAgreed, m.GrantAmended,
        m.AwardCancelled, m.GrantTakenOver,
        m.TrancheWithheld, m.TrancheOrdered, m.TrancheSettled, m.TrancheRejected, m.TrancheReturned,
        m.CandidatureReexamined,
    ),
    "eligibility": (
        i.CandidatureRegistered, i.CandidatureWithdrawn, i.CandidatureErased,
        i.WaveClosed, i.WaveOpenedAgain,
        f.ReviewSubmitted, f.ReviewRecused,
        b.TerritoryDecided, b.ReviewerRegistered, b.ReviewAssigned, b.ReviewReassigned, b.ReviewOpened,
        b.CommentsModerated,
        *p.ABOUT_PEOPLE,
        m.WavePublished,
    ),
    "funding": (
        i.CandidatureRegistered, i.CandidatureChangedHands, i.CandidatureWithdrawn, i.CandidatureErased,
        i.WaveClosed, i.WaveOpenedAgain,
        e.EligibilityChecked, e.CandidatureScored, e.ScoreWithdrawn,
        f.AgreementSigned, f.GrantRefused, f.ReportSubmitted, f.AppealFiled, f.BankDetailsProvided,
        b.LaureateImported,
        b.CommentsModerated, b.WaveApproved, b.AppealAssigned, b.AppealDecided, b.ReportAccepted, b.ReportReturned,
        b.BankDetailsVerified,
        b.PaymentsApproved,
        b.PaymentsExportRequested,
        f.RecoveryAnswered, f.StateAidDeclared, b.BankDetailsConfirmed, b.BankLineExamined, b.StateAidDecided,
        b.PaymentDeclared,
        b.GrantExtended, b.GrantReduced, b.GrantBalanced, b.RecoveryOffset,
        b.BankStatementReceived, b.GrantSuspended, b.GrantResumed, b.TrancheRetried,
        b.RecoveryIntended, b.RecoveryDecided, b.RecoveryReceived, b.RecoveryWaived,
        *p.ABOUT_PEOPLE,
        m.GrantTrancheDue,
    ),
    "notify": (
        f.CandidatureSubmitted, f.AddressConfirmed, b.CandidatureImported, b.ReviewerRegistered,
        f.CommunityDeclared, f.PeerAnswered, f.InvitationAnswered, f.MessageSent, f.StepReported,
        f.CommonShared, b.GatheringAnnounced, b.AttendanceNoted, b.CommonDecided,
        *p.ABOUT_PEOPLE,
        i.CandidatureRegistered, i.CandidatureAlreadyRegistered, i.CandidatureRefused,
        i.CandidaturePiecesRequested, i.CandidatureDeadlineMoved, i.CandidatureWithdrawn, i.CandidatureErased,
        e.EligibilityChecked, e.InstructionRequested, e.ReviewerBriefed,
        i.CounterWorkListed, e.ReviewWorkListed, m.GrantWorkListed,
        m.WaveRanked, m.GrantAwarded, m.CandidatureWaitlisted, m.CandidatureDeclined, m.GrantAgreed,
        m.AwardCancelled, m.GrantTakenOver,
        m.TrancheWithheld, m.TrancheOrdered, m.TrancheSettled, m.TrancheRejected, m.TrancheReturned,
        m.CandidatureReexamined, m.BankDetailsRefused,
        m.RecoveryOpened, m.RecoveryOrdered, m.RecoveryClosed, m.TrancheOffset,
        i.CandidatureChangedHands, m.GrantAmended, m.GrantHeld, m.GrantReleased,
        m.BankDetailsReceived, m.BankDetailsTrusted, m.AppealReceived, m.AppealRefused,
        m.ReportExpected, m.ReportReceived, m.ReportApproved, m.ReportSentBack,
        n.SupportOpened, n.SupportWorkListed,
        *s.SUPPORT_ACTS,
    ),
}  # fmt: skip


def durables_of(service: str, front_ends: Iterable[FrontEnd] = EMBEDDED) -> tuple[Durable, ...]:
    """A service's consumers, one a stream, in the order of the table; none for who reads streams as they lie."""
    known = tuple(front_ends)
    kinds = {front_end.name: front_end.kind for front_end in known}
    found = []
    for stream in streams_of(known):
        hears = tuple(
            event for event in HEARS.get(service, ()) if event.publisher in stream.publishers
        )
        if stream.front_end:
            said = facts_of(kinds[stream.front_end])
            hears = tuple(event for event in hears if event in said)
        if hears:
            found.append(Durable(service, stream.name, hears))
    return tuple(found)


def all_durables(front_ends: Iterable[FrontEnd] = EMBEDDED) -> Iterator[Durable]:
    known = tuple(front_ends)
    for service in SERVICES:
        yield from durables_of(service, known)


def stream_heard(durable: str) -> str:
    """The stream that a durable's name tells: `intake-on-frontdesk_holders`."""
    return durable.partition("-on-")[2].upper()


def stream_kind(publisher: str) -> Stream:
    """The row of the table for what this publisher says."""
    return next(stream for stream in TABLE if publisher in stream.publishers)
