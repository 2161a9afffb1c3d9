"""Puts one service together: FastStream app, consumer, timers, and the order in which they start and stop."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from faststream import FastStream
from faststream.nats import NatsBroker
from nats.errors import Error as NatsError
from sqlalchemy import Engine

from shared.contract.asked import DecisionAsked, DiscardAsked, Nothing, RedriveAsked, WaitingAsked
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.front_ends import EMBEDDED, FrontEnd
from shared.contract.intake import CandidatureErased
from shared.contract.permissions import inbox_of
from shared.contract.question import role_told, stream_told
from shared.kit.bus.broker import open_broker
from shared.kit.bus.client import BusClient
from shared.kit.bus.drift import check_platform
from shared.kit.bus.lag import backlog_of
from shared.kit.bus.rights import check_rights
from shared.kit.bus.subscriber import AdaptivePullSubscriber, Durables
from shared.kit.consumer.consumer import Consumer
from shared.kit.consumer.continuity import check_continuity
from shared.kit.consumer.dead_letters import DeadLetters
from shared.kit.consumer.readiness import NotReady, Readiness
from shared.kit.consumer.watch import tell_waiting
from shared.kit.delivery import Arrival, Delivery
from shared.kit.errors import TooManyFailures
from shared.kit.logs.causes import cause_of
from shared.kit.logs.chain import tell_repeated
from shared.kit.memory import Spare, collect_less
from shared.kit.metrics.figures import Figure
from shared.kit.people.acts import listed_people
from shared.kit.people.readings import READ
from shared.kit.questions import Questions
from shared.kit.reactions import Reaction, Reactions
from shared.kit.settings import Settings
from shared.kit.signed_questions import SignedQuestions, noted_again
from shared.kit.storage.database import open_engine
from shared.kit.storage.journal import Journal
from shared.kit.storage.migrations import migrate
from shared.kit.storage.said_before import Retold
from shared.kit.storage.state_tables import StateTable
from shared.kit.storage.states import States
from shared.kit.traces.opening import open_traces

log = structlog.get_logger()
TICK_SECONDS = 1.0
LOOK_SECONDS = 0.5
REHEARSAL_REST_SECONDS = 0.002  # somebody waits for every service there, at each step of a season
NOTHING = Nothing()
LOOK_EVERY_TICKS = 4  # another replica says within two looks what one decided before it died
WATCH_EVERY_TICKS = 300
ERASED_AGAIN = "erased-again-"  # how the names of such decisions begin
FrontEndsNow = Callable[[], tuple[FrontEnd, ...]]
Tick = Callable[[datetime | None], Awaitable[None]]
Decide = Callable[[States, Arrival], Decision]
Retake = Callable[[Retold], Decide]


class App(FastStream):
    """FastStream's application, which also tells whether it was told to stop."""

    told_to_stop = False

    def exit(self) -> None:
        self.told_to_stop = True
        super().exit()


class ToldToStop(Exception):
    """There was nothing to stop yet: the service had not started."""


