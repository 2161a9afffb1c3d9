"""The consumer of a service: takes a batch of events, decides each one alone, commits once, publishes, then acks.

One transaction holds what was heard (inbox, with the decision and its reasons), the changed states, and what is to be
said (outbox). A crash between any two steps loses nothing and does nothing twice: what is not committed is delivered
again, what is committed is recognised, what is not published is published at the next start.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time_ns
from typing import Any, TypeVar

import structlog
from nats.aio.client import Client
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from shared.contract.decision import Decision
from shared.kit.bus import frames as wire
from shared.kit.bus.publisher import Publisher, PublishFailed, PublishRefused
from shared.kit.clock import Clock
from shared.kit.consumer.dead_letter_acts import with_acts
from shared.kit.consumer.decide import (
    Case,
    Outcome,
    Reactions,
    closing_line,
    decide_case,
    decided,
    delay_seconds,
    open_case,
    touched,
)
from shared.kit.consumer.decided import decision_of
from shared.kit.consumer.prefetch import prefetch
from shared.kit.consumer.said_before import SaidBefore
from shared.kit.delivery import Arrival, Delivery
from shared.kit.errors import Temporary
from shared.kit.logs import write_closing_lines
from shared.kit.people.roots import Roots, keep_founders
from shared.kit.storage.database import opened_anew, take_writer_turn
from shared.kit.storage.inbox_outbox import InboxOutbox, Pending
from shared.kit.storage.journal import Journal
from shared.kit.storage.states import States, StateTable

T = TypeVar("T")
log = structlog.get_logger()
PENDING_MAX = 1_000
UNEXPECTED_MAX = 20
PUBLISH_RETRY_SECONDS_MAX = 5.0
AWAY_SECONDS = 0.5
REFUSALS_MAX = 24  # about two minutes of answers: a cluster has chosen its leaders long before


class TooManyFailures(RuntimeError):
    """A bad deploy stops here, instead of draining every event into the dead letters, or waiting for ever unseen."""


@dataclass(slots=True)
class Batch:
    """What one transaction came to."""

    outcomes: list[Outcome] = field(default_factory=list)
    said: Pending = field(default_factory=Pending)


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
        self.service, self.engine, self.journal, self.clock = service, engine, journal, Clock(rehearsal)
        self._programme, self._reactions = programme, reactions
        self._state_tables = state_tables | {table.kind: table for table in journal.state_tables}
        self.platform = ""  # until the roots are known, no signature holds
        self._publisher: Publisher | None = None
        self._turn, self._relay_turn = asyncio.Lock(), asyncio.Lock()
        self._confirmed: list[tuple[int, int]] = []
        self.unsaid = ""  # why the broker does not take what was decided, while it does not
        self._overtaken = False  # a status lies in its stream after a newer one
        self._unexpected, self._letters_left = 0, UNEXPECTED_MAX
        self._connection: Client | None = None
        self.said_before: SaidBefore | None = None  # while what lies in the log is decided again
        self._thread = None if engine.dialect.name == "sqlite" else ThreadPoolExecutor(1, "consumer")

    async def open(self, connection: Client, inbox: str) -> None:
        """Publishes what an earlier run decided and may not have said, before anything new is taken."""
        self._connection, self._publisher = connection, Publisher(connection, inbox)
        await self._publisher.start()
        await self.remember_time()
        await self.sweep()

    async def remember_time(self) -> None:
        if seen := await self.with_record(lambda record: record.clock()):
            self.clock.advance(seen)

    def trust(self, roots: Roots) -> None:
        """Who acts on this platform before anybody is registered, and the name that signatures cover."""
        self.platform = roots.platform
        self._within(lambda _, book: keep_founders(book, roots.founders))

    async def take(self, batch: Sequence[Delivery]) -> None:
        """Handles a batch. Whatever is not acked here is delivered again.

        With the database away nothing new is taken for a moment, and all come back at once when it is there again.
        """
        try:
            sitting = await self._sit(lambda: self._transact(batch))
        except Temporary as failure:
            log.warning("database away", cause=str(failure), rows=len(batch))
            await self._answer(batch, [], AWAY_SECONDS)
            await asyncio.sleep(AWAY_SECONDS)
            return
        later = [outcome.case.delivery for outcome in sitting.outcomes if outcome.verdict == "later"]
        done = [outcome.case.delivery for outcome in sitting.outcomes if outcome.verdict != "later"]
        await self._answer(later, done)
        self._log(sitting.outcomes)
        if self._unexpected >= UNEXPECTED_MAX:
            raise TooManyFailures(f"{self._unexpected} events failed for an unknown cause: stopping")

    async def again(self, batch: Sequence[Delivery]) -> list[Outcome]:
        """Decides events as they lie in the log, and tells what came of each."""
        sitting = await self._sit(lambda: self._transact(batch))
        self._log(sitting.outcomes)
        return sitting.outcomes

    async def redrive(self, delivery: Delivery) -> Outcome:
        return (await self.again([delivery]))[0]

    async def with_record(self, work: Callable[[InboxOutbox], T]) -> T:
        """One transaction on the journal alone."""
        return await self._apart(self._within, lambda record, _: work(record))

    async def keep_act(self, event_id: str, act: Outcome) -> bool:
        """Keeps an operator's act on a dead letter. False where this event is none."""

        def keep(record: InboxOutbox, book: States) -> Batch:
            return self._finish(record, book, [act]) if record.is_dead_letter(event_id) else Batch()

        sitting = await self._sit(lambda: self._within(keep))
        self._log(sitting.outcomes)
        return bool(sitting.outcomes)

    async def time(self) -> datetime | None:
        """What a timer may act on."""
        return await self.clock.trusted(self.connection)

    async def announce(self, event_id: str, now: datetime, decide: Callable[[States, Arrival], Decision]) -> None:
        """Decides what has no event (a deadline that passed), once for ever under this id."""
        arrival = Arrival(event_id, now, "", 0, "", event_id)
        delivery = Delivery(None, f"{self._programme}.{self.service}.timer.{event_id}", {}, b"", "", "timer", 1, 0, 0)
        case = Case(delivery, event_id, "Timer", delivery.dossier, arrival)
        sitting = await self._sit(lambda: self._within(lambda r, b: self._announced(r, b, case, decide)))
        self._log(sitting.outcomes)

    @property
    def connection(self) -> Client:
        assert self._connection
        return self._connection

    async def read(self, question: Callable[[States], T]) -> T:
        """Answers from what is committed; it waits for nobody."""

        def ask() -> T:
            with self.engine.connect().execution_options(reads_only=True) as connection:
                return question(States(connection, self._state_tables))

        return await asyncio.to_thread(ask)

    async def decision_of(self, event_id: str, dossier: str) -> dict[str, Any]:
        return await self.read(lambda book: decision_of(self.journal, book.connection, event_id, dossier))

    async def write(self, work: Callable[[InboxOutbox, States], T]) -> T:
        async with self._turn:
            return await self._apart(self._within, work)

    async def settle(self) -> None:
        """Notes the confirmed facts when no batch came along to do it; says again what an older status hides."""
        if self._confirmed:
            await self.write(lambda *_: None)
        if self._overtaken:
            await self.sweep()

    async def sweep(self) -> None:
        """Publishes what was decided and never confirmed: by an earlier run, or by a replica that died."""
        async with self._turn, self._relay_turn:
            self._overtaken = False
            while (said := await self._apart(self._within, lambda record, _: record.pending(PENDING_MAX))).ids:
                await self._say(said)
            await self._apart(self._within, lambda *_: None)

    async def _sit(self, transact: Callable[[], Batch]) -> Batch:
        """Commits, then publishes in the order of the commits, while the next batch is decided."""
        async with self._turn:
            sitting = await self._apart(transact)
            await self._relay_turn.acquire()
        try:
            await self._say(sitting.said)
        finally:
            self._relay_turn.release()
        return sitting

    async def _apart(self, work: Callable[..., T], *arguments: Any) -> T:
        """A server is waited for by a thread. SQLite is at hand: two threads would only fight for the interpreter."""
        if self._thread is None:
            return work(*arguments)
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def _say(self, said: Pending) -> None:
        """Publishes until the broker confirms: with the broker away, the service waits here and takes nothing new.

        Raises TooManyFailures where the broker is there and refuses a fact again and again.
        """
        if self.said_before:
            return
        assert self._publisher
        attempt = refusals = 0
        while said.letters:
            try:
                places = await self._publisher.publish(said.letters)
                self._confirmed += zip(said.ids, places, strict=True)
                self.unsaid = ""
                return
            except PublishFailed as failure:
                attempt += 1
                self.unsaid = str(failure)[:300]
                refusals = refusals + 1 if isinstance(failure, PublishRefused) else 0
                if refusals >= REFUSALS_MAX and (refused := await self._publisher.refusals(said.letters)):
                    raise TooManyFailures(refused) from failure
                log.warning("publish failed", cause=self.unsaid, attempt=attempt, count=len(said.letters))
                await asyncio.sleep(min(PUBLISH_RETRY_SECONDS_MAX, delay_seconds(attempt)))

    def _transact(self, batch: Sequence[Delivery]) -> Batch:
        cases = [self._opened(delivery) for delivery in batch]
        try:
            return self._noted(self._within(lambda record, book: self._decide(record, book, cases)))
        except OperationalError as error:
            raise Temporary(type(error.orig).__name__) from error
        except SQLAlchemyError as error:
            if len(cases) == 1:
                return self._noted(self._refused_by_database(cases[0], error))
        sittings = [self._transact_alone(case) for case in cases]  # one of them is bad: each gets its own
        said = Pending([i for s in sittings for i in s.said.ids], [m for s in sittings for m in s.said.letters])
        return Batch([outcome for sitting in sittings for outcome in sitting.outcomes], said)

    def _opened(self, delivery: Delivery) -> Case:
        return open_case(delivery, self._reactions, self.clock, self.platform)

    def _noted(self, sitting: Batch) -> Batch:
        if not self.said_before:  # how often it failed then says nothing about this code
            self._unexpected += sum(o.unexpected and o.verdict == "decided" for o in sitting.outcomes)
        return sitting

    def _transact_alone(self, case: Case) -> Batch:
        """A database that goes away half way through leaves what is committed already to be said."""
        try:
            return self._transact([case.delivery])
        except Temporary as failure:
            return Batch([Outcome(case, "later", Decision("later"), cause=str(failure))])

    def _refused_by_database(self, case: Case, error: SQLAlchemyError) -> Batch:
        """A constraint is the last belt: the event is tried again, then becomes a dead letter."""

        def refuse(*_: object) -> Decision:
            raise error

        case.reaction = self._reactions.refusing(refuse)
        self._letters_left = UNEXPECTED_MAX - self._unexpected
        try:
            return self._within(lambda record, book: self._finish(record, book, [self._decide_one(book, case)]))
        finally:
            case.reaction = None
            error.__traceback__ = None  # its frames hold the error itself, and the whole batch

    def _decide(self, record: InboxOutbox, book: States, cases: Sequence[Case]) -> Batch:
        heard = record.heard([case.event_id for case in cases])
        heard -= {c.event_id for c in cases if c.delivery.redriven_ns and record.is_dead_letter(c.event_id)}
        prefetch(book, cases)
        self._letters_left = UNEXPECTED_MAX - self._unexpected
        outcomes = []
        for case in cases:
            if case.event_id in heard:
                outcomes.append(Outcome(case, "heard-before", Decision("heard-before")))
                continue
            outcome = self._decide_one(book, case)
            if outcome.verdict != "later":
                heard.add(case.event_id)
            outcomes.append(outcome)
        self._keep_waiting(record, outcomes)
        waited = self._decide_waiting(record, book, outcomes)
        return self._finish(record, book, outcomes + waited)

    def _decide_one(self, book: States, case: Case) -> Outcome:
        outcome = decide_case(case, book)
        if outcome.unexpected and outcome.verdict == "decided":
            self._letters_left -= 1
            if self._letters_left < 0:  # too many went this way: this one stays at the broker
                return Outcome(case, "later", Decision("failed"), outcome.cause, unexpected=True)
        for state in outcome.decision.changes:
            book.keep(state)
        if case.arrival and not case.failure:
            self.clock.advance(case.arrival.now)
        return outcome

    def _decide_waiting(self, record: InboxOutbox, book: States, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Early events are decided again when something happened to what they wait for."""
        decided: list[Outcome] = []
        ready = touched(outcomes) if record.anything_waits() else set()
        while ready and (deliveries := record.waiting_for(ready)):
            cases = [self._opened(delivery) for delivery in deliveries]
            again = [self._decide_one(book, case) for case in cases]
            self._keep_waiting(record, again)
            done = [outcome for outcome in again if outcome.verdict == "decided"]
            record.stop_waiting([outcome.case.event_id for outcome in done])
            decided += done
            ready = touched(done)
        return decided

    def _keep_waiting(self, record: InboxOutbox, outcomes: Sequence[Outcome]) -> None:
        """Kept before they are looked for: what an event waits for may have come in the same batch."""
        early = [o for o in outcomes if o.verdict == "early" and not o.case.delivery.redriven_ns]
        record.wait(early, datetime.now(UTC))

    def _finish(self, record: InboxOutbox, book: States, outcomes: Sequence[Outcome]) -> Batch:
        now = datetime.now(UTC)
        outcomes = with_acts(record, outcomes)
        decided = [outcome for outcome in outcomes if outcome.verdict == "decided"]
        record.write_inbox(decided, now)
        said = record.write_outbox(decided, now)
        book.write()
        if self.clock.rehearsal and (seen := self.clock.seen()):
            record.set_clock(seen)
        return Batch(outcomes, said)

    def _announced(
        self, record: InboxOutbox, book: States, case: Case, decide: Callable[[States, Arrival], Decision]
    ) -> Batch:
        if record.heard([case.event_id]):
            return Batch()
        assert case.arrival
        decision = decide(book, case.arrival)
        for state in decision.changes:
            book.keep(state)
        outcome = decided(case, decision)
        return self._finish(record, book, [outcome, *self._decide_waiting(record, book, [outcome])])

    def _within(self, work: Callable[[InboxOutbox, States], T]) -> T:
        """One transaction, with the writer's turn taken and the confirmed facts noted."""
        with opened_anew(self.engine), self.engine.begin() as connection:
            take_writer_turn(connection, self.service)
            record = InboxOutbox(self.journal, connection, self.service, self._programme, self.said_before)
            confirmed = self._confirmed[:]
            overtaken = record.confirm(confirmed)
            result = work(record, States(connection, self._state_tables))
        del self._confirmed[: len(confirmed)]
        self._overtaken = self._overtaken or overtaken
        return result

    async def _answer(
        self, later: Iterable[Delivery], done: Iterable[Delivery], wait_seconds: float | None = None
    ) -> None:
        """Fire and forget: an ack that is lost brings the event back, and the inbox knows it."""
        naks = [
            wire.message(
                delivery.message.reply,
                b'-NAK {"delay": %d}' % int((wait_seconds or delay_seconds(delivery.attempt)) * 1e9),
            )
            for delivery in later
            if delivery.message is not None
        ]
        acks = [wire.message(delivery.message.reply, wire.ACK) for delivery in done if delivery.message is not None]
        if self._connection and (naks or acks):
            await wire.send(self._connection, naks + acks)

    def _log(self, outcomes: Sequence[Outcome]) -> None:
        if self.said_before:
            return
        now_ns = time_ns()
        write_closing_lines(self.service, [closing_line(outcome, now_ns) for outcome in outcomes])
