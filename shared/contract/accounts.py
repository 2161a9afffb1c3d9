"""The bus's accounts: JetStream and the services in one, everybody else in an account of their own.

An outsider reaches what it imports and nothing else, as a reply subject too: the server writes those of
requests that cross accounts itself. Derived from the tables of facts and questions, as the permissions are.
Each programme of a server has all of them for itself: streams of equal names, rights and keys never meet.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.contract.attachments import said_part, stored_part
from shared.contract.event import Event
from shared.contract.front_ends import HOLDERS, OFFICERS, OPERATORS, TOOLS, FrontEnd, facts_of
from shared.contract.funding import GrantTrancheDue
from shared.contract.question import Question
from shared.contract.questions import questions_for
from shared.contract.subjects import (
    STATUS_BUCKET,
    STATUS_STREAM,
    ask_subject,
    filter_of,
    named,
    subject_pattern,
)
from shared.contract.topology import answered_subject, streams_of

CORE = "CORE"
LOG_PREFIX = "JS.core.API"  # what operators read the log by: `jetstream(prefix=LOG_PREFIX)`
LOG_READS = ("STREAM.INFO.*", "STREAM.NAMES", "CONSUMER.INFO.*.*")


@dataclass(frozen=True, slots=True)
class Grant:
    """One import. `subject` is what the account itself writes or hears, `core` what it stands for among the services.

    `core` holds the account's name wherever what one says is not another's. `heard` is listened to, not said.
    """

    subject: str
    core: str
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What one account may take of the server: `subscriptions` are those of one connection."""

    connections: int
    subscriptions: int
    payload_bytes: int


OF_FRONT_ENDS = Limits(connections=64, subscriptions=1_000, payload_bytes=1_048_576)
OF_TOOLS = Limits(connections=32, subscriptions=100, payload_bytes=65_536)


def limits_of(account: str) -> Limits:
    """Of every account but the services' own, which no outsider may fill."""
    return OF_TOOLS if account in TOOLS else OF_FRONT_ENDS


def grants_of_front_end(front_end: FrontEnd, programme: str) -> tuple[Grant, ...]:
    said = [_saying(front_end.name, event, programme) for event in facts_of(front_end.kind)]
    grants = [*said, *_questions(front_end.name, front_end.kind, programme)]
    if front_end.kind in (HOLDERS, OFFICERS):
        grants += _answers(front_end.name, programme)
    if front_end.kind == HOLDERS:
        grants.append(Grant(said_part(), stored_part(front_end.name)))
    return tuple(grants)


def grants_of_tool(name: str, programme: str, front_ends: Iterable[FrontEnd]) -> tuple[Grant, ...]:
    """Operators read the log; the annual job says which tranches are due."""
    questions = _questions(name, name, programme)
    if name == OPERATORS:
        return (*questions, *_log(front_ends))
    due = subject_pattern(programme, GrantTrancheDue)
    return (*questions, Grant(due, due))


def _saying(name: str, event: type[Event], programme: str) -> Grant:
    return Grant(
        subject_pattern(programme, event),
        filter_of(programme, event, name),
    )


def _questions(name: str, kind: str, programme: str) -> list[Grant]:
    """One by one, never by wildcard."""
    return [_question(name, kind, question, programme) for question in questions_for(kind)]


def _question(name: str, kind: str, question: Question, programme: str) -> Grant:
    heard = ask_subject(programme, question.service, question.heard_from(kind))
    return Grant(
        ask_subject(programme, question.service, question.name),
        named(heard, name),
    )


def _answers(name: str, programme: str) -> list[Grant]:
    """Of its own dossiers alone: its name stands in the subject, and is left out of what the account sees."""
    status = f"$JS.API.DIRECT.GET.{STATUS_STREAM}.$KV.{STATUS_BUCKET}"
    heard = f"{programme}.intake.candidature.*.v1.*"
    return [
        Grant(f"{status}.*", f"{status}.{name}.*"),
        Grant(heard, answered_subject(programme, name), heard=True),
    ]


def _log(front_ends: Iterable[FrontEnd]) -> list[Grant]:
    """Stream by stream: who reads an attached file leaves a line, and buckets would be read without."""
    messages = [f"STREAM.MSG.GET.{stream.name}" for stream in streams_of(front_ends)]
    return [Grant(f"{LOG_PREFIX}.{read}", f"$JS.API.{read}") for read in (*LOG_READS, *messages)]


@dataclass(frozen=True, slots=True)
class Export:
    """What the services' account lets the accounts that it names import, and nobody else."""

    subject: str
    heard: bool
    accounts: tuple[str, ...]


def exports_of(accounts: Iterable[tuple[str, tuple[Grant, ...]]]) -> tuple[Export, ...]:
    """The exports that the grants of these accounts need, each once."""
    readers: dict[tuple[str, bool], dict[str, None]] = {}
    for name, grants in accounts:
        for grant in grants:
            readers.setdefault((grant.core, grant.heard), {})[name] = None
    return tuple(
        Export(subject, heard, tuple(names)) for (subject, heard), names in readers.items()
    )


def account_name(programme: str, name: str) -> str:
    """As the server knows an account: each programme has its own. Neither part holds an underscore."""
    return f"{programme}_{name}"
