"""The one table of the bus: streams, who writes, who reads, how long facts are kept, how often they are tried."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.contract import backoffice as b
from shared.contract import eligibility as e
from shared.contract import frontdesk as f
from shared.contract import funding as m
from shared.contract import intake as i
from shared.contract import notify as n
from shared.contract import people as p
from shared.contract.event import Event
from shared.contract.subjects import STATUS_BUCKET, STATUS_STREAM, filter_of, stream_of

DAY_SECONDS = 86_400
FOREVER = 0
DEAD_LETTERS = "DEAD_LETTERS"
SERVICES = ("intake", "eligibility", "funding", "notify")


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of the bus. `written_by` are identities; `keep_days` 0 keeps for ever."""

    name: str
    publishers: tuple[str, ...]
    written_by: tuple[str, ...]
    purpose: str
    keep_days: int = FOREVER
    dedup_seconds: int = 3600
    message_bytes_max: int = 1_000_000
    write_once: bool = False

    def subjects(self, programme: str) -> list[str]:
        if self.name == STATUS_STREAM:
            return [f"$KV.{STATUS_BUCKET}.>"]
        return [f"{programme}.{publisher}.>" for publisher in self.publishers]


STREAMS = (
    Stream("FRONTDESK", ("frontdesk",), ("holders", "reviewers"), "what holders and reviewers say"),
    Stream("BANKING", ("banking",), ("holders",), "bank details, sealed for funding"),
    Stream("BACKOFFICE", ("backoffice",), ("officers",), "what officers decide, with author and reason"),
    Stream("INTAKE", ("intake",), ("intake",), "what the counter answers"),
    Stream("ELIGIBILITY", ("eligibility",), ("eligibility",), "territory and scores"),
    Stream("FUNDING", ("funding",), ("funding",), "selection, awards, tranches, payments"),
    Stream("TRANCHES", ("tranches",), ("tranche-job",), "tranches that fall due, once for ever", write_once=True),
    Stream("NOTIFY", ("notify",), ("notify",), "notices sent, support opened and advanced"),
    Stream(DEAD_LETTERS, ("dead-letters",), SERVICES, "references to events nobody could handle"),
    Stream(STATUS_STREAM, ("status",), ("intake",), "the public status of each dossier, the latest only"),
)


@dataclass(frozen=True, slots=True)
class Durable:
    """One durable pull consumer: one for each (service, stream), so that order within a stream is kept as fetched."""

    service: str
    stream: str
    hears: tuple[type[Event], ...]
    batch_max: int = 256
    ack_wait_seconds: int = 6  # what a killed replica held comes back after this
    deliveries_max: int = -1  # as long as it takes: the desk itself gives up on what can never be handled
    ack_pending_max: int = 2_048

    @property
    def name(self) -> str:
        return f"{self.service}-on-{self.stream.lower()}"

    def filters(self, programme: str) -> list[str]:
        return sorted(filter_of(programme, event) for event in self.hears)


HEARS: dict[str, tuple[type[Event], ...]] = {
    "intake": (
        f.CandidatureSubmitted, f.WithdrawalRequested, f.PiecesCompleted,
        b.CandidatureImported, b.WaveExtended, b.WaveReopened,
        *p.ABOUT_PEOPLE,
        e.EligibilityChecked, e.InstructionRequested, e.CandidatureScored,
        m.WavePublished,
        m.GrantAwarded, m.CandidatureWaitlisted, m.CandidatureDeclined, m.GrantAgreed, m.AwardCancelled,
        m.TrancheWithheld, m.TrancheOrdered, m.TrancheSettled, m.TrancheRejected, m.TrancheReturned,
        m.CandidatureReexamined,
    ),
    "eligibility": (
        i.CandidatureRegistered, i.CandidatureWithdrawn, i.WaveClosed, i.WaveOpenedAgain,
        f.ReviewSubmitted, f.ReviewRecused,
        b.TerritoryDecided, b.ReviewerRegistered, b.ReviewAssigned, b.ReviewOpened,
        *p.ABOUT_PEOPLE,
        m.WavePublished,
    ),
    "funding": (
        i.CandidatureRegistered, i.CandidatureWithdrawn, i.WaveClosed, i.WaveOpenedAgain,
        e.EligibilityChecked, e.CandidatureScored, e.ScoreWithdrawn,
        f.AgreementSigned, f.GrantRefused, f.ReportSubmitted, f.AppealFiled, f.BankDetailsProvided,
        b.WaveApproved, b.AppealDecided, b.ReportAccepted, b.ReportReturned, b.BankDetailsVerified, b.PaymentsApproved,
        b.PaymentsExportRequested,
        f.RecoveryAnswered, f.StateAidDeclared, b.BankDetailsConfirmed, b.BankLineExamined, b.StateAidDecided,
        b.GrantExtended, b.GrantReduced, b.GrantBalanced, b.RecoveryOffset,
        b.BankStatementReceived, b.GrantSuspended, b.GrantResumed, b.TrancheRetried,
        b.RecoveryIntended, b.RecoveryDecided, b.RecoveryReceived, b.RecoveryWaived,
        *p.ABOUT_PEOPLE,
        m.GrantTrancheDue,
    ),
    "notify": (
        f.CandidatureSubmitted, f.AddressConfirmed, b.CandidatureImported,
        *p.ABOUT_PEOPLE,
        i.CandidatureRegistered, i.CandidatureAlreadyRegistered, i.CandidatureRefused,
        i.CandidaturePiecesRequested, i.CandidatureWithdrawn, i.CandidatureErased,
        e.EligibilityChecked, e.InstructionRequested,
        m.WaveRanked, m.GrantAwarded, m.CandidatureWaitlisted, m.CandidatureDeclined, m.GrantAgreed, m.AwardCancelled,
        m.TrancheWithheld, m.TrancheOrdered, m.TrancheSettled, m.TrancheRejected, m.TrancheReturned,
        m.CandidatureReexamined, m.BankDetailsRefused,
        m.RecoveryOpened, m.RecoveryOrdered, m.RecoveryClosed,
        n.SupportOpened,
    ),
}  # fmt: skip


def durables_of(service: str) -> tuple[Durable, ...]:
    """A service's consumers, one a stream, in the order of the table."""
    streams = dict.fromkeys(stream_of(event.publisher) for event in HEARS[service])
    return tuple(
        Durable(service, stream, tuple(event for event in HEARS[service] if stream_of(event.publisher) == stream))
        for stream in streams
    )


def all_durables() -> Iterator[Durable]:
    for service in SERVICES:
        yield from durables_of(service)


def stream_named(name: str) -> Stream:
    return next(stream for stream in STREAMS if stream.name == name)
