"""Every query on the journal: what was heard, what was said, what waits. Used inside one transaction."""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection, delete, exists, func, select, update

from shared.contract.event import Event
from shared.contract.subjects import STATUS_STREAM, is_from_outside, stream_of, subject_of, type_of
from shared.kit.delivery import Arrival, Delivery
from shared.kit.errors import Overlap
from shared.kit.handled import ATTEMPTS_MAX, DEAD_LETTERED, Handled
from shared.kit.ids import derived_id
from shared.kit.outgoing import Outgoing
from shared.kit.storage.bulk import (
    ask,
    execute_many,
    in_one_trip,
    insert_many,
    one_row,
    select_among,
    upsert_many,
)
from shared.kit.storage.journal import Journal
from shared.kit.storage.journal_rows import inbox_row, unbroken, waiting_row
from shared.kit.storage.said_before import SaidBefore
from shared.kit.storage.side_by_side import Beside
from shared.kit.storage.states import States
from shared.kit.storage.status_order import LatestStatuses

SPEC_VERSION = "1.0"
LAST_ID_AND_WHETHER_ANYTHING_WAITS = (
    "SELECT coalesce((SELECT max(id) FROM outbox), 0), EXISTS (SELECT 1 FROM waiting)"
)
CONFIRM = "UPDATE outbox SET sequence = id + ? WHERE id BETWEEN ? AND ? AND coalesce(sequence, 0) < id + ?"

EVERY_ID = 2**63 - 1
RECOGNISED_TOGETHER = 1_000  # rows
PUT_OFF = "another try"  # what an early event waits for once its dossier is there: no name of one
REHEARSAL_ROW, READY_ROW, UNSCRUBBED_ROW = 1, 2, 3  # of the table `clock`


@dataclass(slots=True)
class Pending:
    """Outbox rows in the order they were decided, with the messages to publish."""

    ids: list[int] = field(default_factory=list)
    messages: list[Outgoing] = field(default_factory=list)


class OutboxRow(NamedTuple):
    """One fact to say, in the order of the table's columns."""

    id: int
    event_id: str
    cause_id: str
    correlation_id: str
    traceparent: str | None
    stream: str
    subject: str
    time: datetime
    body: bytes
    sequence: int | None


