"""A platform on paper: the real desks, rules and tables of the services, on a log that is a list.

No bus, no disk.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from deploy.loading import part_of
from deploy.local.home.programme_copy import SHIPPED
from deploy.local.keys.identities import make_keys
from deploy.local.log.reading import Stored
from shared.contract.event import Event
from shared.contract.subjects import said_subject, type_of
from shared.contract.topology import SERVICES, durables_of
from shared.kit.consumer.batch import Batch
from shared.kit.delivery import REHEARSAL_HEADER, Delivery
from shared.kit.outgoing import Outgoing
from shared.kit.settings import Settings
from tests.people import roots, signed
from tests.stored import origin, stored_subject, stream_holding

PROGRAMME = "fabriques"
BY_CONTENT = {  # what is said to whom, what is booked where: their ids follow from whichever event came last
    "notices": ("candidature_id", "template", "recipient", "context"),
    "movements": (
        "candidature_id",
        "tranche_id",
        "kind",
        "debit",
        "credit",
        "amount_cents",
        "order_id",
    ),
}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")


@dataclass
class PaperLog:
    """Streams that drop a message id they have seen, as the broker does."""

    streams: dict[str, list[Stored]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def append(self, letter: Outgoing, stamped_ns: int) -> int:
        messages = self.streams.setdefault(letter.stream, [])
        if letter.event_id in self.seen:
            return next(
                m.sequence for m in messages if m.headers.get("Nats-Msg-Id") == letter.event_id
            )
        self.seen.add(letter.event_id)
        headers = letter.headers | {"Nats-Msg-Id": letter.event_id}
        messages.append(
            Stored(
                letter.stream,
                len(messages) + 1,
                stamped_ns,
                letter.subject,
                headers,
                bytes(letter.body),
            )
        )
        return len(messages)


class PaperService:
    """One service's own consumer on a database in memory, handed its deliveries by the caller."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.app = part_of(name, "app")
        self.tables = part_of(name, "tables")
        self.consumer = self.app.build(settings).consumer
        self.consumer.trust(roots())
        self._kept = [
            t for t in self.tables.METADATA.sorted_tables if not t.name.startswith("territory_")
        ]
        self._first_day = sqlite3.connect(":memory:")
        self._driver.backup(self._first_day)

    @property
    def _driver(self) -> sqlite3.Connection:
        driver: Any = self.consumer.work.engine.raw_connection().driver_connection
        assert isinstance(driver, sqlite3.Connection)
        return driver

    def take(self, deliveries: Sequence[Delivery]) -> list[Outgoing]:
        """Decides a batch as the consumer does, and confirms what it says at once.

        Returns what is to be published.
        """
        return self._confirmed(self.consumer.transact(deliveries))

    def announce(self, event_id: str, now: datetime, decide: Any) -> list[Outgoing]:
        event = self.consumer.timer_event(event_id, now)
        return self._confirmed(
            self.consumer.work.run(lambda i, s: self.consumer.decider.announce(i, s, event, decide))
        )

    def _confirmed(self, batch: Batch) -> list[Outgoing]:
        self.consumer.work.confirmations.places += [(row, row) for row in batch.pending.ids]
        return list(batch.pending.messages)

    def empty(self) -> None:
        """As on the first day, without paying for the migrations again.

        Copied page by page: prepared statements outlive it, while `deserialize` frees what they point to.
        """
        self._first_day.backup(self._driver)
        self.consumer.clock._seen = None
        self.consumer.work.confirmations.places.clear()
        self.consumer.decider.budget.spent = 0

    def states(self) -> dict[str, Any]:
        """Every column of every row of states, `table/key/column`, and what still waits; not the journal."""
        journal = self.tables.JOURNAL
        apart = {journal.inbox.name, journal.outbox.name, journal.clock.name}
        found: dict[str, Any] = {}
        with self.consumer.work.engine.connect() as connection:
            for table in self._kept:
                if table.name not in apart:
                    for row in connection.execute(select(table)).mappings():
                        if columns := BY_CONTENT.get(table.name):
                            said = {name: row.get(name) for name in columns}
                            place = (
                                f"{table.name}/{json.dumps(instants_alike(said), sort_keys=True)}"
                            )
                            found[place] = found.get(place, 0) + 1
                            continue
                        key = "/".join(str(row[column.name]) for column in table.primary_key)
                        found |= {
                            f"{table.name}/{key}/{name}": value for name, value in row.items()
                        }
        return found

    def facts(self) -> list[tuple[str, bytes]]:
        outbox = self.tables.JOURNAL.outbox
        with self.consumer.work.engine.connect() as connection:
            return [
                (row.event_id, row.body)
                for row in connection.execute(select(outbox.c.event_id, outbox.c.body))
            ]

    def results(self) -> dict[str, str]:
        inbox = self.tables.JOURNAL.inbox
        with self.consumer.work.engine.connect() as connection:
            return {
                row.event_id: row.result
                for row in connection.execute(select(inbox.c.event_id, inbox.c.result))
            }


