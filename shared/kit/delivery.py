"""One delivery of one event, as it came off the wire, and what a rule may know of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import merge
from operator import attrgetter
from typing import Any, Protocol

from shared.contract.front_ends import TRANCHE_JOB
from shared.contract.identity import UUID, lower_uuid
from shared.contract.subjects import front_end_of, is_from_outside, said_subject
from shared.contract.values import YEARS
from shared.kit.clock import Clock
from shared.kit.errors import Rejected
from shared.kit.ids import outside_id
from shared.kit.tellable import told_dossier
from shared.value import value

EPOCH = datetime.fromtimestamp(0, UTC)
REHEARSAL_HEADER = "Fabriques-Time"
SIGNATURE_HEADER = "Fabriques-Signature"
SUBJECT_MAX = 200
ACT_HEADER = "ce-id"  # of what comes from outside: the id its author gave the act
MESSAGE_ID_HEADER = "Nats-Msg-Id"
TRACE_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,80}")
# https://www.w3.org/TR/trace-context: version 00; ids of noughts alone name nothing.
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
JOB_STREAM = "TRANCHES"  # on a production platform no header of its messages is believed
SOURCES = {"tranches": TRANCHE_JOB}  # publishers whose facts another identity says
# What the broker adds to a message it gives out.
COPIED = frozenset(("Nats-Stream", "Nats-Subject", "Nats-Sequence"))


@dataclass(frozen=True, slots=True)
class Logged:
    """A message of the log, wherever it lies; `stamped_ns` is the broker's."""

    subject: str
    sequence: int
    stamped_ns: int
    headers: dict[str, str]
    body: bytes

    @property
    def stamped(self) -> datetime:
        return instant_of(self.stamped_ns)


class Message(Protocol):
    subject: str
    reply: str
    data: bytes

    @property
    def headers(self) -> dict[str, str] | None: ...


@value
class Arrival:
    """`now` is the time of the event, never the wall clock. `sequence` is its place in its stream.

    `front_end` is who brought it, as the server says; empty for our own facts. `subject` is as the sender
    wrote it; `attempt_id` is its sender's, told back in the answer. `platform` is what signatures here cover.
    """

    event_id: str
    now: datetime
    stream: str
    sequence: int
    subject: str
    correlation_id: str
    front_end: str = ""
    traceparent: str | None = None
    signature: str | None = None
    body: bytes = b""
    act_id: str | None = None
    attempt_id: str | None = None
    stamped_ns: int = 0
    platform: str = ""

    @property
    def order(self) -> int:
        """Microseconds since 1970 by the broker: they order events across several front-ends' streams."""
        return self.stamped_ns // 1_000


