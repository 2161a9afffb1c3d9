"""One transaction of a service: what it heard, changed and will say stands together, or not at all."""

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from shared.kit.logs.causes import cause_of
from shared.kit.storage.database import take_writer_turn
from shared.kit.storage.inbox_outbox import InboxOutbox
from shared.kit.storage.journal import Journal
from shared.kit.storage.refusals import is_away
from shared.kit.storage.said_before import SaidBefore
from shared.kit.storage.scrubbing import scrub
from shared.kit.storage.side_by_side import Beside
from shared.kit.storage.state_tables import StateTable, by_kind
from shared.kit.storage.states import States

T = TypeVar("T")
STATES_KNOWN_MAX = 20_000
REFUSAL_SECONDS = 3.0  # what is tried again comes sooner: a refusal that lasts is renewed


@dataclass(slots=True)
class Confirmations:
    """What the broker confirmed and no transaction has noted: (outbox id, place in its stream).

    `overtaken` tells that a status lies in its stream after a newer one, and is to be said again.
    """

    places: list[tuple[int, int]] = field(default_factory=list)
    overtaken: bool = False


class UnitOfWork:
    """`said_before` holds what lies in the log, while it is decided again.

    `alone`: meanwhile nobody else writes, as in a database that is made anew. States that one transaction
    read are known to the next.
    """

    def __init__(
        self,
        service: str,
        programme: str,
        engine: Engine,
        journal: Journal,
        state_tables: dict[type[Any], StateTable],
    ) -> None:
        self.engine = engine
        self.journal = journal
        self.confirmations = Confirmations()
        self.said_before: SaidBefore | None = None
        self.alone = False
        self._service = service
        self._programme = programme
        self.state_tables = state_tables | by_kind(*journal.state_tables)
        # An earlier run may have ended between an erasure and its scrubbing.
        self.unscrubbed = True
        self._refusal, self._refused_at = "", 0.0
        self._connection: Connection | None = None
        self._known: States | None = None
        self._thread = (
            None if engine.dialect.name == "sqlite" else ThreadPoolExecutor(1, "unit-of-work")
        )

    def run(self, work: Callable[[InboxOutbox, States], T], dossiers: Collection[str] = ()) -> T:
        """One transaction, with the writer's turn taken and the confirmed facts noted.

        Work that says which `dossiers` alone it changes goes on beside others of that kind, and takes the
        turn to write by itself. Raises Overlap where that did not hold: it is done again without this word.
        Its connection is kept for the next one: taking it out and giving it back took longer than its commit.
        """
        # SQLite has one writer whatever is said; what is decided again from the log goes in its order.
        together = bool(dossiers) and self._thread is not None and not self.said_before
        known = self._known
        self._known = None  # of a transaction that fails nothing is known
        if self.said_before:
            self.said_before.begin()
        try:
            connection = self._connection = self._connection or self.engine.connect()
            with connection.begin():
                beside = Beside(connection, self._service, dossiers) if together else None
                inbox_outbox = self.inbox_outbox(connection, beside)
                inbox_outbox.to_confirm = confirmed = self.confirmations.places[:]
                if not beside:
                    take_writer_turn(connection, self._service)
                    inbox_outbox.overtaken = inbox_outbox.confirm(confirmed)
                states = known or States(connection, self.state_tables, beside)
                result = work(inbox_outbox, states)
        except SQLAlchemyError as error:
            if is_away(error):
                self._open_anew()
                self._refusal, self._refused_at = cause_of(error), monotonic()
            raise
        if self.said_before:
            self.said_before.commit()
            if self.alone and states.count <= STATES_KNOWN_MAX:
                self._known = states
        del self.confirmations.places[: len(confirmed)]
        self.confirmations.overtaken |= inbox_outbox.overtaken
        return result

    @property
    def refusal(self) -> str:
        """Why the database refuses work, in its own words; empty where it lately refused none."""
        return self._refusal if monotonic() - self._refused_at < REFUSAL_SECONDS else ""

    def inbox_outbox(self, connection: Connection, beside: Beside | None = None) -> InboxOutbox:
        return InboxOutbox(
            self.journal, connection, self._service, self._programme, self.said_before, beside
        )

    def close(self) -> None:
        """Waits for the transaction under way: two threads at one connection would end the process."""
        if self._thread is None:
            self._open_anew()
        else:
            self._thread.submit(self._open_anew).result()

    def _open_anew(self) -> None:
        """After a failure all connections are: one of a file that was read-only stays so."""
        if self._connection:
            self._connection.invalidate()
            self._connection.close()
        self._connection = self._known = None
        self.engine.dispose()

    async def apart(self, work: Callable[[], T]) -> T:
        """A server is waited for by a thread.

        SQLite is at hand: two threads would only fight for the interpreter.
        """
        if self._thread is None:
            return work()
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, copy_context().run, work
        )

    async def run_apart(self, work: Callable[[InboxOutbox, States], T]) -> T:
        """One transaction, apart."""
        return await self.apart(lambda: self.run(work))

    async def scrub(self) -> None:
        """Leaves no trace of what was erased. It is tried again until it is done, at the next start too."""
        self.unscrubbed = True
        self.unscrubbed = not await self._is_scrubbed()

    async def _is_scrubbed(self) -> bool:
        owed = await self.read(lambda s: self.inbox_outbox(s.connection).scrubbing_owed())
        if owed is None:
            return True
        event_id, _ = owed
        erasable = [self.journal.waiting]
        erasable += [table.table for table in self.state_tables.values() if table.personal]
        if not await asyncio.to_thread(scrub, self.engine, erasable):
            return False
        await self.run_apart(lambda inbox_outbox, _: inbox_outbox.note_scrubbed(event_id))
        return True

    async def note_confirmed(self) -> None:
        """A transaction for the confirmed facts alone."""
        await self.run_apart(lambda *_: None)

    async def read(self, question: Callable[[States], T]) -> T:
        """Answers from what is committed; it waits for nobody."""

        def ask() -> T:
            with self.engine.connect().execution_options(reads_only=True) as connection:
                return question(States(connection, self.state_tables))

        return await asyncio.to_thread(ask)
