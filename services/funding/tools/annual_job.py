"""The annual tranche job says once for ever that a tranche is due.

Made for cron: run twice, it does no harm.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from secrets import token_hex
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Engine, func, select, tuple_

from services.funding.tools.job_outcome import (
    TRANCHES,
    Outcome,
    dead_letters_of,
    note_what_comes,
    note_what_would_come,
)
from services.funding.tools.job_spans import NAME, JobSpans
from shared.contract.funding import GrantTrancheDue
from shared.contract.permissions import inbox_of
from shared.contract.subjects import stream_of, subject_of
from shared.kit.bus.client import BusClient
from shared.kit.bus.connection import connect
from shared.kit.bus.publisher import Publisher, PublishFailed
from shared.kit.delivery import REHEARSAL_HEADER
from shared.kit.outgoing import Outgoing
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.traces.opening import traced
from shared.programme import Programme

if TYPE_CHECKING:  # loaded only where traces are told
    from shared.kit.traces.spans import Traces

IDENTITY = "tranche-job"
PAGE = 500
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class TrancheReport:
    """`due` tranches were found; `published` now, `already` said by another run of the job.

    `dead_letters` are words that funding could not decide: their tranches wait for an operator. `outcome` is
    None where nobody waited for it.
    """

    as_of: date
    due: int = 0
    published: int = 0
    already: int = 0
    total_cents: int = 0
    dead_letters: list[str] = field(default_factory=list)
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Every tranche due on `as_of` or before.

    A dry run tells what would come of it, `decided_at` this instant, or at noon of the day without one.
    `wait_seconds` without any decision end the waiting; 0 waits for none.
    """

    as_of: date
    dry_run: bool = False
    decided_at: datetime | None = None
    wait_seconds: float = 0.0


def publish_tranches(
    settings: Settings, wanted: Wanted, progress: Progress | None = None
) -> TrancheReport:
    """Walks the schedule in keyset pages. Raises OSError or nats.errors.Error where no platform answers."""
    return asyncio.run(_publish(settings, wanted, progress or _silent))


def _silent(_done: int, _total: int) -> None:
    """Nobody watches."""


async def _publish(settings: Settings, wanted: Wanted, progress: Progress) -> TrancheReport:
    engine = open_engine(settings.database_url("funding"))
    try:
        if wanted.dry_run:
            return _foreseen(settings, engine, wanted, progress)
        with traced(NAME) as traces:
            return await _said(settings, engine, wanted, progress, traces)
    finally:
        engine.dispose()


def _foreseen(
    settings: Settings, engine: Engine, wanted: Wanted, progress: Progress
) -> TrancheReport:
    programme = settings.programme()
    report = TrancheReport(wanted.as_of, outcome=Outcome())
    assert report.outcome
    now = wanted.decided_at or _midday(programme, wanted.as_of)
    for page in _counted(engine, report, progress):
        note_what_would_come(report.outcome, engine, programme, page, now)
    return report


async def _said(
    settings: Settings, engine: Engine, wanted: Wanted, progress: Progress, traces: "Traces | None"
) -> TrancheReport:
    programme = settings.programme()
    report = TrancheReport(wanted.as_of)
    run = token_hex(8)
    headers = _headers(programme, settings.rehearsal, wanted.as_of)
    connection = await connect(settings, IDENTITY, attempts=60)
    said: list[str] = []
    spans = JobSpans(traces, run)
    try:
        sender = await _sender(connection)
        for page in _counted(engine, report, progress):
            words = [_word(programme, due, headers | spans.headers(due), run) for due in page]
            news = await _say(sender, words, report)
            spans.said(due for due, is_new in zip(page, news, strict=True) if is_new)
            said += [due.tranche_id for due in page]
        spans.end(report.published, report.already)
    finally:
        await connection.close()
    if wanted.wait_seconds:
        report.outcome = Outcome()
        letters = await note_what_comes(report.outcome, engine, said, wanted.wait_seconds)
        report.dead_letters = list(dict.fromkeys([*report.dead_letters, *letters.values()]))
    return report


def _counted(
    engine: Engine, report: TrancheReport, progress: Progress
) -> Iterator[list[GrantTrancheDue]]:
    """The pages of what is due, with what is known of each before it is said."""
    total = count_due(engine, report.as_of)
    for page in pages(engine, report.as_of):
        report.due += len(page)
        report.total_cents += sum(due.amount_cents for due in page)
        report.dead_letters += dead_letters_of(engine, [due.tranche_id for due in page]).values()
        yield page
        progress(report.due, total)


async def _sender(connection: BusClient) -> Publisher:
    publisher = Publisher(connection, inbox_of(IDENTITY))
    await publisher.start()
    return publisher


async def _say(publisher: Publisher, words: list[Outgoing], report: TrancheReport) -> list[bool]:
    """A page in one atomic batch; where one of them was said before, one by one. Tells which are said now."""
    try:
        await publisher.publish_atomically(words)
        report.published += len(words)
        return [True] * len(words)
    except PublishFailed:
        outcomes = await publisher.publish_each(words)
    for outcome in outcomes:
        if outcome is None:
            report.published += 1
        elif "maximum messages per subject" in outcome or "duplicate" in outcome:
            report.already += 1
        else:
            raise PublishFailed(outcome)
    return [outcome is None for outcome in outcomes]


def event_id_of(due: GrantTrancheDue) -> str:
    """The same whoever runs the job, and in the job's order: tables append it to their indexes."""
    return f"due-{due.tranche_id}"


def _midday(programme: Programme, day: date) -> datetime:
    return datetime.combine(day, time(12), programme.zone)


def _headers(programme: Programme, rehearsal: bool, as_of: date) -> dict[str, str]:
    """What all words of a run say. In a rehearsal the job tells the time of its day."""
    midday = _midday(programme, as_of).isoformat()
    headers = {
        "ce-type": GrantTrancheDue.event_type(),
        "ce-source": f"/{programme.id}/tranche-job",
        "ce-specversion": "1.0",
        "ce-time": midday,
    }
    return headers | {REHEARSAL_HEADER: midday} if rehearsal else headers


def _word(
    programme: Programme,
    due: GrantTrancheDue,
    headers: dict[str, str],
    run: str,
) -> Outgoing:
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
    columns = [TRANCHES.c[name] for name in names]
    order = (TRANCHES.c.due_on, TRANCHES.c.tranche_id)
    due = select(*columns).where(*_due_by(as_of)).order_by(*order).limit(size)
    place = tuple_(*order)
    after: tuple[date, str] = (date.min, "")
    while True:
        with engine.connect().execution_options(reads_only=True) as connection:
            rows = connection.execute(due.where(place > after)).all()
        if not rows:
            return
        page = [GrantTrancheDue(**dict(zip(names, row, strict=True))) for row in rows]
        after = (page[-1].due_on, page[-1].tranche_id)
        yield page


def _due_by(as_of: date) -> tuple[ColumnElement[bool], ...]:
    return TRANCHES.c.state == "scheduled", TRANCHES.c.due_on <= as_of


def count_due(engine: Engine, as_of: date) -> int:
    query = select(func.count()).where(*_due_by(as_of))
    with engine.connect().execution_options(reads_only=True) as connection:
        return connection.scalar(query) or 0
