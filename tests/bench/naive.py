"""The usual way, with care: one FastStream subscriber per fact; one message, one ORM transaction, one ack.

`python -m tests.bench.naive SERVICE`. The rules, the tables, the rows and the facts are the services' own:
what differs is how an event is taken, kept and passed on.

It is here for comparison: nobody runs a programme on it.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.nats import JStream, NatsBroker
from faststream.nats.annotations import NatsMessage
from faststream.nats.security import NatsNKey
from nats.js.api import ConsumerConfig
from sqlalchemy import Table, func
from sqlalchemy.orm import registry
from sqlmodel import Session, select

from deploy.loading import part_of
from shared.contract.decision import Decision
from shared.contract.eligibility import EligibilityChecked
from shared.contract.event import Event
from shared.contract.front_ends import HOLDERS
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.contract.permissions import inbox_of
from shared.contract.subjects import filter_of, stream_of, subject_of
from shared.contract.topology import HEARS, SERVICES
from shared.kit.clock import Clock
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival, Delivery
from shared.kit.errors import TooEarly
from shared.kit.ids import derived_id
from shared.kit.settings import Settings
from shared.kit.storage.state_tables import StateTable

PIPELINE = (CandidatureSubmitted, CandidatureRegistered, EligibilityChecked)
HEARD = {
    service: tuple(event for event in PIPELINE if event in HEARS[service]) for service in SERVICES
}
EARLY_SECONDS = 0.1
IDENTITY = "provisioner"  # it makes consumers of its own


class OrmBook:
    """What the rules read and change, one row at a time, through the ORM's session."""

    def __init__(
        self,
        session: Session,
        state_tables: dict[type[Any], StateTable],
        models: dict[Table, type[Any]],
    ) -> None:
        self._session, self._state_tables, self._models = session, state_tables, models

    def one(self, kind: type[Any], *key: Any) -> Any:
        return self._state(
            kind, self._session.get(self._model(kind), key if len(key) > 1 else key[0])
        )

    def many(self, kind: type[Any], keys: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], Any]:
        found = {key: self.one(kind, *key) for key in keys}
        return {key: state for key, state in found.items() if state is not None}

    def of(self, kind: type[Any], dossier: str) -> list[Any]:
        model = self._model(kind)
        rows = self._session.exec(
            select(model).where(getattr(model, str(self._state_tables[kind].dossier)) == dossier)
        )
        return [self._state(kind, row) for row in rows]

    def keep(self, state: Any) -> None:
        model = self._model(type(state))
        self._session.merge(
            model(**{field.name: getattr(state, field.name) for field in fields(state)})
        )

    def _model(self, kind: type[Any]) -> type[Any]:
        return self._models[self._state_tables[kind].table]

    def _state(self, kind: type[Any], row: Any) -> Any:
        return None if row is None else kind(*(getattr(row, field.name) for field in fields(kind)))


