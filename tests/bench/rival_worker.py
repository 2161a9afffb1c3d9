"""The strongest rival: a queue in PostgreSQL, batched and written by hand, with our rules, rows and facts.

`python -m tests.bench.rival_worker SERVICE KIND BATCH`. One transaction takes a batch, decides it and writes
all that came of it: there is no broker, nothing to publish, nothing to ack. Two kinds: `log`, read in its
order up to the oldest transaction that is still open; and `queue`, a row for each reader, taken with
SKIP LOCKED. It is here for comparison: nobody runs a programme on it.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from time import sleep, time_ns
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection

from deploy.loading import part_of
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.front_ends import HOLDERS
from shared.contract.subjects import stream_of, subject_of
from shared.kit.clock import Clock
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival, Delivery
from shared.kit.ids import derived_id
from shared.kit.memory import collect_less
from shared.kit.reactions import Reaction
from shared.kit.settings import Settings
from shared.kit.storage.states import States
from tests.bench.naive import HEARD, PIPELINE

LOG, QUEUE = "log", "queue"
SCHEMA = """
CREATE SEQUENCE places;
CREATE TABLE log (
    seq BIGINT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, event_id TEXT, cause_id TEXT,
    correlation_id TEXT, said_at TEXT, stamped_ns BIGINT NOT NULL, body BYTEA NOT NULL,
    writer XID8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE TABLE queue (service TEXT, seq BIGINT, PRIMARY KEY (service, seq));
CREATE TABLE readers (service TEXT PRIMARY KEY, seq BIGINT NOT NULL, heard BIGINT NOT NULL);
"""
COLUMNS = "seq, kind, subject, event_id, cause_id, correlation_id, said_at, stamped_ns, body"
# Nothing but names of our own is put into these texts.
TAKE = {
    LOG: f"""
        SELECT {COLUMNS} FROM log
        WHERE seq > (SELECT seq FROM readers WHERE service = %(service)s) AND kind = ANY(%(kinds)s)
          AND writer < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY seq LIMIT %(limit)s""",
    QUEUE: f"""
        WITH taken AS (
            DELETE FROM queue WHERE (service, seq) IN (
                SELECT service, seq FROM queue WHERE service = %(service)s
                ORDER BY seq LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
            RETURNING seq)
        SELECT {COLUMNS} FROM log JOIN taken USING (seq) ORDER BY seq""",
}
NOTE = "UPDATE readers SET seq = %s, heard = heard + %s WHERE service = %s"
INBOX = "event_id, consumer, type, dossier, sequence, decided_at, result, reasons, changed"
IDLE_SECONDS = 0.002
READERS = {
    kind.event_type(): [service for service, heard in HEARD.items() if kind in heard]
    for kind in PIPELINE
}
Row = tuple[Any, ...]


class Rival:
    """`consumer` is the real service's, of which only rules and tables are used."""

    def __init__(self, name: str, settings: Settings, consumer: Consumer, kind: str, batch: int):
        self._name, self._programme, self._kind = name, settings.programme().id, kind
        self._tables, self._clock = consumer.work.state_tables, Clock(settings.rehearsal)
        self._reactions = {
            event.event_type(): consumer.decider.reactions.find(event.event_type())
            for event in HEARD[name]
        }
        self._asked = {"service": name, "kinds": list(self._reactions), "limit": batch}
        self._connection = consumer.work.engine.connect()
        with self._connection.begin():
            # Of tables that grow from nothing the planner knows nothing yet: it would read all of them.
            cursor_of(self._connection).execute("SET enable_seqscan = off")
            cursor_of(self._connection).execute("INSERT INTO readers VALUES (%s, 0, 0)", (name,))

    def serve(self) -> None:
        while True:
            with self._connection.begin():
                taken = self._round()
            if not taken:
                sleep(IDLE_SECONDS)

    def _round(self) -> int:
        cursor = cursor_of(self._connection)
        rows = cursor.execute(TAKE[self._kind], self._asked).fetchall()
        if not rows:
            return 0
        batch = [self._read(row) for row in rows]
        states = States(self._connection, self._tables)
        _read_ahead(states, batch)
        inbox: list[Row] = []
        said: list[Row] = []
        for event, at, delivery, reaction in batch:
            decision = reaction.decide(states, event, at)
            for state in decision.changes:
                states.keep(state)
            inbox.append(_heard(event, at, delivery, decision))
            said += self._said(at, decision)
        states.write()
        copy(cursor, "inbox", INBOX, inbox)
        append(cursor, said, self._kind)
        cursor.execute(NOTE, (rows[-1][0], len(rows), self._name))
        return len(rows)

    def _read(self, row: Row) -> tuple[Event, Arrival, Delivery, Reaction]:
        seq, kind, subject, event_id, cause, correlation, said_at, stamped_ns, body = row
        told = {"ce-causationid": cause, "ce-correlationid": correlation}
        headers = {"ce-id": event_id, "ce-time": said_at, **told} if event_id else {}
        stream = stream_of(kind.partition(".")[0], HOLDERS)
        data = bytes(body)
        delivery = Delivery(None, subject, headers, data, stream, self._name, 1, seq, stamped_ns)
        event_class, reaction = self._reactions[kind]
        event = event_class.model_validate_json(data)
        return event, delivery.arrival(self._clock), delivery, reaction

    def _said(self, at: Arrival, decision: Decision) -> Iterator[Row]:
        for index, fact in enumerate(decision.facts):
            yield (
                fact.event_type(),
                subject_of(self._programme, fact),
                derived_id(f"{self._name}/{at.event_id}/", index, at.now),
                at.event_id,
                at.correlation_id,
                at.now.isoformat(),
                time_ns(),
                fact.model_dump_json().encode(),
            )


def _read_ahead(states: States, batch: Sequence[tuple[Event, Arrival, Delivery, Reaction]]) -> None:
    """One query for each kind of state, whatever the batch holds."""
    for reaction in {id(one[3]): one[3] for one in batch}.values():
        events = [event for event, _, _, own in batch if own is reaction]
        for kind in reaction.reads:
            states.prefetch(kind, [event.dossier for event in events])
        if reaction.opens:
            reaction.opens(states, events)


def _heard(event: Event, at: Arrival, delivery: Delivery, decision: Decision) -> Row:
    return (
        at.event_id,
        delivery.consumer,
        type(event).__name__,
        event.dossier,
        delivery.sequence,
        at.now.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z",
        decision.result,
        to_json([*decision.reasons]).decode() if decision.reasons else None,
        bool(decision.changes or decision.facts),
    )


def append(cursor: Any, said: Sequence[Row], kind: str) -> None:
    """Facts at the end of the log, and in the queues of their readers. A row lacks its place alone."""
    if not said:
        return
    places = cursor.execute(
        "SELECT nextval('places') FROM generate_series(1, %s)", (len(said),)
    ).fetchall()
    rows = [(place, *row) for (place,), row in zip(places, said, strict=True)]
    copy(cursor, "log", COLUMNS, rows)
    if kind == QUEUE:
        queued = [(service, row[0]) for row in rows for service in READERS.get(row[1], ())]
        copy(cursor, "queue", "service, seq", queued)


def copy(cursor: Any, table: str, columns: str, rows: Iterable[Row]) -> None:
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copying:
        for row in rows:
            copying.write_row(row)


def cursor_of(connection: Connection) -> Any:
    driver: Any = connection.connection.dbapi_connection
    return driver.cursor()


if __name__ == "__main__":
    service, kind, batch = sys.argv[1:]
    print(datetime.now(UTC).isoformat(), service, flush=True)
    settings = Settings()
    consumer = part_of(service, "app").build(settings).consumer
    collect_less()
    Rival(service, settings, consumer, kind, int(batch)).serve()