class InboxOutbox:
    """With `said_before`, what the log holds already is written as said; the rest stays to be said.

    `beside` others, no event is kept as early and none that waits is taken up: that is done in turn.
    `to_confirm` is noted with the turn to write; `overtaken` then tells what it tells in Confirmations.
    """

    def __init__(
        self,
        journal: Journal,
        connection: Connection,
        service: str,
        programme: str,
        said_before: SaidBefore | None = None,
        beside: Beside | None = None,
    ) -> None:
        self._journal, self._connection, self._said_before = journal, connection, said_before
        self._beside = beside
        self.to_confirm: Sequence[tuple[int, int]] = ()
        self.overtaken = False
        self._service, self._programme = service, programme
        self._found: tuple[int, bool] | None = None
        self._statuses = (
            LatestStatuses(journal.outbox, connection) if journal.says_statuses else None
        )

    def in_one_trip(self) -> AbstractContextManager[None]:
        """What is written inside goes to the database together."""
        return in_one_trip(self._connection)

    def heard(self, event_ids: Sequence[str]) -> set[str]:
        if self._beside:
            return self._beside.begin(event_ids)
        tables = [self._journal.inbox, *([self._journal.waiting] if self.anything_waits() else [])]
        column = "event_id"
        found = [
            select_among(self._connection, table, (column,), column, event_ids) for table in tables
        ]
        return {event_id for rows in found for (event_id,) in rows}

    def take_turn(self, states: States) -> None:
        """Beside others: waits until nobody else writes, and notes what was confirmed, in one trip.

        Raises Overlap where a dossier has moved, or what several want.
        """
        if not self._beside:
            return
        with in_one_trip(self._connection):
            check = self._beside.take_turn()
            looked = ask(self._connection, LAST_ID_AND_WHETHER_ANYTHING_WAITS)
            check_again = states.look_again()
            self._note(self.to_confirm)
            hidden = self._say_hidden_again(self.to_confirm)
        check()
        check_again()
        [(last_id, waits)] = looked()
        self._found = last_id, bool(waits)
        self.overtaken = hidden() > 0

    def is_dead_letter(self, event_id: str) -> bool:
        """Whether this event became a dead letter here: only such a decision is ever taken again."""
        inbox = self._journal.inbox.c
        query = select(inbox.event_id).where(
            inbox.event_id == event_id, inbox.result == DEAD_LETTERED
        )
        return self._connection.execute(query).first() is not None

    def forget(self, event_id: str) -> None:
        """A decision that is taken again gives way to the new one."""
        self._require_turn("a decision is taken again")
        inbox = self._journal.inbox
        self._connection.execute(delete(inbox).where(inbox.c.event_id == event_id))

    def write_inbox(self, decided: Collection[Handled]) -> None:
        """Raises Overlap where a dossier was changed, and no line here would tell who decides beside."""
        if self._beside and not self._beside.changed.issubset(one.dossier for one in decided):
            raise Overlap("a dossier was changed without a decision")
        insert_many(
            self._connection, self._journal.inbox, [inbox_row(handled) for handled in decided]
        )

    def write_outbox(self, decided: Iterable[Handled]) -> Pending:
        """Rows and messages of all facts, stream by stream, in the order they were decided.

        One writer at a time: the next id is free until this transaction ends.
        """
        facts = [
            (stream_of(fact.publisher), index, fact, body, handled)
            for handled in decided
            for index, (fact, body) in enumerate(
                zip(handled.decision.facts, handled.bodies, strict=True)
            )
        ]
        if not facts:
            return Pending()
        facts.sort(key=itemgetter(0))
        last_id, waits = self._looked()
        rows = [self._outbox_row(number, *fact) for number, fact in enumerate(facts, last_id + 1)]
        insert_many(self._connection, self._journal.outbox, rows)
        self._found = rows[-1].id, waits
        if self._said_before:  # what is decided again from the log is published by nobody
            return Pending()
        return Pending([row.id for row in rows], [self.message(row) for row in rows])

    def _outbox_row(
        self, number: int, stream: str, index: int, fact: Event, body: bytes, handled: Handled
    ) -> OutboxRow:
        cause: Arrival | None = handled.arrival
        time = handled.now
        # What a redrive says is said anew: under the ids of the first decision the broker would drop it.
        event_id = derived_id(
            f"{self._service}/{handled.event_id}/{handled.delivery.redriven_ns or ''}", index, time
        )
        subject = subject_of(self._programme, fact)
        place = None
        if self._said_before:
            event_id, place = self._said_before.place(handled.event_id, event_id, subject, body)
        handled.said[index] = event_id
        return OutboxRow(
            id=number,
            event_id=event_id,
            cause_id=handled.event_id,
            correlation_id=cause.correlation_id if cause else handled.event_id,
            traceparent=handled.traceparent,
            stream=stream,
            subject=subject,
            time=time,
            body=body,
            sequence=place,
        )

    def message(self, row: OutboxRow) -> Outgoing:
        headers = {
            "ce-specversion": SPEC_VERSION,
            "ce-id": row.event_id,
            "ce-type": type_of(row.subject),
            "ce-source": f"/{self._programme}/{self._service}",
            "ce-time": row.time.astimezone(UTC).isoformat(),
            "ce-correlationid": row.correlation_id,
            "ce-causationid": row.cause_id,
        }
        if row.traceparent:
            headers["traceparent"] = row.traceparent
        return Outgoing(row.stream, row.subject, row.event_id, row.body, headers)

    def pending(self, limit: int, last_id: int = EVERY_ID) -> Pending:
        """What was decided, up to this id, and is not known to be published, oldest first."""
        rows = self._unconfirmed(limit, last_id)
        if self._statuses and self._statuses.give_way(
            [(r.id, r.subject) for r in rows if r.stream == STATUS_STREAM]
        ):
            rows = self._unconfirmed(limit, last_id)
        return Pending([row.id for row in rows], [self.message(row) for row in rows])

    def _unconfirmed(self, limit: int, last_id: int) -> list[OutboxRow]:
        outbox = self._journal.outbox
        unsaid = outbox.c.sequence.is_(None), outbox.c.id <= last_id
        query = select(outbox).where(*unsaid).order_by(outbox.c.id).limit(limit)
        return [OutboxRow(*found) for found in self._connection.execute(query)]

    def look(self, until_id: int) -> tuple[int, bool]:
        """The last id of the outbox, and whether anything up to `until_id` is not known to be published."""
        outbox = self._journal.outbox.c
        unsaid = exists().where(outbox.sequence.is_(None), outbox.id <= until_id)
        found = self._connection.execute(
            select(func.coalesce(func.max(outbox.id), 0), unsaid)
        ).one()
        return found[0], bool(found[1])

    def recognise(self, said_before: SaidBefore) -> None:
        """Notes as said what is in the outbox and in the log, whether it was known to be there or not."""
        outbox = self._journal.outbox.c
        columns = select(outbox.event_id, outbox.cause_id, outbox.id, outbox.sequence)
        places = []
        for rows in self._connection.execute(columns.order_by(outbox.id)).partitions(
            RECOGNISED_TOGETHER
        ):
            pending = {row.event_id: row.id for row in rows if row.sequence is None}
            known = said_before.known({row.event_id: row.cause_id for row in rows})
            places += [
                (pending[fact.event_id], fact.place) for fact in known if fact.event_id in pending
            ]
        self.confirm(places)

    def count_pending(self) -> int:
        return int(
            one_row(self._connection, "SELECT count(*) FROM outbox WHERE sequence IS NULL")[0]
        )

    def close_replaced(self) -> None:
        """A status that a newer one replaced is in the log no more: it was said."""
        if self._statuses:
            self._statuses.close_replaced()

    def confirm(self, places: Sequence[tuple[int, int]]) -> bool:
        """Notes where each fact landed: (outbox id, place in its stream). Neighbours are one bounded range.

        What two replicas said lies at the later of both places. Returns whether a status is to be said again,
        because an older one lies after it.
        """
        self._note(places)
        return self._say_hidden_again(places)() > 0

    def _note(self, places: Sequence[tuple[int, int]]) -> None:
        ranges = [
            (offset, first, last, offset)
            for offset, run in groupby(sorted(places), key=lambda pair: pair[1] - pair[0])
            for first, last in unbroken([number for number, _ in run])
        ]
        execute_many(self._connection, CONFIRM, ranges)

    def _say_hidden_again(self, places: Sequence[tuple[int, int]]) -> Callable[[], int]:
        if not places or not self._statuses:
            return lambda: 0
        return self._statuses.say_hidden_again(min(places)[0], max(places)[0])

    def wait(self, early: Iterable[Handled], now: datetime) -> None:
        """Keeps the early events, each under what it waits for."""
        rows = [waiting_row(handled, now) for handled in early]
        if rows:
            self._require_turn("an event is early")
            upsert_many(self._connection, self._journal.waiting, rows)
            self._found = self._looked()[0], True

    def anything_waits(self) -> bool:
        """Mostly nothing does, and a whole batch need not be looked for."""
        return self._looked()[1]

    def _looked(self) -> tuple[int, bool]:
        """The last id of the outbox, and whether anything waits: asked once a transaction, together."""
        if self._found is None:
            last_id, waits = one_row(self._connection, LAST_ID_AND_WHETHER_ANYTHING_WAITS)
            self._found = last_id, bool(waits)
        return self._found

    def _require_turn(self, why: str) -> None:
        if self._beside:
            raise Overlap(why)

    def waiting_for(self, dossiers: Iterable[str]) -> list[Delivery]:
        """The early events whose time may have come, in the order they were said."""
        columns = ("stamped_ns", "sequence", "subject", "headers", "body", "stream", "consumer")
        found = list(
            select_among(self._connection, self._journal.waiting, columns, "waits_for", dossiers)
        )
        if found:
            self._require_turn("an event has waited for this")
        return [
            Delivery(
                message=None,
                subject=subject,
                headers=headers,
                data=body,
                stream=stream,
                consumer=consumer,
                attempt=ATTEMPTS_MAX,  # the broker holds it no more: a failure of its rule is final
                sequence=sequence,
                stamped_ns=stamped_ns,
            )
            for stamped_ns, sequence, subject, headers, body, stream, consumer in sorted(
                found, key=itemgetter(0, 1)
            )
        ]

    def stop_waiting(self, event_ids: Sequence[str]) -> None:
        waiting = self._journal.waiting
        self._connection.execute(delete(waiting).where(waiting.c.event_id.in_(event_ids)))

    def put_off(self, event_ids: Sequence[str]) -> None:
        """These early events wait for nothing but another try."""
        waiting = self._journal.waiting
        these = waiting.c.event_id.in_(event_ids)
        if event_ids:
            self._connection.execute(update(waiting).where(these).values(waits_for=PUT_OFF))

    def anything_is_put_off(self) -> bool:
        waits_for = self._journal.waiting.c.waits_for
        return bool(self._connection.scalar(select(exists().where(waits_for == PUT_OFF))))

    def forget_early(self, candidature_id: str) -> None:
        """What people said of an erased dossier waits no more: its bodies hold their data."""
        waiting = self._journal.waiting
        mine = waiting.c.subject.endswith(f".{candidature_id}")
        found = self._connection.execute(select(waiting.c.event_id, waiting.c.subject).where(mine))
        gone = [event_id for event_id, subject in found if is_from_outside(subject)]
        self.stop_waiting(gone)

    def owe_scrubbing(self, event_id: str, now: datetime) -> None:
        """In the transaction that erases: whoever starts after a crash finds it."""
        self._require_turn("somebody is erased")
        _, since = self.scrubbing_owed() or (None, now)
        upsert_many(self._connection, self._journal.clock, [(UNSCRUBBED_ROW, since, event_id)])

    def scrubbing_owed(self) -> tuple[str, datetime] | None:
        """The last event that erased somebody, and since when traces of somebody may still be there."""
        clock = self._journal.clock.c
        mark = select(clock.note, clock.now).where(clock.id == UNSCRUBBED_ROW)
        found = self._connection.execute(mark).first()
        return (found.note, found.now) if found else None

    def note_scrubbed(self, event_id: str) -> None:
        """Of an erasure that another replica committed meanwhile, the mark stays."""
        clock = self._journal.clock
        mark = clock.c.id == UNSCRUBBED_ROW, clock.c.note == event_id
        self._connection.execute(delete(clock).where(*mark))

    def clock(self) -> datetime | None:
        clock = self._journal.clock.c
        return self._connection.scalar(select(clock.now).where(clock.id == REHEARSAL_ROW))

    def set_clock(self, now: datetime) -> None:
        upsert_many(self._connection, self._journal.clock, [(REHEARSAL_ROW, now, None)])

    def touch(self, note: str) -> None:
        """Writes a row that nobody reads. A note that is the one before would not be written at all."""
        upsert_many(
            self._connection,
            self._journal.clock,
            [(READY_ROW, datetime.min.replace(tzinfo=UTC), note)],
        )