class Service:
    """One service process.

    `tick` is its timer: it announces what has no event, such as a deadline that passed.

    It is told the time to act on, or None while there is none to trust. `retakes` says, by the beginning of
    its name, how a decision that no event caused is taken again from what the log tells of it. Where nobody
    waits for its word, it rests `rest_seconds` after a few events: others gather and share one transaction.
    `opened` makes comparable what is sealed anew each time: by `table.column`, from a row.
    """

    def __init__(
        self,
        name: str,
        programme: str,
        broker: NatsBroker,
        consumer: Consumer,
        rest_seconds: float = 0.0,
    ) -> None:
        self.name = name
        self.programme = programme
        self.broker = broker
        self.consumer = consumer
        self.tick: Tick | None = None
        self.app = App(
            broker, lifespan=self._lifespan, on_shutdown=[self._leave], logger=None, serializer=None
        )
        self.broken: Exception | None = None
        self.readiness = Readiness(consumer)
        self._spare = Spare()
        self.retakes: dict[str, Retake] = {ERASED_AGAIN: self._erased_again, READ: noted_again}
        # Told which events erased somebody, and what this service said then: the log lost what came before.
        self.on_replay: Callable[[Mapping[str, Sequence[Event]]], None] = lambda _erasures: None
        self.opened: dict[str, Callable[[Any], Any]] = {}
        self.durables = Durables(broker, name, programme, rest_seconds)
        self.front_ends: FrontEndsNow = lambda: EMBEDDED
        letters = DeadLetters(programme, consumer, broker.connect, self.durables.declared)
        questions = Questions(broker, programme, name)
        self.answers = questions.answers
        self.reads = SignedQuestions(questions, consumer, programme, name).reads
        questions.answers("ready", Nothing)(self.ready)
        questions.answers("figures", Nothing)(self._figures)
        questions.answers("people", Nothing)(self._people)
        questions.answers("decided", DecisionAsked)(self._decided)
        questions.answers("waiting", WaitingAsked)(self._waiting)
        questions.answers("redrive", RedriveAsked)(letters.redrive)
        questions.answers("discard", DiscardAsked)(letters.discard)

    @asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[None]:
        traces = self.consumer.decider.traces = open_traces(self.name)
        mode = "rehearsal" if self.consumer.clock.rehearsal else "production"
        structlog.contextvars.bind_contextvars(
            service=self.name, programme=self.programme, mode=mode
        )
        connection = await self._connected()
        js = connection.jetstream()
        known = self.front_ends()
        await check_rights(connection, self.name, self.programme, known)
        await check_continuity(
            connection,
            self.consumer.work.engine,
            self.consumer.work.journal,
            self.name,
            self.programme,
            self.durables.declared.values(),
        )
        self.consumer.trust(
            await check_platform(
                js, self.name, self.programme, self.consumer.clock.rehearsal, known
            )
        )
        await self.consumer.open(connection, f"{inbox_of(self.name)}.said")
        timer = asyncio.create_task(self._keep_time())
        log.info("service started")
        try:
            yield
        finally:
            timer.cancel()
            await asyncio.gather(timer, return_exceptions=True)
            await self.consumer.settle()
            if traces:
                await asyncio.to_thread(traces.close)
            log.info("service stopped")

    async def _connected(self) -> BusClient:
        """The broker may be away for long: being told to stop ends the wait for it. Raises ToldToStop."""
        connecting = asyncio.ensure_future(self.broker.connect())
        while not (await asyncio.wait([connecting], timeout=LOOK_SECONDS))[0]:
            if self.app.told_to_stop:
                connecting.cancel()
                raise ToldToStop
        client = await connecting
        assert isinstance(client, BusClient)
        return client

    async def _leave(self) -> None:
        """From here on we close the connection ourselves: that is no accident that must end the process."""
        connection = await self.broker.connect()
        assert isinstance(connection, BusClient)
        connection.expect_close()

    async def run(self) -> int:
        """Runs until told to stop. Returns the exit code.

        With the broker away nothing can be drained: no failure.
        """
        collect_less()
        try:
            await self.app.run(sleep_time=LOOK_SECONDS)
        except (ToldToStop, NatsError):
            if not self.app.told_to_stop:
                raise
        return 1 if self.broken else 0

    def hear(self, front_ends: FrontEndsNow) -> None:
        """Declares what this service hears, from our own and from the front-ends that are registered."""
        self.front_ends = front_ends
        for subscriber in self.durables.declare(front_ends()):
            self._take(subscriber)

    async def _hear_newcomers(self) -> None:
        """A front-end that was added is heard without a restart."""
        for subscriber in self.durables.declare(self.front_ends()):
            self._take(subscriber)
            await subscriber.start()
            log.info("front-end heard", stream=subscriber.stream.name)

    def _take(self, subscriber: AdaptivePullSubscriber) -> None:
        """Hands what a durable delivers to the consumer. What fails here was not acked, and comes again."""

        async def take(batch: Sequence[Delivery]) -> None:
            try:
                await self.consumer.take(batch)
            except TooManyFailures as error:
                self._stop(error)
            except Exception as error:
                log.error("round failed", cause=cause_of(error), count=len(batch))

        subscriber.hand_to(take)

    def _stop(self, error: TooManyFailures) -> None:
        self.broken = error
        log.critical("stopping", cause=str(error))
        self.app.exit()

    async def ready(self, _asked: Nothing = NOTHING) -> dict[str, Any]:
        """Proves that it can do its work: an open connection alone proves nothing."""
        try:
            consumers, _ = await asyncio.gather(self._consumers(), self.readiness.prove())
            return {"service": self.name, "ready": True, "consumers": consumers}
        except NotReady as error:
            return {"service": self.name, "ready": False, "cause": str(error)}
        except Exception as error:  # whatever it is, it is the answer
            return {"service": self.name, "ready": False, "cause": type(error).__name__}

    async def _consumers(self) -> dict[str, int]:
        """What waits at each durable. Raises where one is gone: a subscriber would never notice."""
        durables = list(self.durables.declared.values())
        waiting = await asyncio.gather(
            *(backlog_of(self.consumer.connection, durable) for durable in durables)
        )
        return {durable.name: count for durable, count in zip(durables, waiting, strict=True)}

    async def _decided(self, asked: DecisionAsked) -> dict[str, Any]:
        """`{"event_id", "dossier"}` or `{"act"}` → what came of an event, for who said it and for staff."""
        told = stream_told(asked.asker, self.front_ends())
        if asked.act:
            return await self.consumer.decision_of_act(asked.act, told)
        return await self.consumer.decision_of(asked.event_id, asked.dossier, told)

    async def _waiting(self, asked: WaitingAsked) -> dict[str, Any]:
        """`{"limit"}` → events that came before what they build on, what each waits for, since when."""
        return await self.consumer.early_events(asked.limit)

    async def _figures(self, _asked: Nothing) -> dict[str, Any]:
        """`{}` → rows of its metrics: name, labels, value, the counts of a histogram."""
        return {"figures": [figure.as_row() for figure in await self.figures()]}

    def counted(self) -> list[Figure]:
        """Its metrics as it counted them itself, read from nowhere."""
        return list(self.consumer.counts.figures(self.name))

    async def figures(self) -> list[Figure]:
        return await self.consumer.figures()

    async def _people(self, asked: Nothing) -> dict[str, Any]:
        """`{}` → who acts on this platform, in which roles, and what waits for a second administrator.

        A front-end of reviewers is told of reviewers, the association of its own: those it lets in.
        """
        listed = partial(listed_people, role=role_told(asked.asker, self.front_ends()))
        return {"platform": self.consumer.platform, **await self.consumer.read(listed)}

    def _erased_again(self, told: Retold) -> Decide:
        """An erasure that a restored copy has not heard of, decided as if it had."""
        dossier = told.name.removeprefix(ERASED_AGAIN)
        erased = CandidatureErased(candidature_id=dossier, because="retention")
        _, reaction = self.consumer.decider.reactions.find(erased.event_type())
        return lambda states, at: reaction.decide(states, erased, at)

    async def _keep_time(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            ticks += 1
            tell_repeated()
            try:
                await self.consumer.settle()
                if ticks % LOOK_EVERY_TICKS == 0:
                    await self.consumer.look_back()
                    await self._hear_newcomers()
                    self._spare.look(self.consumer.taken)
                if ticks % WATCH_EVERY_TICKS == 0:
                    await self.consumer.read(partial(tell_waiting, self.consumer.work.journal))
                if self.tick:
                    await self.tick(await self.consumer.time())
                if ticks % LOOK_EVERY_TICKS == 0:  # last: should it fail, time is kept all the same
                    await self.consumer.try_again()
            except TooManyFailures as error:
                return self._stop(error)
            except Exception as error:  # the timer must outlive a broker or a database that is away
                log.warning("timer failed", cause=cause_of(error))


def open_database(settings: Settings, name: str) -> Engine:
    """The service's own, at the schema of this code."""
    engine = open_engine(settings.database_url(name))
    migrate(engine, name)
    return engine


def open_service(
    settings: Settings,
    name: str,
    engine: Engine,
    journal: Journal,
    state_tables: dict[type[Any], StateTable],
    table: Mapping[type[Event], Reaction],
    rest_seconds: float = 0.0,
) -> Service:
    """A service over its database: its table of reactions is what it hears, from every known front-end."""
    programme = settings.programme().id
    reactions = Reactions(name, table)
    consumer = Consumer(
        name, programme, engine, journal, state_tables, reactions, settings.rehearsal
    )
    broker = open_broker(settings, name, end_process)
    if settings.rehearsal:
        rest_seconds = min(rest_seconds, REHEARSAL_REST_SECONDS)
    service = Service(name, programme, broker, consumer, rest_seconds=rest_seconds)
    service.readiness.monitor_url = settings.nats_monitor_url
    service.readiness.authority = settings.authority_file
    service.hear(settings.front_ends)
    return service


async def end_process() -> None:
    """A connection that is closed for good cannot be served from: the supervisor starts a fresh process."""
    os._exit(3)
