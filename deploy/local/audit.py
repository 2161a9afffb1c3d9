"""Compares what every service decided with what lies in the log, by ids, and publishes again what is missing.

Each service keeps an outbox row for every fact it said, with its place in the stream, and an inbox row for every
event it heard. One server does not notice a damaged disk: this does.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib import import_module
from typing import Any

from nats.aio.client import Client
from nats.js.api import ConsumerInfo
from sqlalchemy import Connection, Engine, Table, select, update

from deploy.local.log_reading import Stored, read_stream, stream_names
from shared.contract.subjects import STATUS_STREAM
from shared.contract.topology import SERVICES, Durable, durables_of
from shared.kit.connection import connect
from shared.kit.database import open_engine
from shared.kit.journal import Journal
from shared.kit.record import OutboxRow, Record
from shared.kit.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """One event by its id, where it should be or is: enough to look at it, nobody's data."""

    service: str
    stream: str
    sequence: int | None
    event_id: str
    subject: str


@dataclass
class AuditReport:
    """`missing` and `changed` facts can be published again; `vanished` events were heard and are gone from the log.

    `unheard` events were acked by a consumer whose service has no record of them; `pending` facts are on their way.
    """

    facts: int = 0
    heard: int = 0
    messages: int = 0
    missing: list[Place] = field(default_factory=list)
    changed: list[Place] = field(default_factory=list)
    vanished: list[Place] = field(default_factory=list)
    unheard: list[Place] = field(default_factory=list)
    repeated: list[Place] = field(default_factory=list)
    pending: int = 0
    repaired: list[Place] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not (self.missing or self.changed or self.vanished or self.unheard)


@dataclass(slots=True)
class Log:
    """Where each event id lies, and the digest of its body. `repeated` ids lie in the log more than once."""

    places: dict[str, tuple[str, int, bytes, str]] = field(default_factory=dict)
    repeated: list[Stored] = field(default_factory=list)
    messages: int = 0

    def add(self, stored: Stored) -> None:
        self.messages += 1
        if stored.event_id in self.places:
            self.repeated.append(stored)
        self.places[stored.event_id] = (stored.stream, stored.sequence, digest(stored.data), stored.subject)


def digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=12).digest()


async def audit(settings: Settings, repair: bool = False) -> AuditReport:
    """Raises OSError or nats.errors.Error when the platform is not there."""
    client = await connect(settings, "provisioner", attempts=0)
    report = AuditReport()
    try:
        log = await _whole_log(client)
        report.messages = log.messages
        report.repeated = [Place(s.stream.lower(), s.stream, s.sequence, s.event_id, s.subject) for s in log.repeated]
        for service in SERVICES:
            engine = open_engine(settings.database_url(service))
            try:
                await _service(client, service, engine, log, report, repair, settings.programme().id)
            finally:
                engine.dispose()
    finally:
        await client.close()
    return report


async def _whole_log(client: Client) -> Log:
    log = Log()
    for stream in await stream_names(client):
        async for stored in read_stream(client, stream):
            log.add(stored)
    return log


async def _service(
    client: Client, service: str, engine: Engine, log: Log, report: AuditReport, repair: bool, programme: str
) -> None:
    journal: Journal = import_module(f"services.{service}.tables").JOURNAL
    floors = {durable.name: await _floor(client, durable) for durable in durables_of(service)}
    with engine.connect().execution_options(reads_only=True) as connection:
        wrong = _check_said(connection, journal.outbox, service, log, report)
        _check_heard(connection, journal, service, log, report, floors)
    if repair and wrong:
        for row in wrong:
            await _publish_again(client, engine, journal, service, programme, row, report)


async def _floor(client: Client, durable: Durable) -> int:
    info: ConsumerInfo = await client.jetstream().consumer_info(durable.stream, durable.name)
    return info.ack_floor.stream_seq if info.ack_floor else 0


def _check_said(
    connection: Connection, outbox: Table, service: str, log: Log, report: AuditReport
) -> list[dict[str, Any]]:
    """The outbox rows whose fact is not in the log as it was said."""
    wrong: list[dict[str, Any]] = []
    rows = connection.execute(select(outbox).order_by(outbox.c.id).execution_options(yield_per=1_000)).mappings()
    latest = _latest_statuses(connection, outbox) if service == "intake" else set()
    for row in rows:
        report.facts += 1
        if row["stream"] == STATUS_STREAM and row["id"] not in latest:
            continue  # a key-value stream keeps the latest only
        place = Place(service, row["stream"], row["sequence"], row["event_id"], row["subject"])
        found = log.places.get(row["event_id"])
        if found and found[2] == digest(row["body"]):
            continue
        if row["sequence"] is None and not found:
            report.pending += 1
            continue
        (report.changed if found else report.missing).append(place)
        wrong.append(dict(row))
    return wrong


def _latest_statuses(connection: Connection, outbox: Table) -> set[int]:
    query = select(outbox.c.id, outbox.c.subject).where(outbox.c.stream == STATUS_STREAM).order_by(outbox.c.id)
    return set({row.subject: row.id for row in connection.execute(query)}.values())


def _check_heard(
    connection: Connection, journal: Journal, service: str, log: Log, report: AuditReport, floors: dict[str, int]
) -> None:
    known: set[str] = set()
    inbox = journal.inbox.c
    columns = select(inbox.event_id, inbox.consumer, inbox.sequence, inbox.type)
    for row in connection.execute(columns.execution_options(yield_per=1_000)):
        known.add(row.event_id)
        report.heard += 1
        if row.consumer in floors and row.event_id not in log.places:
            stream = row.consumer.partition("-on-")[2].upper()
            report.vanished.append(Place(service, stream, row.sequence, row.event_id, row.type))
    known |= set(connection.scalars(select(journal.waiting.c.event_id)))
    report.unheard += _unheard(service, log, known, floors)


def _unheard(service: str, log: Log, known: set[str], floors: dict[str, int]) -> Iterable[Place]:
    types = {d.stream: ({e.event_type() for e in d.hears}, floors[d.name]) for d in durables_of(service)}
    for event_id, (stream, sequence, _, subject) in log.places.items():
        hears, floor = types.get(stream, (set(), 0))
        if sequence <= floor and event_id not in known and subject.partition(".")[2].rpartition(".")[0] in hears:
            yield Place(service, stream, sequence, event_id, subject)


async def _publish_again(
    client: Client, engine: Engine, journal: Journal, service: str, programme: str, row: dict[str, Any], report: Any
) -> None:
    """Under a message id of its own, which the server has not seen; its readers know it by its event id."""
    with engine.connect().execution_options(reads_only=True) as connection:
        letter = Record(journal, connection, service, programme)._letter(OutboxRow(**row))
    headers = letter.headers | {"Nats-Msg-Id": f"{row['event_id']}-again-{row['sequence'] or 0}"}
    ack = await client.jetstream().publish(letter.subject, letter.body, headers=headers, stream=letter.stream)
    outbox = journal.outbox
    with engine.begin() as connection:
        connection.execute(update(outbox).where(outbox.c.id == row["id"]).values(sequence=ack.seq))
    report.repaired.append(Place(service, letter.stream, ack.seq, row["event_id"], letter.subject))
