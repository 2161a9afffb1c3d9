"""Every query on the journal: what was heard, what was said, what waits. Used inside one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from shared.contract.event import Event
from shared.contract.subjects import stream_of, subject_of
from shared.kit.book import upsert
from shared.kit.cases import ATTEMPTS_MAX, DEAD_LETTERED, Case, Outcome
from shared.kit.delivery import Arrival, Delivery
from shared.kit.ids import derived_id
from shared.kit.journal import Journal
from shared.kit.publisher import Letter

SPEC_VERSION = "1.0"


@dataclass(slots=True)
class Said:
    """Outbox rows in the order they were decided, with the letters to publish."""

    ids: list[int] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)


class Record:
    def __init__(self, journal: Journal, connection: Connection, service: str, programme: str) -> None:
        self._journal, self._connection = journal, connection
        self._service, self._programme = service, programme

    def heard(self, event_ids: Sequence[str]) -> set[str]:
        inbox = self._journal.inbox.c.event_id
        waiting = self._journal.waiting.c.event_id
        known = select(inbox).where(inbox.in_(event_ids)).union_all(select(waiting).where(waiting.in_(event_ids)))
        return set(self._connection.scalars(known))

    def forget_dead_letter(self, event_id: str) -> bool:
        """Whether this event had become a dead letter: only such a decision is ever taken again."""
        inbox = self._journal.inbox
        statement = delete(inbox).where(inbox.c.event_id == event_id, inbox.c.result == DEAD_LETTERED)
        return self._connection.execute(statement).rowcount > 0

    def write_inbox(self, outcomes: Iterable[Outcome], now: datetime) -> None:
        rows = [self._inbox_row(outcome, now) for outcome in outcomes]
        if rows:
            self._connection.execute(insert(self._journal.inbox), rows)

    def _inbox_row(self, outcome: Outcome, now: datetime) -> dict[str, Any]:
        case = outcome.case
        reasons = [reason.model_dump() for reason in outcome.decision.reasons]
        if outcome.cause:
            reasons.append({"code": "cause", "field": None, "message": outcome.cause})
        return {
            "event_id": case.event_id,
            "consumer": case.delivery.consumer,
            "type": case.fact[:80],
            "dossier": case.dossier,
            "sequence": case.delivery.sequence,
            "decided_at": case.arrival.now if case.arrival else now,
            "result": outcome.decision.result,
            "reasons": reasons or None,
        }

    def write_outbox(self, outcomes: Iterable[Outcome], now: datetime) -> Said:
        """Rows and letters of all facts. One writer at a time: the next id is free until this transaction ends."""
        outbox, said, rows = self._journal.outbox, Said(), []
        number = self._connection.scalar(select(func.coalesce(func.max(outbox.c.id), 0))) or 0
        for outcome in outcomes:
            for index, fact in enumerate(outcome.decision.facts):
                number += 1
                row = self._outbox_row(number, fact, index, outcome.case, now)
                rows.append(row)
                said.ids.append(number)
                said.letters.append(self._letter(row))
        if rows:
            self._connection.execute(insert(outbox), rows)
        return said

    def _outbox_row(self, number: int, fact: Event, index: int, case: Case, now: datetime) -> dict[str, Any]:
        cause: Arrival | None = case.arrival
        time = cause.now if cause else now
        return {
            "id": number,
            "event_id": derived_id(f"{self._service}/{case.event_id}/{case.delivery.redriven_ns or ''}", index, time),
            "cause_id": case.event_id,
            "correlation_id": cause.correlation_id if cause else case.event_id,
            "traceparent": cause.traceparent if cause else None,
            "stream": stream_of(fact.publisher),
            "subject": subject_of(self._programme, fact),
            "time": time,
            "body": fact.model_dump_json().encode(),
            "sequence": None,
        }

    def _letter(self, row: dict[str, Any]) -> Letter:
        headers = {
            "ce-specversion": SPEC_VERSION,
            "ce-id": row["event_id"],
            "ce-type": row["subject"].partition(".")[2].rpartition(".")[0],
            "ce-source": f"/{self._programme}/{self._service}",
            "ce-time": row["time"].astimezone(UTC).isoformat(),
            "ce-correlationid": row["correlation_id"],
            "ce-causationid": row["cause_id"],
        }
        if row["traceparent"]:
            headers["traceparent"] = row["traceparent"]
        return Letter(row["stream"], row["subject"], row["event_id"], row["body"], headers)

    def pending(self, limit: int) -> Said:
        """What was decided and is not known to be published, oldest first."""
        outbox, said = self._journal.outbox, Said()
        query = select(outbox).where(outbox.c.sequence.is_(None)).order_by(outbox.c.id).limit(limit)
        for row in self._connection.execute(query).mappings():
            said.ids.append(row["id"])
            said.letters.append(self._letter(dict(row)))
        return said

    def confirm(self, places: Sequence[tuple[int, int]]) -> None:
        """Notes where each fact landed: (outbox id, place in its stream)."""
        outbox = self._journal.outbox
        if places:
            statement = update(outbox).where(outbox.c.id == bindparam("row")).values(sequence=bindparam("place"))
            self._connection.execute(statement, [{"row": row, "place": place} for row, place in places])

    def wait(self, outcome: Outcome, now: datetime) -> None:
        delivery = outcome.case.delivery
        row = {
            "event_id": outcome.case.event_id,
            "waits_for": outcome.waits_for[:64],
            "consumer": delivery.consumer,
            "stream": delivery.stream,
            "sequence": delivery.sequence,
            "stamped_ns": delivery.stamped_ns,
            "subject": delivery.subject,
            "headers": dict(delivery.headers),
            "body": delivery.data,
            "since": now,
        }
        self._connection.execute(upsert(self._connection, self._journal.waiting), row)

    def waiting_for(self, dossiers: Iterable[str]) -> list[Delivery]:
        """The early events whose time may have come, in the order they were said."""
        waiting = self._journal.waiting
        query = select(waiting).where(waiting.c.waits_for.in_(list(dossiers)))
        return [
            Delivery(
                message=None,
                subject=row["subject"],
                headers=row["headers"],
                data=row["body"],
                stream=row["stream"],
                consumer=row["consumer"],
                attempt=ATTEMPTS_MAX,  # the broker holds it no more: a failure of its rule is final
                sequence=row["sequence"],
                stamped_ns=row["stamped_ns"],
            )
            for row in self._connection.execute(query.order_by(waiting.c.stamped_ns, waiting.c.sequence)).mappings()
        ]

    def stop_waiting(self, event_ids: Sequence[str]) -> None:
        waiting = self._journal.waiting
        self._connection.execute(delete(waiting).where(waiting.c.event_id.in_(event_ids)))

    def clock(self) -> datetime | None:
        clock = self._journal.clock.c.now
        return self._connection.scalar(select(clock).order_by(clock.desc()).limit(1))

    def set_clock(self, now: datetime) -> None:
        self._connection.execute(upsert(self._connection, self._journal.clock), {"id": 1, "now": now, "note": None})
