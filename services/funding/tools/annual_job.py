"""The annual tranche job says once for ever that a tranche is due.

Made for cron: run twice, it does no harm.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from secrets import token_hex

from sqlalchemy import ColumnElement, Engine, func, select, tuple_

from services.funding.domain.states import Tranche
from services.funding.tables import JOURNAL, STATE_TABLES
from shared.contract.funding import GrantTrancheDue
from shared.contract.permissions import inbox_of
from shared.contract.subjects import stream_of, subject_of
from shared.contract.topology import durables_of
from shared.kit.bus.client import BusClient
from shared.kit.bus.connection import connect
from shared.kit.bus.publisher import Publisher, PublishFailed
from shared.kit.delivery import REHEARSAL_HEADER
from shared.kit.handled import DEAD_LETTERED
from shared.kit.outgoing import Outgoing
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.programme import Programme

IDENTITY = "tranche-job"
PAGE = 500
TRANCHES = STATE_TABLES[Tranche].table
HEARD_BY = next(durable.name for durable in durables_of("funding") if GrantTrancheDue in durable.hears)
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class TrancheReport:
    """`due` tranches were found; `published` now, `already` said by another run of the job.

    `dead_letters` are earlier words that funding could not decide: their tranches wait for an operator.
    """

    as_of: date
    due: int = 0
    published: int = 0
    already: int = 0
    total_cents: int = 0
    dead_letters: list[str] = field(default_factory=list)


def publish_tranches(
    settings: Settings, as_of: date, dry_run: bool = False, progress: Progress | None = None
) -> TrancheReport:
    """Walks the schedule in keyset pages. Raises OSError or nats.errors.Error where no platform answers."""
    return asyncio.run(_publish(settings, as_of, dry_run, progress or _silent))


def _silent(_done: int, _total: int) -> None:
    """Nobody watches."""


async def _publish(settings: Settings, as_of: date, dry_run: bool, progress: Progress) -> TrancheReport:
    engine = open_engine(settings.database_url("funding"))
    programme = settings.programme()
    report = TrancheReport(as_of)
    total = count_due(engine, as_of)
    run = token_hex(8)
    headers = _headers(programme, settings.rehearsal, as_of)
    connection = None if dry_run else await connect(settings, IDENTITY, attempts=60)
    try:
        sender = await _sender(connection) if connection else None
        for page in pages(engine, as_of):
            report.due += len(page)
            report.total_cents += sum(due.amount_cents for due in page)
            report.dead_letters += dead_letters_of(engine, page)
            if sender:
                await _say(sender, [_word(programme, due, headers, run) for due in page], report)
            progress(report.due, total)
    finally:
        if connection:
            await connection.close()
        engine.dispose()
    return report


async def _sender(connection: BusClient) -> Publisher:
    publisher = Publisher(connection, inbox_of(IDENTITY))
    await publisher.start()
    return publisher


async def _say(publisher: Publisher, words: list[Outgoing], report: TrancheReport) -> None:
    """A page in one atomic batch; where one of them was said before, one by one."""
    try:
        await publisher.publish_atomically(words)
        report.published += len(words)
        return
    except PublishFailed:
        outcomes = await publisher.publish_each(words)
    for outcome in outcomes:
        if outcome is None:
            report.published += 1
        elif "maximum messages per subject" in outcome or "duplicate" in outcome:
            report.already += 1
        else:
            raise PublishFailed(outcome)


def event_id_of(due: GrantTrancheDue) -> str:
    """The same whoever runs the job, and in the job's order: tables append it to their indexes."""
    return f"due-{due.tranche_id}"


def _headers(programme: Programme, rehearsal: bool, as_of: date) -> dict[str, str]:
    """What all words of a run say. In a rehearsal the job tells the time of its day."""
    midday = datetime.combine(as_of, time(12), programme.zone).isoformat()
    headers = {
        "ce-type": GrantTrancheDue.event_type(),
        "ce-source": f"/{programme.id}/tranche-job",
        "ce-specversion": "1.0",
        "ce-time": midday,
    }
    return headers | {REHEARSAL_HEADER: midday} if rehearsal else headers


def _word(programme: Programme, due: GrantTrancheDue, headers: dict[str, str], run: str) -> Outgoing:
    """The broker knows the word by this run; a second one is refused by the write-once subject.

    That refusal lasts for ever and is told, while the broker's memory of ids lasts an hour and says nothing.
    """
    event_id = event_id_of(due)
    return Outgoing(
        stream_of(due.publisher),
        subject_of(programme.id, due),
        f"{event_id}-{run}",
        due.model_dump_json().encode(),
        headers | {"ce-id": event_id},
    )


def pages(engine: Engine, as_of: date, size: int = PAGE) -> Iterator[list[GrantTrancheDue]]:
    """Tranches on the schedule that are due on the day, by (due day, id): never a list of everything."""
    names = tuple(GrantTrancheDue.model_fields)
    due = select(*(TRANCHES.c[name] for name in names)).where(*_due_by(as_of))
    place = tuple_(TRANCHES.c.due_on, TRANCHES.c.tranche_id)
    after: tuple[date, str] = (date.min, "")
    while True:
        query = due.where(place > after).order_by(TRANCHES.c.due_on, TRANCHES.c.tranche_id).limit(size)
        with engine.connect().execution_options(reads_only=True) as connection:
            rows = connection.execute(query).all()
        if not rows:
            return
        page = [GrantTrancheDue(**dict(zip(names, row, strict=True))) for row in rows]
        after = (page[-1].due_on, page[-1].tranche_id)
        yield page


def _due_by(as_of: date) -> tuple[ColumnElement[bool], ...]:
    return TRANCHES.c.state == "scheduled", TRANCHES.c.due_on <= as_of


def dead_letters_of(engine: Engine, page: Sequence[GrantTrancheDue]) -> list[str]:
    """A word is said once for ever: where it became a dead letter, no later run makes up for it."""
    inbox = JOURNAL.inbox.c
    query = (
        select(inbox.consumer, inbox.sequence)
        .where(inbox.dossier.in_([due.tranche_id for due in page]))
        .where(inbox.consumer == HEARD_BY, inbox.result == DEAD_LETTERED)
        .order_by(inbox.sequence)
    )
    with engine.connect().execution_options(reads_only=True) as connection:
        return [f"{consumer}-{sequence}" for consumer, sequence in connection.execute(query)]


def count_due(engine: Engine, as_of: date) -> int:
    query = select(func.count()).where(*_due_by(as_of))
    with engine.connect().execution_options(reads_only=True) as connection:
        return connection.scalar(query) or 0
