"""What a service's tables know of the log: each stream's furthest place, and whether an event is known."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, Engine, func, inspect, select

from shared.contract.topology import Durable, stream_heard
from shared.kit.storage.journal import Journal


@dataclass(frozen=True, slots=True)
class Known:
    """The furthest place of a stream in a service's records; `event_id` is what they know there."""

    service: str
    stream: str
    place: int
    event_id: str


class Memory:
    """Reads alone. A database that has no tables yet knows nothing."""

    def __init__(self, engine: Engine, journal: Journal, service: str) -> None:
        self._engine, self._journal, self._service = engine, journal, service
        self._empty = not inspect(engine).has_table(journal.waiting.name)

    def knows(self, event_id: str) -> bool:
        """Said, heard, or kept until what it builds on has come."""
        if self._empty:
            return False
        tables = (self._journal.inbox, self._journal.waiting, self._journal.outbox)
        with self._reading() as connection:
            return any(
                connection.scalar(select(table.c.event_id).where(table.c.event_id == event_id).limit(1))
                for table in tables
            )

    def furthest_heard(self, durable: Durable) -> int:
        return self._heard.get(durable.stream, 0)

    def places(self) -> list[Known]:
        streams = dict.fromkeys((*self._heard, *self._said))
        furthest = {stream: max(self._heard.get(stream, 0), self._said.get(stream, 0)) for stream in streams}
        return [self._known(stream, place) for stream, place in furthest.items() if place]

    @cached_property
    def _heard(self) -> dict[str, int]:
        if self._empty:
            return {}
        furthest: dict[str, int] = {}
        with self._reading() as connection:
            for table in (self._journal.inbox.c, self._journal.waiting.c):
                query = select(table.consumer, func.max(table.sequence)).group_by(table.consumer)
                for consumer, place in connection.execute(query):
                    if stream := stream_heard(consumer):
                        furthest[stream] = max(place, furthest.get(stream, 0))
        return furthest

    @cached_property
    def _said(self) -> dict[str, int]:
        if self._empty:
            return {}
        outbox = self._journal.outbox.c
        query = select(outbox.stream, func.max(outbox.sequence)).group_by(outbox.stream)
        with self._reading() as connection:
            return {stream: place or 0 for stream, place in connection.execute(query)}

    def _known(self, stream: str, place: int) -> Known:
        inbox, outbox = self._journal.inbox.c, self._journal.outbox.c
        consumer = Durable(self._service, stream, ()).name
        said = select(outbox.event_id).where(outbox.stream == stream, outbox.sequence == place)
        heard = select(inbox.event_id).where(inbox.consumer == consumer, inbox.sequence == place)
        with self._reading() as connection:
            event_id = connection.scalar(said) or connection.scalar(heard) or ""
        return Known(self._service, stream, place, event_id)

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(reads_only=True)
