"""Decides again, beside a running platform, all that a service heard, and compares its records row by row.

The records are looked at as of one moment: what they had heard by then is decided again, and nothing else.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from nats.aio.client import Client
from sqlalchemy import Connection, func, select

from deploy.loading import part_of
from deploy.local.database.records import has_records
from deploy.local.log.store_server import provisioner
from deploy.local.rebuilding.rebuild import NotRebuilt, at_place, bring_reference
from deploy.local.rebuilding.replay import Telling, built, decide_again
from deploy.local.rebuilding.row_differences import Comparison, Difference
from shared.kit.service import Service
from shared.kit.settings import Settings
from shared.kit.storage.bulk import select_among
from shared.kit.storage.database import hasten, open_engine
from shared.kit.storage.journal import Journal


@dataclass
class ReplayAudit:
    """What one service's records differ in from what the log leads to."""

    service: str
    events: int = 0
    rows: int = 0
    seconds: float = 0.0
    differences: list[Difference] = field(default_factory=list)


async def audit_replay(
    settings: Settings, services: Sequence[str], tell: Telling
) -> AsyncIterator[ReplayAudit]:
    """One service after the other; what is decided again is thrown away. Raises as `rebuild` does."""
    async with provisioner(settings) as client:
        for service in services:
            with TemporaryDirectory(prefix=f"{service}-", dir=settings.home) as folder:
                yield await _audited(client, settings, service, Path(folder), tell)


async def _audited(
    client: Client, settings: Settings, service: str, folder: Path, tell: Telling
) -> ReplayAudit:
    started = monotonic()
    if not has_records(settings, service):
        raise NotRebuilt(
            f"the database of {service} is not there: `fabriques replay {service} --from-scratch`"
        )
    fresh = at_place(settings, service, f"sqlite:///{folder / service}.db")
    with _as_of_now(settings, service) as records:
        bring_reference(settings, fresh, service)
        async with built(client, fresh, service) as known:
            hasten(known.consumer.work.engine)
            known.consumer.work.alone = True
            tally = await decide_again(
                client, known, tell, lambda ids: _heard(records, service, ids)
            )
            audit = _compared(known, records)
    audit.events = tally.events
    audit.seconds = round(monotonic() - started, 1)
    return audit


@contextmanager
def _as_of_now(settings: Settings, service: str) -> Iterator[Connection]:
    """One transaction that reads: nobody waits for it, and it sees nothing that comes later."""
    engine = open_engine(settings.database_url(service))
    options: dict[str, Any] = {"reads_only": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ"}
    try:
        with engine.connect().execution_options(**options) as connection:
            journal: Journal = part_of(service, "tables").JOURNAL
            connection.scalar(select(func.count()).select_from(journal.clock))
            yield connection
    finally:
        engine.dispose()


def _heard(records: Connection, service: str, ids: Sequence[str]) -> set[str]:
    journal: Journal = part_of(service, "tables").JOURNAL
    found: set[str] = set()
    for table in (journal.inbox, journal.waiting):
        found |= {
            event_id for (event_id,) in select_among(records, table, ("event_id",), "event_id", ids)
        }
    return found


def _compared(service: Service, records: Connection) -> ReplayAudit:
    audit = ReplayAudit(service.name)
    journal = service.consumer.work.journal
    with service.consumer.work.engine.connect().execution_options(reads_only=True) as fresh:
        tables = service.consumer.work.state_tables.values()
        comparison = Comparison(service.name, records, fresh, service.opened, tables)
        for table in journal.inbox.metadata.sorted_tables:
            if table not in journal.reference:
                audit.differences += comparison.of(table)
    audit.rows = comparison.rows
    return audit
