"""The consumer of a service: takes a batch, decides each event alone, commits once, publishes, then acks.

One transaction holds what was heard (inbox, with the decision and its reasons), the changed states, and what
is to be said (outbox). A crash between any two steps loses nothing and does nothing twice: what is not
committed comes again, what is committed is recognised, what is not published is published at the next start.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from time import perf_counter, time_ns
from typing import Any, TypeVar

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from shared.contract.decision import Decision
from shared.kit.bus import frames
from shared.kit.bus.client import BusClient
from shared.kit.clock import Clock
from shared.kit.consumer.batch import Batch, Decider, SideBySide, together
from shared.kit.consumer.closing import closing_lines
from shared.kit.consumer.decide import delay_seconds
from shared.kit.consumer.relay import Relay
from shared.kit.consumer.watch import tell_lag
from shared.kit.delivery import Arrival, Delivery
from shared.kit.errors import Overlap, Temporary, TooManyFailures
from shared.kit.handled import DOSSIER_MAX, EVENT_ID_MAX, Handled, own_dossiers
from shared.kit.logs.causes import cause_of
from shared.kit.logs.chain import line_head, write_closing_lines
from shared.kit.logs.outputs import OUTPUTS
from shared.kit.metrics.catalogue import CLOCK_APART, OUTBOX_AGE
from shared.kit.metrics.counts import Counts
from shared.kit.metrics.figures import Figure
from shared.kit.metrics.reading import journal_figures
from shared.kit.people.register import CountedAct
from shared.kit.people.roots import Roots, keep_founders
from shared.kit.reactions import Reaction, Reactions
from shared.kit.storage.decided import UNDECIDED, decision_of
from shared.kit.storage.early import early_events
from shared.kit.storage.inbox_outbox import InboxOutbox
from shared.kit.storage.journal import Journal
from shared.kit.storage.refusals import is_away
from shared.kit.storage.state_tables import StateTable
from shared.kit.storage.states import States
from shared.kit.storage.unit_of_work import UnitOfWork
from shared.kit.traces.events import end_spans

T = TypeVar("T")
log = structlog.get_logger()
AWAY_SECONDS = 0.5


class Consumer:
    def __init__(
        self,
        service: str,
        programme: str,
        engine: Engine,
        journal: Journal,
        state_tables: dict[type[Any], StateTable],
        reactions: Reactions,
        rehearsal: bool = False,
    ) -> None:
        self.service = service
        self.clock = Clock(rehearsal)
        self.work = UnitOfWork(service, programme, engine, journal, state_tables)
        self.decider = Decider(reactions, self.clock)
        self.counts = Counts()
        self.relay = Relay(self.work, self.counts)
        self.taken = 0  # events, since the process started
        self._programme = programme
        self._turn = asyncio.Lock()
        self._side_by_side = SideBySide()
        self._seen_id = 0  # of the outbox, at the last look
        self._connection: BusClient | None = None

    async def open(self, connection: BusClient, inbox: str) -> None:
        """Publishes what an earlier run decided and may not have said, before anything new is taken."""
        self._connection = connection
        await self.relay.open(connection, inbox)
        await self.remember_time()
        await self.sweep()

    @property
    def connection(self) -> BusClient:
        assert self._connection
        return self._connection

    @property
    def platform(self) -> str:
        """The name that signatures cover; empty until the roots are known."""
        return self.decider.platform

    def trust(self, roots: Roots) -> None:
        """Who acts on this platform before anybody is registered, and the name that signatures cover."""
        self.decider.platform = roots.platform
        self.work.run(lambda _, states: keep_founders(states, roots.founders))

    async def remember_time(self) -> None:
        if seen := await self.with_inbox_outbox(InboxOutbox.clock):
            self.clock.advance(seen)

    async def take(self, batch: Sequence[Delivery]) -> None:
        """Handles a batch. Whatever is not acked here is delivered again.

        With the database away nothing new is taken for a moment, and all come back at once when it is there
        again. Raises TooManyFailures.
        """
        self.taken += len(batch)
        tell_lag(batch)
        try:
            decided = await self._commit(lambda: self.transact(batch))
        except Temporary as failure:
            self.counts.database_failures += 1
            log.warning("database away", cause=str(failure), rows=len(batch))
            await self._send(
                [_nak(delivery, AWAY_SECONDS) for delivery in batch if delivery.message]
            )
            await asyncio.sleep(AWAY_SECONDS)
            return
        await self._acknowledge(decided)
        self._tell(decided)
        # Acknowledged first: what this batch decided well stays decided.
        if self.decider.budget.is_spent:
            raise TooManyFailures(
                f"{self.decider.budget.spent} events failed for an unknown cause: stopping"
            )

    async def again(self, batch: Sequence[Delivery]) -> list[Handled]:
        """Decides events as they lie in the log, and tells what came of each."""
        decided = await self._commit(lambda: self.transact(batch))
        self._tell(decided)
        return decided.handled

    async def redrive(self, delivery: Delivery) -> Handled:
        return (await self.again([delivery]))[0]

    async def keep_act(self, event_id: str, act: Handled) -> bool:
        """Keeps an operator's act on a dead letter. False where this event is none."""

        def keep(inbox_outbox: InboxOutbox, states: States) -> Batch:
            # Read under the writer's turn: of two operators at once, the second finds no letter.
            if not inbox_outbox.is_dead_letter(event_id):
                return Batch()
            return self.decider.finish(inbox_outbox, states, [act])

        kept = await self._commit(lambda: self.work.run(keep))
        self._tell(kept)
        return bool(kept.handled)

    async def announce(
        self, event_id: str, now: datetime, decide: Callable[[States, Arrival], Decision]
    ) -> None:
        """Decides what has no event (a deadline that passed), once for ever under this id."""
        handled = self.timer_event(event_id, now)
        announced = await self._commit(
            lambda: self.work.run(lambda i, s: self.decider.announce(i, s, handled, decide))
        )
        self._tell(announced)

    def timer_event(self, event_id: str, now: datetime) -> Handled:
        """Its id stands where a dossier does too, as far as there is room. Raises ValueError: too long."""
        # SQLite would keep it: PostgreSQL alone would refuse it, at each tick.
        if len(event_id) > EVENT_ID_MAX:
            raise ValueError(
                f"{event_id} is longer than {EVENT_ID_MAX} characters: no table keeps it"
            )
        arrival = Arrival(event_id, now, "", 0, "", event_id)
        subject = f"{self._programme}.{self.service}.timer.{event_id}"
        delivery = Delivery(None, subject, {}, b"", "", "timer", 1, 0, 0)
        dossier = delivery.dossier[:DOSSIER_MAX]
        return self.decider.traced(Handled(delivery, event_id, "Timer", dossier, arrival))

    async def time(self) -> datetime | None:
        """What a timer may act on."""
        return await self.clock.trusted(self.connection)

    async def read(self, question: Callable[[States], T]) -> T:
        """Answers from what is committed; it waits for nobody."""
        return await self.work.read(question)

    async def decision_of(self, event_id: str, dossier: str, told: str) -> dict[str, Any]:
        return await self.read(
            lambda states: decision_of(
                self.work.journal, states.connection, event_id, dossier, told
            )
        )

    async def decision_of_act(self, act: str, told: str) -> dict[str, Any]:
        """The same, of the event that a signed act id counted with."""

        def decided(states: States) -> dict[str, Any]:
            counted = states.one(CountedAct, act)
            if counted is None:
                return UNDECIDED
            return decision_of(self.work.journal, states.connection, counted.event_id, "", told)

        return await self.read(decided)

    async def early_events(self, limit: int) -> dict[str, Any]:
        return await self.read(
            lambda states: early_events(self.work.journal, states.connection, limit)
        )

    async def figures(self) -> list[Figure]:
        """What was counted since the process started, and what is read now."""
        service = self.service
        counted = list(self.counts.figures(service))
        counted.append(Figure(OUTBOX_AGE, (service,), self.relay.waits_seconds))
        counted.append(Figure(CLOCK_APART, (service,), self.clock.apart_seconds))
        return counted + await self.read(
            lambda states: list(journal_figures(service, self.work.journal, states.connection))
        )

    async def with_inbox_outbox(self, work: Callable[[InboxOutbox], T]) -> T:
        """One transaction on inbox and outbox alone."""
        return await self.work.run_apart(lambda inbox_outbox, _: work(inbox_outbox))

    async def write(self, work: Callable[[InboxOutbox, States], T]) -> T:
        """One transaction that no batch is decided beside."""
        async with self._turn:
            return await self.work.run_apart(work)

    async def settle(self) -> None:
        """Notes confirmed facts where no batch came to do it; says again what an older status hides."""
        if self.work.unscrubbed:
            await self.work.scrub()
        if self.work.confirmations.places:
            async with self._turn:
                await self.work.note_confirmed()
        if self.work.confirmations.overtaken:
            await self.sweep()

    async def look_back(self) -> None:
        """Publishes what was decided before the last look and is still not confirmed: its replica died.

        What was decided since is on its way. Said by both, it would only keep both from deciding.
        """
        until_id = self._seen_id

        def look(states: States) -> tuple[int, bool]:
            return self.work.inbox_outbox(states.connection).look(until_id)

        self._seen_id, unsaid = await self.read(look)
        if unsaid:
            await self.sweep(until_id)

    async def try_again(self) -> None:
        """Decides what was early, and was put off when its time came: as by a replica too old to know it."""
        if not await self.read(
            lambda states: self.work.inbox_outbox(states.connection).anything_is_put_off()
        ):
            return
        self._tell(
            await self._commit(lambda: self._counted(self.work.run(self.decider.decide_put_off)))
        )

    async def sweep(self, last_id: int | None = None) -> None:
        """Publishes what was decided, up to this id, and never confirmed; nothing is decided meanwhile."""
        async with self._turn:
            await self.relay.sweep(last_id)

    async def _commit(self, transact: Callable[[], Batch]) -> Batch:
        """Commits, then publishes in the order of the commits, while the next batch is decided."""
        async with self._turn:
            started = perf_counter()
            batch = await self.work.apart(transact)
            self.counts.transaction.add(perf_counter() - started)
            if batch.forgets:
                await self.work.scrub()
            # Taken before the own turn ends: batches are published in the order of their commits.
            await self.relay.turn.acquire()
        try:
            await self.relay.say(batch.pending)
        finally:
            self.relay.turn.release()
        return batch

    def transact(self, deliveries: Sequence[Delivery], in_turn: bool = False) -> Batch:
        """Decides and commits, one bad event apart from the others.

        Beside other replicas where each event is of its dossier alone, unless `in_turn`. Raises Temporary
        with the database away.
        """
        batch = [self.decider.read(delivery) for delivery in deliveries]
        dossiers = set() if in_turn else self._own_dossiers(batch)
        try:
            decided = self.work.run(lambda i, s: self.decider.decide(i, s, batch), dossiers)
            if dossiers:
                self._side_by_side.held()
            return self._counted(decided)
        except Overlap:
            self._side_by_side.failed()
            return self.transact(deliveries, in_turn=True)
        except SQLAlchemyError as error:
            if is_away(error):
                raise Temporary(cause_of(error)) from error
            # Alone, the refusal is this event's own; among others nobody can tell whose it is.
            if len(batch) == 1:
                return self._counted(self._refused_by_database(batch[0], error))
        # One is bad: each gets its own.
        return together([self._transact_alone(delivery) for delivery in deliveries])

    def _own_dossiers(self, batch: Sequence[Handled]) -> set[str]:
        """Those that are decided beside other replicas; none where that is not tried."""
        dossiers = own_dossiers(batch)
        return dossiers if dossiers and self._side_by_side.is_tried() else set()

    def _counted(self, batch: Batch) -> Batch:
        """How often what is decided again from the log failed, says nothing about this code."""
        if not self.work.said_before:
            self.decider.budget.commit(batch)
        return batch

    def _transact_alone(self, delivery: Delivery) -> Batch:
        """A database that goes away half way through leaves what is committed already to be said."""
        try:
            return self.transact([delivery])
        except Temporary as failure:
            return Batch([self.decider.read(delivery).put_off(str(failure))])

    def _refused_by_database(self, handled: Handled, error: SQLAlchemyError) -> Batch:
        """A constraint is the last belt: the event is tried again, then becomes a dead letter."""

        def refuse(*_: object) -> Decision:
            raise error

        handled.reaction = Reaction(refuse)
        try:
            return self.work.run(lambda i, s: self.decider.decide_alone(i, s, handled))
        finally:
            handled.reaction = None
            error.__traceback__ = None  # its frames hold the error itself, and the whole batch

    async def _acknowledge(self, batch: Batch) -> None:
        """Fire and forget: an ack that is lost brings the event back, and the inbox knows it."""
        heard = [handled for handled in batch.handled if handled.delivery.message is not None]
        later = [one.delivery for one in heard if one.verdict == "later"]
        done = [one.delivery for one in heard if one.verdict != "later"]
        naks = [_nak(delivery, delay_seconds(delivery.attempt)) for delivery in later]
        await self._send(naks + [frames.ack(delivery.message.reply) for delivery in done])

    async def _send(self, answers: Sequence[bytes]) -> None:
        if self._connection and answers:
            await self._connection.send(answers)

    def _tell(self, batch: Batch) -> None:
        """Counts, closing lines, spans; what is decided again from the log was told when it happened."""
        if self.work.said_before or not batch.handled:
            return
        now_ns = time_ns()
        self.counts.count(batch.handled, now_ns)
        write_closing_lines(closing_lines(batch.handled, line_head(), now_ns, OUTPUTS.tells_info))
        if self.decider.traces:
            end_spans(batch.handled, now_ns)


def _nak(delivery: Delivery, wait_seconds: float) -> bytes:
    return frames.nak(delivery.message.reply, wait_seconds)
