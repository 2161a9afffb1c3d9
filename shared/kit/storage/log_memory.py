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
        self._engine = engine
        self._journal = journal
        self._service = service
        self._empty = not inspect(engine).has_table(journal.waiting.name)

    def knows(self, event_id: str) -> bool:
        """Said, heard, or kept until what it builds on has come."""
        if self._empty:
            return False
        with self._reading() as connection:
            for table in (self._journal.inbox, self._journal.waiting, self._journal.outbox):
                id_there = table.c.event_id
                query = select(id_there).where(id_there == event_id).limit(1)
                if connection.scalar(query):
                    return True
        return False

    def furthest_heard(self, durable: Durable) -> int:
        return self._heard.get(durable.stream, 0)

    def places(self) -> list[Known]:
        places = []
        for stream in dict.fromkeys((*self._heard, *self._said)):
            furthest = max(self._heard.get(stream, 0), self._said.get(stream, 0))
            if furthest:
                places.append(self._known(stream, furthest))
        return places

    @cached_property
    def _heard(self) -> dict[str, int]:
        if self._empty:
            return {}
        furthest: dict[str, int] = {}
        with self._reading() as connection:
            for table in (self._journal.inbox.c, self._journal.waiting.c):
                query = select(table.consumer, func.max(table.sequence)).group_by(table.consumer)
                for consumer, place in connection.execute(query):
                    stream = stream_heard(consumer)
                    if stream:
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
        inbox = self._journal.inbox.c
        outbox = self._journal.outbox.c
        consumer = Durable(self._service, stream, ()).name
        said = select(outbox.event_id).where(outbox.stream == stream, outbox.sequence == place)
        heard = select(inbox.event_id).where(inbox.consumer == consumer, inbox.sequence == place)
        with self._reading() as connection:
            event_id = connection.scalar(said) or connection.scalar(heard) or ""
        return Known(self._service, stream, place, event_id)

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(reads_only=True)