@dataclass(slots=True)
class Delivery:
    """`stream` … `stamped_ns` come from the reply subject the broker wrote: nobody outside can forge them."""

    message: Any
    subject: str
    headers: dict[str, str]
    data: bytes
    stream: str
    consumer: str
    attempt: int
    sequence: int
    stamped_ns: int
    # When an operator handed the event in again, after it became a dead letter.
    redriven_ns: int = 0
    redriven_by: str = ""
    said_subject: str = field(init=False)
    event_type: str = field(init=False)
    front_end: str = field(init=False)
    dossier: str = field(init=False)
    event_id: str = field(init=False)

    def __post_init__(self) -> None:
        """What the subject tells, read once. A dossier has the one form that states are found by."""
        self.said_subject = said_subject(self.subject)
        head, _, dossier = self.said_subject.rpartition(".")
        self.event_type = head.partition(".")[2]
        self.front_end = front_end_of(self.subject)
        self.dossier = str(lower_uuid(dossier))
        self.event_id = event_id_of(
            self.subject, self.headers, self.stream, self.sequence, self.stamped_ns
        )

    @classmethod
    def of(cls, message: Message) -> "Delivery":
        """Reads the reply subject, which the broker wrote.

        `$JS.ACK.<stream>.<consumer>.<attempt>.<sequence>.<…>.<stamp>.<…>`, or with domain and account before.
        """
        tokens = message.reply.split(".")
        stream, consumer, attempt, sequence, _, stamped = (
            tokens[2:8] if len(tokens) < 11 else tokens[4:10]
        )
        headers = message.headers or {}
        return cls(
            message,
            message.subject,
            headers,
            message.data,
            stream,
            consumer,
            int(attempt),
            int(sequence),
            int(stamped),
        )

    @classmethod
    def again(
        cls, event: Logged, stream: str, consumer: str, attempt: int, by: str, at_ns: int
    ) -> "Delivery":
        """A dead letter's event, as it lies in the log, for the one consumer that could not handle it."""
        return cls(
            message=None,
            subject=event.subject,
            headers=event.headers,
            data=event.body,
            stream=stream,
            consumer=consumer,
            attempt=attempt,
            sequence=event.sequence,
            stamped_ns=event.stamped_ns,
            redriven_ns=at_ns,
            redriven_by=by,
        )

    @property
    def is_fresh(self) -> bool:
        """What comes again, or from no stream, is old for other reasons than a lag."""
        return self.attempt == 1 and self.stamped_ns > 0

    @property
    def told_dossier(self) -> str:
        """As logs, records and dead letters may say it."""
        publisher = self.event_type.partition(".")[0]
        return told_dossier(self.dossier, publisher, f"{self.stream}-{self.sequence}")

    @property
    def told_subject(self) -> str:
        return f"{self.subject.rpartition('.')[0]}.{self.told_dossier}"[:SUBJECT_MAX]

    @property
    def kept_headers(self) -> dict[str, str]:
        """Those that somebody here reads, in their own form: an event that waits is kept with no other."""
        read = ("Fabriques-",) if self.front_end else ("Fabriques-", "ce-")
        kept = {name: value for name, value in self.headers.items() if name.startswith(read)}
        carried = {"traceparent": TRACEPARENT}
        own = {ACT_HEADER: UUID, MESSAGE_ID_HEADER: UUID}
        carried |= own if self.front_end else {"ce-correlationid": TRACE_TOKEN}
        found = {name: self._header(name, form) for name, form in carried.items()}
        return kept | {name: value for name, value in found.items() if value}

    @property
    def letter_id(self) -> str:
        return f"{self.consumer}-{self.sequence}"

    def arrival(self, clock: Clock, platform: str = "") -> Arrival:
        """Raises Rejected for a rehearsal's time on a production platform, or a time that cannot be read."""
        event_id, front_end = self.event_id, self.front_end
        return Arrival(
            event_id=event_id,
            now=self._now(clock),
            stream=self.stream,
            sequence=self.sequence,
            subject=self.said_subject,
            correlation_id=(not front_end and self._header("ce-correlationid", TRACE_TOKEN))
            or event_id,
            front_end=front_end,
            traceparent=self._header("traceparent", TRACEPARENT),
            signature=self.headers.get(SIGNATURE_HEADER),
            body=self.data,
            act_id=self.headers.get(ACT_HEADER),
            attempt_id=self._header(ACT_HEADER, UUID) or self._header(MESSAGE_ID_HEADER, UUID),
            stamped_ns=self.stamped_ns,
            platform=platform,
        )

    def require_origin(self) -> None:
        """Raises Rejected for one of our own facts that its type or source does not fit, or that is a copy.

        Whoever may publish anything may name any subject for the broker's answer: that answer is no fact.
        """
        if self.front_end:
            return
        told_type, source = self.headers.get("ce-type"), self.headers.get("ce-source", "")
        publisher = self.event_type.partition(".")[0]
        if told_type != self.event_type or source.rpartition("/")[2] != SOURCES.get(
            publisher, publisher
        ):
            raise Rejected(
                "its type and source are not those of its subject: it is none of our facts"
            )
        if not COPIED.isdisjoint(self.headers):
            raise Rejected("it is a copy of a message that lies in a stream")

    def _header(self, name: str, form: re.Pattern[str]) -> str | None:
        """Carried on only in its own form: headers may hold anything, and are copied to other facts."""
        written = self.headers.get(name)
        return written if written and form.fullmatch(written) else None

    def _now(self, clock: Clock) -> datetime:
        """The broker's stamp for what comes from outside, the cause's time for what follows from it.

        A rehearsal has no other time than its own: an event that tells none happens at the latest time seen.
        """
        of_the_job = self.stream == JOB_STREAM
        name = REHEARSAL_HEADER if self.front_end or of_the_job else "ce-time"
        written = self.headers.get(name) if clock.rehearsal or not of_the_job else None
        if written is None:
            latest = clock.seen() if clock.rehearsal else None
            return latest or instant_of(self.stamped_ns)
        if name == REHEARSAL_HEADER and not clock.rehearsal:
            raise Rejected(f"{REHEARSAL_HEADER} is honoured on a rehearsal platform only")
        return _instant_in(name, written)


def event_id_of(
    subject: str, headers: dict[str, str], stream: str, sequence: int, stamped_ns: int
) -> str:
    """A sender who chooses an id could take one that was heard: outside, the place in the log is the id."""
    own = None if is_from_outside(subject) else headers.get("ce-id")
    return own or outside_id(stream, sequence, stamped_ns)


def instant_of(stamped_ns: int) -> datetime:
    return datetime.fromtimestamp(stamped_ns / 1e9, UTC)


def nanoseconds_of(instant: datetime) -> int:
    """Since 1970; an instant tells no more than microseconds."""
    return (instant - EPOCH) // timedelta(microseconds=1) * 1_000


def _instant_in(name: str, written: str) -> datetime:
    """What this header tells. Raises Rejected."""
    try:
        instant = datetime.fromisoformat(written)
    except ValueError:
        raise Rejected(f"{name} is not an ISO 8601 instant") from None
    if instant.tzinfo is None:
        raise Rejected(f"{name} has no time zone")
    if instant.year not in YEARS:
        raise Rejected(f"{name} is outside the years {YEARS.start} to {YEARS.stop - 1}")
    return instant.astimezone(UTC)


def in_order_said(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Those of several streams in the order of their stamps; the order within each stays as fetched."""
    # Merged, not sorted: within a stream the broker's order counts, whatever the stamps say.
    streams: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        streams.setdefault(delivery.stream, []).append(delivery)
    return list(merge(*streams.values(), key=attrgetter("stamped_ns")))