class NaiveService:
    """`consumer` is the real service's, of which only rules and tables are used."""

    def __init__(self, name: str, settings: Settings, consumer: Consumer) -> None:
        self.name, self.programme, self._engine = (
            name,
            settings.programme().id,
            consumer.work.engine,
        )
        self._state_tables, self._clock, self._reactions = (
            consumer.work.state_tables,
            Clock(settings.rehearsal),
            consumer.decider.reactions,
        )
        self._models = models_of(consumer)
        self._inbox, self._outbox = (
            self._models[consumer.work.journal.inbox],
            self._models[consumer.work.journal.outbox],
        )
        self.broker = NatsBroker(
            settings.nats_url,
            security=NatsNKey(settings.key_file(IDENTITY)),
            inbox_prefix=inbox_of(IDENTITY),
            logger=None,
        )
        for event_class in HEARD[name]:
            self._subscribe(event_class)

    def _subscribe(self, event_class: type[Event]) -> None:
        decide = self._reactions.find(event_class.event_type())[1].decide

        @self.broker.subscriber(
            filter_of(self.programme, event_class),
            stream=JStream(stream_of(event_class.publisher, HOLDERS), declare=False),
            durable=durable_of(self.name, event_class),
            config=ConsumerConfig(ack_wait=30),
            ack_policy=AckPolicy.MANUAL,
        )
        async def handle(event: event_class, message: NatsMessage) -> None:  # type: ignore[valid-type]
            delivery = Delivery.of(message.raw_message)
            try:
                said = self._transact(event, delivery, decide)
            except TooEarly:
                await message.nack(delay=EARLY_SECONDS)
                return
            for row in said:
                headers = {
                    "ce-id": row.event_id,
                    "ce-time": row.time.isoformat(),
                    "Nats-Msg-Id": row.event_id,
                }
                headers |= {"ce-correlationid": row.correlation_id, "ce-causationid": row.cause_id}
                await self.broker.publish(row.body, row.subject, stream=row.stream, headers=headers)
            await message.ack()

    def _transact(
        self, event: Event, delivery: Delivery, decide: Callable[..., Decision]
    ) -> list[Any]:
        """Returns the outbox rows to publish: none for an event that was heard before."""
        arrival = delivery.arrival(self._clock)
        with Session(self._engine, expire_on_commit=False) as session:
            if session.get(self._inbox, arrival.event_id):
                return []
            book = OrmBook(session, self._state_tables, self._models)
            decision = decide(book, event, arrival)
            for state in decision.changes:
                book.keep(state)
            session.add(self._heard(type(event).__name__, delivery, arrival, decision))
            said = self._said(session, arrival, decision)
            session.add_all(said)
            session.commit()
            return said

    def _heard(self, fact: str, delivery: Delivery, arrival: Arrival, decision: Decision) -> Any:
        return self._inbox(
            event_id=arrival.event_id,
            consumer=self.name,
            type=fact,
            dossier=delivery.dossier,
            sequence=delivery.sequence,
            decided_at=arrival.now,
            result=decision.result,
            reasons=[reason.model_dump() for reason in decision.reasons] or None,
            changed=bool(decision.changes or decision.facts),
        )

    def _said(self, session: Session, arrival: Arrival, decision: Decision) -> list[Any]:
        if not decision.facts:
            return []
        first = (session.scalar(select(func.max(self._outbox.id))) or 0) + 1
        return [
            self._outbox(
                id=first + index,
                event_id=derived_id(f"{self.name}/{arrival.event_id}/", index, arrival.now),
                cause_id=arrival.event_id,
                correlation_id=arrival.correlation_id,
                stream=stream_of(fact.publisher, HOLDERS),
                subject=subject_of(self.programme, fact),
                time=arrival.now.astimezone(UTC),
                body=fact.model_dump_json().encode(),
            )
            for index, fact in enumerate(decision.facts)
        ]


def durable_of(service: str, event_class: type[Event]) -> str:
    return f"naive-{service}-on-{event_class.__name__}"


def models_of(consumer: Consumer) -> dict[Table, type[Any]]:
    """The class of each table: SQLModel's for the states, plain mapped ones for inbox and outbox."""
    found: dict[Table, type[Any]] = {
        table.table: table.model for table in consumer.work.state_tables.values()
    }
    for table in (consumer.work.journal.inbox, consumer.work.journal.outbox):
        found[table] = type(str(table.name).title(), (), {})
        registry(metadata=table.metadata).map_imperatively(found[table], table)
    return found


async def serve(name: str) -> None:
    settings = Settings()
    consumer = part_of(name, "app").build(settings).consumer
    naive = NaiveService(name, settings, consumer)
    await FastStream(naive.broker, logger=None).run()


if __name__ == "__main__":
    print(datetime.now(UTC).isoformat(), sys.argv[1], flush=True)
    asyncio.run(serve(sys.argv[1]))