class PaperPlatform:
    """The four services and their log. `say` writes as a front-end; `settle` delivers until nothing moves."""

    def __init__(self, folder: Path, services: Iterable[str] = SERVICES) -> None:
        make_keys(folder / "keys")
        databases: Any = {f"{name}_database_url": "sqlite://" for name in SERVICES}
        self.settings = Settings(home=folder, programme_file=SHIPPED, rehearsal=True, **databases)
        self.programme = self.settings.programme()
        self.log = PaperLog()
        self.services = {name: PaperService(name, self.settings) for name in services}
        self.heard: dict[str, list[tuple[int, Delivery]]] = {name: [] for name in self.services}
        self.phase = 0
        self._read: dict[str, int] = {}
        self._stamp = 1_600_000_000_000_000_000

    def say(self, event: type[Event], dossier: str, body: Any, at: str) -> None:
        subject = stored_subject(self.programme.id, event, dossier)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = origin(self.programme.id, event) | {REHEARSAL_HEADER: at}
        self._stamp += 1_000_000
        headers |= signed(event, said_subject(subject), data, body)
        letter = Outgoing(stream_holding(event), subject, f"said-{self._stamp}", data, headers)
        self.log.append(letter, self._stamp)

    def settle(self) -> None:
        while sum(self._deliver(name) for name in self.services):
            continue

    def _deliver(self, name: str) -> bool:
        moved = False
        for durable in durables_of(name):
            stream = self.log.streams.get(durable.stream, [])
            start = self._read.get(durable.name, 0)
            self._read[durable.name] = len(stream)
            types = {event.event_type() for event in durable.hears}
            batch = [
                m.delivery(durable.name) for m in stream[start:] if type_of(m.subject) in types
            ]
            if batch:
                moved = True
                self.heard[name] += [(self.phase, delivery) for delivery in batch]
                self.publish(self.services[name].take(batch))
        return moved

    def publish(self, letters: Iterable[Outgoing]) -> None:
        for letter in letters:
            self._stamp += 1_000_000
            self.log.append(letter, self._stamp)


def dead_letters(service: PaperService) -> list[str]:
    return [event_id for event_id, result in service.results().items() if result == "dead-lettered"]


@contextmanager
def changed(target: Any, name: str, value: Any) -> Any:
    """Puts another value in a place for a while: how a control takes a protection away."""
    before = target.__dict__.get(name, ...)
    setattr(target, name, value)
    try:
        yield
    finally:
        if before is ...:
            delattr(target, name)
        else:
            setattr(target, name, before)


def instants_alike(value: Any) -> Any:
    """The same value with every instant written in one zone."""
    if isinstance(value, dict):
        return {name: instants_alike(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [instants_alike(item) for item in value]
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    return value
