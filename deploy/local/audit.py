"""Compares what every service decided with what lies in the log, by ids, and publishes again what is missing.

Each service keeps an outbox row for every fact it said, with its place in the stream, and an inbox row for
every event it heard. One server does not notice a damaged disk: this does.
"""

from dataclasses import dataclass, field
from hashlib import blake2b

from nats.aio.client import Client
from nats.js.api import ConsumerInfo
from sqlalchemy import Engine, select, update

from deploy.loading import part_of
from deploy.local.acts_in_log import ActsInLog
from deploy.local.log_reading import Stored, read_stream, stream_names
from shared.contract.event import EVENTS
from shared.contract.subjects import STATUS_STREAM, front_end_of, type_of
from shared.contract.topology import SERVICES, Durable, durables_of, stream_heard
from shared.kit.bus.connection import connect
from shared.kit.bus.provisioning import MODE
from shared.kit.consumer.decide import DEAD_LETTERED
from shared.kit.people.acts import REFUSED, is_act
from shared.kit.people.roots import ROOT_STREAM, roots_in
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.inbox_outbox import InboxOutbox, OutboxRow
from shared.kit.storage.journal import Journal

OF_OTHERS = ("TRANCHES",)  # the annual job says them: their subjects can be written once alone
ACTS = {event.__name__ for event in EVENTS.values() if is_act(event)}


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
    """`missing` and `changed` facts can be published again; `vanished` events were heard and are gone from
    the log.

    `unheard` events were acked by a consumer whose service has no record of them; `pending` facts are on
    their way. Facts said `twice` come from an event that was decided twice. `unproven` acts counted in a
    service although nobody who might signed them so; `forged` ones were refused. `unsaid` facts lie in the
    log, and no service said them.
    """

    facts: int = 0
    heard: int = 0
    messages: int = 0
    missing: list[Place] = field(default_factory=list)
    changed: list[Place] = field(default_factory=list)
    vanished: list[Place] = field(default_factory=list)
    unheard: list[Place] = field(default_factory=list)
    repeated: list[Place] = field(default_factory=list)
    twice: list[Place] = field(default_factory=list)
    acts: int = 0
    unproven: list[Place] = field(default_factory=list)
    forged: list[Place] = field(default_factory=list)
    pending: int = 0
    repaired: list[Place] = field(default_factory=list)
    unsaid: list[Place] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        lost = self.missing or self.changed or self.vanished or self.unheard
        return not (lost or self.twice or self.unproven or self.unsaid)


@dataclass(slots=True)
class Log:
    """Where each event id lies, and the digest of its body. `repeated` ids lie in the log more than once.

    `copies` of our facts count for nothing, whatever id they have.
    """

    places: dict[str, tuple[str, int, bytes, str]] = field(default_factory=dict)
    repeated: list[Stored] = field(default_factory=list)
    copies: list[Stored] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)
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
        self.places[stored.event_id] = (stored.stream, stored.sequence, digest(stored.data), stored.subject)


@dataclass(slots=True)
class Records:
    """What one service knows: (outbox id, place, digest) of each fact it said, and by id what it heard."""

    service: str
    journal: Journal
    floors: list[tuple[Durable, int]]
    said: list[tuple[int, Place, bytes]] = field(default_factory=list)
    heard: dict[str, Place] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    statuses: dict[str, int] = field(default_factory=dict)


def digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=12).digest()


async def audit(settings: Settings, repair: bool = False) -> AuditReport:
    """Raises OSError or nats.errors.Error when the platform is not there.

    What was acked is read first, then what was decided, then the log: on a platform that runs, each holds
    what the one before speaks of.
    """
    client = await connect(settings, "provisioner")
    front_ends = settings.front_ends()
    report = AuditReport()
    engines = {service: open_engine(settings.database_url(service)) for service in SERVICES}
    try:
        records = []
        for service, engine in engines.items():
            floors = [
                (durable, await _floor(client, durable)) for durable in durables_of(service, front_ends)
            ]
            records.append(_records(service, engine, floors))
        acts = await _acts(client, settings.programme().id)
        log = await _whole_log(client, acts)
        report.messages = log.messages
        report.repeated = [_place(stored) for stored in log.repeated]
        report.unsaid = [_place(stored) for stored in log.copies] + _unsaid(log, records, engines)
        for record in records:
            wrong = _check_said(record, log, report)
            _check_heard(record, log, report)
            _check_acts(record, acts, report)
            for row_id in wrong if repair else ():
                await _publish_again(
                    client, engines[record.service], record, row_id, settings.programme().id, report
                )
    finally:
        await client.close()
        for engine in engines.values():
            engine.dispose()
    return report


def _place(stored: Stored) -> Place:
    return Place(stored.stream.lower(), stored.stream, stored.sequence, stored.event_id, stored.subject)


async def _acts(client: Client, programme: str) -> ActsInLog:
    metadata = (await client.jetstream().stream_info(ROOT_STREAM)).config.metadata or {}
    rehearsal = metadata.get(MODE) == "rehearsal"
    return ActsInLog(roots_in(metadata, programme, rehearsal), rehearsal)


async def _whole_log(client: Client, acts: ActsInLog) -> Log:
    """Who the people are is read first."""
    log = Log()
    names = await stream_names(client)
    for stream in sorted(names, key=lambda name: name != ROOT_STREAM):
        async for stored in read_stream(client, stream):
            log.add(stored)
            acts.look(stored)
    return log


