"""Compares what every service decided with what lies in the log, by ids, and publishes again what is missing.

Each service keeps an outbox row for every fact it said, with its place in the stream, and an inbox row for
every event it heard. One server does not notice a damaged disk: this does.
"""

from dataclasses import dataclass, field

from nats.aio.client import Client
from sqlalchemy import select

from deploy.local.audit.sides import Log, Place, Records, Said, read_log, read_records
from deploy.local.log.acts import ActsInLog, read_roots
from deploy.local.log.reading import Stored
from shared.contract.subjects import STATUS_STREAM, front_end_of, type_of
from shared.contract.topology import SERVICES, durables_of
from shared.kit.bus.connection import connect
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.inbox_outbox import InboxOutbox, OutboxRow
from shared.kit.storage.journal import note_said_again

# The annual job says them, each subject once for ever; the keeper signs what it says.
OF_OTHERS = ("TRANCHES", "KEEPER")


@dataclass
class AuditReport:
    """`missing` and `changed` facts can be published again; `vanished` events were heard, the log lost them.

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


async def audit(settings: Settings, repair: bool = False) -> AuditReport:
    """Raises OSError or nats.errors.Error when the platform is not there.

    What was acked is read first, then what was decided, then the log: on a platform that runs, each holds
    what the one before speaks of.
    """
    client = await connect(settings, "provisioner")
    engines = {service: open_engine(settings.database_url(service)) for service in SERVICES}
    front_ends = settings.front_ends()
    programme = settings.programme().id
    try:
        known = [
            await read_records(client, service, engine, durables_of(service, front_ends))
            for service, engine in engines.items()
        ]
        acts = ActsInLog(*await read_roots(client, programme))
        log = await read_log(client, acts)
        for records in known:
            log.erased |= records.erased
        report = _compared(log, known, acts)
        for records in known:
            wrong = _check_said(records, log, report)
            _check_heard(records, log, report)
            _check_acts(records, acts, report)
            if repair:
                for said in wrong:
                    report.repaired.append(await _publish_again(client, records, said, programme))
    finally:
        await client.close()
        for engine in engines.values():
            engine.dispose()
    return report


def _compared(log: Log, known: list[Records], acts: ActsInLog) -> AuditReport:
    """What is seen of all services at once."""
    return AuditReport(
        messages=log.messages,
        acts=acts.acts,
        repeated=[_place(stored) for stored in log.repeated],
        unsaid=[_place(stored) for stored in log.copies] + _unsaid(log, known),
    )


def _place(stored: Stored) -> Place:
    return Place(
        stored.stream.lower(), stored.stream, stored.sequence, stored.event_id, stored.subject
    )


def _unsaid(log: Log, known: list[Records]) -> list[Place]:
    """Our own facts that no service knows of, even when asked again: some were said meanwhile."""
    said_ids = {said.place.event_id for records in known for said in records.said}
    found = []
    for event_id, lying in log.places.items():
        ours = not front_end_of(lying.subject) and lying.stream not in OF_OTHERS
        if ours and event_id not in said_ids:
            found.append(
                Place(lying.stream.lower(), lying.stream, lying.sequence, event_id, lying.subject)
            )
    for records in known:
        found = _without_those_said_since(records, found)
    return found


def _without_those_said_since(records: Records, places: list[Place]) -> list[Place]:
    if not places:
        return []
    outbox = records.journal.outbox.c
    with records.engine.connect().execution_options(reads_only=True) as connection:
        queries = {
            place: select(outbox.id).where(outbox.event_id == place.event_id) for place in places
        }
        return [
            place for place, query in queries.items() if connection.execute(query).first() is None
        ]


def _check_said(records: Records, log: Log, report: AuditReport) -> list[Said]:
    """The facts that are not in the log as they were said."""
    own: set[str] = set()
    for said in records.said:
        if said.place.event_id in own:
            report.twice.append(said.place)
        own.add(said.place.event_id)
    report.facts += len(records.said)
    wrong: list[Said] = []
    for said in records.said:
        found = log.places.get(said.place.event_id)
        if found and found.digest == said.digest:
            continue
        if said.place.stream == STATUS_STREAM and _replaced(records, log, own, said):
            continue
        if found:
            report.changed.append(said.place)
            wrong.append(said)
        elif said.place.sequence is None:
            report.pending += 1
        else:
            report.missing.append(said.place)
            wrong.append(said)
    return wrong


def _replaced(records: Records, log: Log, own: set[str], said: Said) -> bool:
    """A status stream keeps the latest of each subject: this is not it, or a newer one came since."""
    if records.statuses[said.place.subject] != said.row_id:
        return True
    kept = log.statuses.get(said.place.subject)
    return kept is not None and kept not in own


def _check_heard(records: Records, log: Log, report: AuditReport) -> None:
    report.heard += len(records.heard)
    types: dict[str, set[str]] = {}
    acked: dict[str, int] = {}
    for durable, floor in records.floors:
        types[durable.stream] = {event.event_type() for event in durable.hears}
        acked[durable.stream] = floor
    for event_id, place in records.heard.items():
        is_erased = records.personal.get(event_id) in log.erased
        if place.stream in acked and event_id not in log.places and not is_erased:
            report.vanished.append(place)
    for event_id, lying in log.places.items():
        if event_id in records.heard or event_id in records.waiting:
            continue
        if lying.sequence > acked.get(lying.stream, 0):
            continue
        if type_of(lying.subject) in types[lying.stream]:
            place = Place(records.service, lying.stream, lying.sequence, event_id, lying.subject)
            report.unheard.append(place)


def _check_acts(records: Records, acts: ActsInLog, report: AuditReport) -> None:
    """What a service refused is told once, what it let count is wrong."""
    told = {place.event_id for place in report.forged}
    for doubt in acts.doubts:
        stored = doubt.stored
        subject = f"{doubt.code} · {stored.subject}"
        it_counted = stored.event_id in records.counted
        if it_counted and (not doubt.first or doubt.first in records.counted):
            place = Place(records.service, stored.stream, stored.sequence, stored.event_id, subject)
            report.unproven.append(place)
        elif stored.event_id not in told:
            report.forged.append(
                Place("-", stored.stream, stored.sequence, stored.event_id, subject)
            )


async def _publish_again(client: Client, records: Records, said: Said, programme: str) -> Place:
    """Under a message id of its own, which the server has not seen; its readers know it by its event id."""
    outbox = records.journal.outbox
    with records.engine.connect().execution_options(reads_only=True) as connection:
        row = OutboxRow(*connection.execute(select(outbox).where(outbox.c.id == said.row_id)).one())
        fact = InboxOutbox(records.journal, connection, records.service, programme).message(row)
    headers = fact.headers | {"Nats-Msg-Id": f"{row.event_id}-again-{row.sequence or 0}"}
    ack = await client.jetstream().publish(
        fact.subject, fact.body, headers=headers, stream=fact.stream
    )
    note_said_again(records.engine, records.journal, said.row_id, ack.seq)
    return Place(records.service, fact.stream, ack.seq, row.event_id, fact.subject)
