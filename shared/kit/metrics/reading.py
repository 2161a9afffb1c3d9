"""What is read from a service's own database when its figures are asked for."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from shared.kit.metrics.catalogue import EARLY, EARLY_AGE, OUTBOX
from shared.kit.metrics.figures import Figure
from shared.kit.storage.journal import Journal


def journal_figures(service: str, journal: Journal, connection: Connection) -> Iterator[Figure]:
    pending = select(func.count(journal.outbox.c.id)).where(journal.outbox.c.sequence.is_(None))
    yield Figure(OUTBOX, (service,), connection.scalar(pending) or 0)
    waiting = journal.waiting.c
    count, oldest = connection.execute(
        select(func.count(waiting.event_id), func.min(waiting.since))
    ).one()
    seconds = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
    yield Figure(EARLY, (service,), count)
    yield Figure(EARLY_AGE, (service,), max(0.0, seconds))
