"""The two sides that an audit compares: what lies in the log, and what each service keeps."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nats.aio.client import Client
from sqlalchemy import Connection, Engine, select

from deploy.loading import part_of
from deploy.local.log.acts import ActsInLog
from deploy.local.log.reading import Stored, read_stream, stream_names
from shared.contract.event import EVENTS
from shared.contract.intake import CandidatureErased
from shared.contract.personal import ERASED
from shared.contract.subjects import STATUS_STREAM, type_of
from shared.contract.topology import Durable, stream_heard
from shared.kit.bus.lag import floor_of
from shared.kit.handled import DEAD_LETTERED
from shared.kit.people.acts import REFUSED, is_act
from shared.kit.people.roots import ROOT_STREAM
from shared.kit.storage.journal import Journal
from shared.kit.storage.said_before import digest_of

PERSONAL = {event.__name__ for event in ERASED} | {event.event_type() for event in ERASED}
ACTS = {event.__name__ for event in EVENTS.values() if is_act(event)}


@dataclass(frozen=True, slots=True)
class Place:
    """One event by its id, where it should be or is: enough to look at it, nobody's data."""

    service: str
    stream: str
    sequence: int | None
    event_id: str
    subject: str

    @property
    def dossier(self) -> str:
        return self.subject.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Lying:
    """One event id as the log holds it."""

    stream: str
    sequence: int
    digest: bytes
    subject: str


@dataclass(slots=True)
class Log:
    """Where each event id lies. `repeated` ids lie in the log more than once.

    `copies` of our facts count for nothing, whatever id they have. Of `erased` dossiers it holds less.
    """

    places: dict[str, Lying] = field(default_factory=dict)
    repeated: list[Stored] = field(default_factory=list)
    copies: list[Stored] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    messages: int = 0

    def add(self, stored: Stored) -> None:
        self.messages += 1
        if stored.is_copy:
            self.copies.append(stored)
            return
        if stored.event_id in self.places:
            self.repeated.append(stored)
        if stored.stream == STATUS_STREAM:
            self.statuses[stored.subject] = stored.event_id
        if stored.is_of(CandidatureErased):
            self.erased.add(stored.dossier)
        self.places[stored.event_id] = Lying(
            stored.stream, stored.sequence, digest_of(stored.data), stored.subject
        )


@dataclass(frozen=True, slots=True)
class Said:
    """A fact as the outbox holds it."""

    row_id: int
    place: Place
    digest: bytes


@dataclass(slots=True)
class Records:
    """What one service knows: the facts it said, and what it heard by event id.

    `personal` are the dossiers of events that leave the log with their person; it said that of `erased`.

    `floors` tell how far each of its durables has acked. `counted` are people's acts that changed something.
    """

    service: str
    engine: Engine
    journal: Journal
    floors: list[tuple[Durable, int]]
    said: list[Said] = field(default_factory=list)
    heard: dict[str, Place] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    personal: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    statuses: dict[str, int] = field(default_factory=dict)

    def read_outbox(self, connection: Connection) -> None:
        outbox = self.journal.outbox.c
        query = select(
            outbox.id, outbox.event_id, outbox.stream, outbox.subject, outbox.sequence, outbox.body
        ).order_by(outbox.id)
        for row in connection.execute(query):
            place = Place(self.service, row.stream, row.sequence, row.event_id, row.subject)
            self.said.append(Said(row.id, place, digest_of(row.body)))
            if type_of(row.subject) == CandidatureErased.event_type():
                self.erased.add(place.dossier)
            if row.stream == STATUS_STREAM:
                self.statuses[row.subject] = row.id

    def read_inbox(self, connection: Connection) -> None:
        inbox = self.journal.inbox.c
        query = select(
            inbox.event_id, inbox.consumer, inbox.sequence, inbox.type, inbox.result, inbox.dossier
        )
        for event_id, consumer, sequence, kind, result, dossier in connection.execute(query):
            if kind in PERSONAL:
                self.personal[event_id] = dossier
            self.heard[event_id] = Place(
                self.service, stream_heard(consumer), sequence, event_id, kind
            )
            if kind in ACTS and result not in (REFUSED, DEAD_LETTERED):
                self.counted.add(event_id)
        self.waiting = set(connection.scalars(select(self.journal.waiting.c.event_id)))


async def read_records(
    client: Client, service: str, engine: Engine, durables: Iterable[Durable]
) -> Records:
    """What its durables acked is read first: the service has decided all of it by then."""
    floors = [(durable, await _acked(client, durable)) for durable in durables]
    journal: Journal = part_of(service, "tables").JOURNAL
    records = Records(service, engine, journal, floors)
    with engine.connect().execution_options(reads_only=True, yield_per=1_000) as connection:
        records.read_outbox(connection)
        records.read_inbox(connection)
    return records


async def _acked(client: Client, durable: Durable) -> int:
    return floor_of(await client.jetstream().consumer_info(durable.stream, durable.name))


async def read_log(client: Client, acts: ActsInLog) -> Log:
    """Who the people are is read first."""
    log = Log()
    names = await stream_names(client)
    for stream in sorted(names, key=lambda name: name != ROOT_STREAM):
        async for stored in read_stream(client, stream):
            log.add(stored)
            acts.look(stored)
    return log
