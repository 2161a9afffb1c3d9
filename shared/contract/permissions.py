"""Who may do what on the bus, derived from the topology: nobody gets more than its rows of the table give."""

from dataclasses import dataclass, field

from shared.contract import frontdesk
from shared.contract.subjects import STATUS_BUCKET, STATUS_STREAM, filter_of
from shared.contract.topology import DEAD_LETTERS, SERVICES, STREAMS, durables_of

REVIEWER_FACTS = (frontdesk.ReviewSubmitted, frontdesk.ReviewRecused)
HOLDER_FACTS = (
    frontdesk.CandidatureSubmitted,
    frontdesk.WithdrawalRequested,
    frontdesk.PiecesCompleted,
    frontdesk.AgreementSigned,
    frontdesk.ReportSubmitted,
    frontdesk.RecoveryAnswered,
    frontdesk.StateAidDeclared,
    frontdesk.GrantRefused,
    frontdesk.AppealFiled,
    frontdesk.BankDetailsProvided,
)
OWN_RIGHTS = "$SYS.REQ.USER.INFO"  # the broker tells a connection what it may do, and nothing else
STATUS_READS = (  # what a client's `key_value(bucket)` and `get(key)` send
    f"$JS.API.STREAM.INFO.{STATUS_STREAM}",
    f"$JS.API.DIRECT.GET.{STATUS_STREAM}.$KV.{STATUS_BUCKET}.*",
)
IDENTITIES = ("provisioner", "holders", "reviewers", "officers", "tranche-job", *SERVICES)


@dataclass(frozen=True, slots=True)
class Permissions:
    """Subjects an identity may publish and subscribe to; `may_reply` allows an answer to each request it receives."""

    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()
    may_reply: bool = field(default=False)


def inbox_of(identity: str) -> str:
    return f"_INBOX_{identity.replace('-', '_')}"


def permissions_of(identity: str, programme: str) -> Permissions:
    """The rights of one identity. The provisioner alone may change streams and consumers."""
    inbox = f"{inbox_of(identity)}.>"
    if identity == "provisioner":
        return Permissions(publish=(">",), subscribe=(">",), may_reply=True)
    if identity in SERVICES:
        return _of_service(identity, programme, inbox)
    if identity == "tranche-job":
        return Permissions((f"{programme}.tranches.>", f"{programme}.ask.>"), (inbox,))
    if identity == "reviewers":
        return Permissions(tuple(filter_of(programme, fact) for fact in REVIEWER_FACTS), (inbox,))
    answers = (inbox, f"{programme}.intake.candidature.*.v1.*")
    if identity == "holders":
        facts = tuple(filter_of(programme, fact) for fact in HOLDER_FACTS)
        asks = (f"{programme}.ask.intake.*", f"{programme}.ask.eligibility.check")
        return Permissions((*facts, *asks, *STATUS_READS), answers)
    officers = (f"{programme}.backoffice.>", f"{programme}.ask.>", *_dead_letter_desk(), *STATUS_READS)
    return Permissions(tuple(dict.fromkeys(officers)), answers)


def _of_service(service: str, programme: str, inbox: str) -> Permissions:
    publish = [f"{programme}.{service}.>", f"{programme}.dead-letters.>", OWN_RIGHTS]
    publish += [f"$JS.API.STREAM.INFO.{stream.name}" for stream in STREAMS]
    publish.append(f"$JS.API.DIRECT.GET.{DEAD_LETTERS}")
    if service == "intake":
        publish.append(f"$KV.{STATUS_BUCKET}.>")
    for durable in durables_of(service):
        stream, name = durable.stream, durable.name
        publish += [
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}",
            f"$JS.API.CONSUMER.INFO.{stream}.{name}",
            f"$JS.ACK.{stream}.{name}.>",
            f"$JS.ACK.*.*.{stream}.{name}.>",
            f"$JS.API.DIRECT.GET.{stream}",  # a dead letter's event is read again from where it lies
        ]
    return Permissions(tuple(publish), (inbox, f"{programme}.ask.{service}.*"), may_reply=True)


def _dead_letter_desk() -> tuple[str, ...]:
    """The log is read to look at a dead letter; what is done with one is asked of its service."""
    reads = tuple(f"$JS.API.STREAM.MSG.GET.{stream.name}" for stream in STREAMS)
    return (*reads, "$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.INFO.*.*")