def _check_acts(records: Records, acts: ActsInLog, report: AuditReport) -> None:
    """What a service refused is told once, what it let count is wrong."""
    report.acts = acts.acts
    told = {place.event_id for place in report.forged}
    for doubt in acts.doubts:
        stored = doubt.stored
        event_id = doubt.stored.event_id
        subject = f"{doubt.code} · {stored.subject}"
        if event_id in records.counted and (not doubt.first or doubt.first in records.counted):
            report.unproven.append(Place(records.service, stored.stream, stored.sequence, event_id, subject))
        elif event_id not in told:
            report.forged.append(Place("-", stored.stream, stored.sequence, event_id, subject))


async def _floor(client: Client, durable: Durable) -> int:
    info: ConsumerInfo = await client.jetstream().consumer_info(durable.stream, durable.name)
    return info.ack_floor.stream_seq if info.ack_floor else 0


def _records(service: str, engine: Engine, floors: list[tuple[Durable, int]]) -> Records:
    journal: Journal = part_of(service, "tables").JOURNAL
    records = Records(service, journal, floors)
    outbox = journal.outbox.c
    inbox = journal.inbox.c
    said = select(outbox.id, outbox.event_id, outbox.stream, outbox.subject, outbox.sequence, outbox.body)
    heard = select(inbox.event_id, inbox.consumer, inbox.sequence, inbox.type, inbox.result)
    with engine.connect().execution_options(reads_only=True, yield_per=1_000) as connection:
        for row in connection.execute(said.order_by(outbox.id)):
            place = Place(service, row.stream, row.sequence, row.event_id, row.subject)
            records.said.append((row.id, place, digest(row.body)))
            if row.stream == STATUS_STREAM:
                records.statuses[row.subject] = row.id
        for event_id, consumer, sequence, kind, result in connection.execute(heard):
            stream = stream_heard(consumer)
            records.heard[event_id] = Place(service, stream, sequence, event_id, kind)
            if kind in ACTS and result not in (REFUSED, DEAD_LETTERED):
                records.counted.add(event_id)
        records.waiting = set(connection.scalars(select(journal.waiting.c.event_id)))
    return records


def _check_said(records: Records, log: Log, report: AuditReport) -> list[int]:
    """The outbox rows whose fact is not in the log as it was said."""
    wrong: list[int] = []
    own: set[str] = set()
    for _, place, _ in records.said:
        report.twice += [place] if place.event_id in own else []
        own.add(place.event_id)
    for row_id, place, body in records.said:
        report.facts += 1
        found = log.places.get(place.event_id)
        if found and found[2] == body:
            continue
        if place.stream == STATUS_STREAM and _replaced(records, log, own, row_id, place):
            continue
        if place.sequence is None and not found:
            report.pending += 1
            continue
        (report.changed if found else report.missing).append(place)
        wrong.append(row_id)
    return wrong


def _replaced(records: Records, log: Log, own: set[str], row_id: int, place: Place) -> bool:
    """A status stream keeps the latest of each subject: this is not it, or a newer one came since."""
    kept = log.statuses.get(place.subject)
    return records.statuses[place.subject] != row_id or (kept is not None and kept not in own)


def _check_heard(records: Records, log: Log, report: AuditReport) -> None:
    service = records.service
    report.heard += len(records.heard)
    streams = {durable.stream for durable, _ in records.floors}
    report.vanished += [
        place
        for event_id, place in records.heard.items()
        if place.stream in streams and event_id not in log.places
    ]
    hears = {heard.stream: ({e.event_type() for e in heard.hears}, floor) for heard, floor in records.floors}
    for event_id, (stream, sequence, _, subject) in log.places.items():
        types, floor = hears.get(stream, (set(), 0))
        known = event_id in records.heard or event_id in records.waiting
        if sequence <= floor and not known and type_of(subject) in types:
            report.unheard.append(Place(service, stream, sequence, event_id, subject))


def _unsaid(log: Log, records: list[Records], engines: dict[str, Engine]) -> list[Place]:
    """Our own facts that no service knows of.

    Some were said since the records were read, where a platform runs.
    """
    said = {place.event_id for record in records for _, place, _ in record.said}
    found = [
        Place(stream.lower(), stream, sequence, event_id, subject)
        for event_id, (stream, sequence, _, subject) in log.places.items()
        if event_id not in said and not front_end_of(subject) and stream not in OF_OTHERS
    ]
    if not found:
        return []
    since = {
        event_id for record in records for event_id in _said_since(record, engines[record.service], found)
    }
    return [place for place in found if place.event_id not in since]


def _said_since(record: Records, engine: Engine, places: list[Place]) -> set[str]:
    outbox = record.journal.outbox.c
    with engine.connect().execution_options(reads_only=True) as connection:
        asked = [select(outbox.event_id).where(outbox.event_id == place.event_id) for place in places]
        return {event_id for query in asked for event_id in connection.scalars(query)}


async def _publish_again(
    client: Client, engine: Engine, records: Records, row_id: int, programme: str, report: AuditReport
) -> None:
    """Under a message id of its own, which the server has not seen; its readers know it by its event id."""
    outbox = records.journal.outbox
    with engine.connect().execution_options(reads_only=True) as connection:
        found = connection.execute(select(outbox).where(outbox.c.id == row_id)).one()
        row = OutboxRow(*found)
        letter = InboxOutbox(records.journal, connection, records.service, programme)._letter(row)
    headers = letter.headers | {"Nats-Msg-Id": f"{row.event_id}-again-{row.sequence or 0}"}
    ack = await client.jetstream().publish(letter.subject, letter.body, headers=headers, stream=letter.stream)
    with engine.begin() as connection:
        connection.execute(update(outbox).where(outbox.c.id == row_id).values(sequence=ack.seq))
    report.repaired.append(Place(records.service, letter.stream, ack.seq, row.event_id, letter.subject))
