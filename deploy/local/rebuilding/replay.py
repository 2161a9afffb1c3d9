"""Decides again what the log holds, over an older copy of a service's database, or over one made anew."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from heapq import heappop, heappush
from typing import Any

from nats.aio.client import Client
from nats.errors import NoRespondersError

from deploy.loading import part_of
from deploy.local.log.reading import Stored, read_handfuls, read_stream
from deploy.local.log.store_server import provisioner
from deploy.local.rebuilding.decided_again import Item, Replay, Tally
from shared.contract.audience import covers
from shared.contract.event import EVENTS, Event
from shared.contract.front_ends import OPERATORS
from shared.contract.intake import CandidatureErased, DossierStatus
from shared.contract.notify import EventDeadLettered, EventDiscarded, EventRedriven
from shared.contract.subjects import STATUS_STREAM, ask_subject, filter_of, stream_of, type_of
from shared.contract.topology import DEAD_LETTERS, TABLE, Durable
from shared.kit.bus.configs import MODE
from shared.kit.bus.connection import connect
from shared.kit.bus.drift import check_platform
from shared.kit.bus.log_places import message_at
from shared.kit.consumer.consumer import Consumer
from shared.kit.consumer.continuity import check_stores
from shared.kit.consumer.operator_acts import discarded
from shared.kit.delivery import Delivery, nanoseconds_of
from shared.kit.handled import ATTEMPTS_MAX
from shared.kit.memory import collect_less
from shared.kit.people.roots import ROOT_STREAM
from shared.kit.service import Service
from shared.kit.settings import Settings
from shared.kit.storage.log_memory import Memory
from shared.kit.storage.said_before import Retold, SaidBefore, SaidFact, digest_of

ANSWER_SECONDS_MAX = 1.0
# The latest statuses alone; what operators handed in again.
UNORDERED = (STATUS_STREAM, DEAD_LETTERS)
Telling = Callable[[int, int], None]
Heard = Callable[[Sequence[str]], set[str]]


class ServiceRuns(RuntimeError):
    """A service that runs decides for itself: stop it first."""


async def replay(
    settings: Settings, service: str, tell: Telling = lambda _done, _of: None
) -> Tally:
    """`tell` hears how many messages of how many are read.

    Raises ServiceRuns, OlderCopy, StoryDiffers, nats errors.
    """
    async with provisioner(settings) as client:
        await refuse_running(settings, service)
        async with built(client, settings, service) as known:
            memory = Memory(known.consumer.work.engine, known.consumer.work.journal, service)
            await check_stores(client, memory.places())
            return await decide_again(client, known, tell)


@asynccontextmanager
async def built(client: Client, settings: Settings, service: str) -> AsyncIterator[Service]:
    """The service over its database, as it decides on this platform; nothing of it is started."""
    config = (await client.jetstream().stream_info(ROOT_STREAM)).config
    rehearsal = (config.metadata or {}).get(MODE) == "rehearsal"
    found: Service = part_of(service, "app").build(
        settings.model_copy(update={"rehearsal": rehearsal})
    )
    try:
        yield found
    finally:
        found.consumer.work.close()


async def decide_again(
    client: Client, service: Service, tell: Telling, heard: Heard = lambda ids: set(ids)
) -> Tally:
    """`heard` tells which of these events are decided: all, unless it is asked what a database came from."""
    consumer = service.consumer
    known = service.front_ends()
    consumer.trust(
        await check_platform(
            client.jetstream(), service.name, service.programme, consumer.clock.rehearsal, known
        )
    )
    erasures = [erasure async for erasure in _erasures(client, service.programme)]
    collect_less()
    progress = Progress(tell, await _lengths(client, service))
    told: dict[str, list[Event]] = {erasure.cause_id: [] for erasure in erasures}
    with closing(SaidBefore({erasure.dossier for erasure in erasures})) as said:
        await _read_said(client, service, progress, said, told)
        service.on_replay(told)
        log = LogItems(client, service, said, progress, heard)
        return await Replay(consumer, said).run(log.items())


@dataclass(slots=True)
class Progress:
    """Messages read, of how many: what the service said is read first, then what it heard."""

    tell: Telling
    total: int
    done: int = 0

    def count(self, read: int) -> None:
        self.done += read
        self.tell(self.done, self.total)


async def refuse_running(settings: Settings, service: str) -> None:
    """Asks as operators do. Where nobody hears the question nobody runs; who hangs gives no answer, and runs.

    Raises ServiceRuns, NotConnected.
    """
    client = await connect(settings, OPERATORS)
    subject = ask_subject(settings.programme().id, service, "ready")
    try:
        with suppress(TimeoutError):
            await client.request(subject, timeout=ANSWER_SECONDS_MAX)
    except NoRespondersError:
        return
    finally:
        await client.close()
    raise ServiceRuns(f"{service} runs: stop it, then replay")


def _erasures(client: Client, programme: str) -> AsyncIterator[Stored]:
    """Of these dossiers the log has lost what people said: it keeps that they were erased."""
    subject = filter_of(programme, CandidatureErased)
    return read_stream(client, stream_of(CandidatureErased.publisher), subject)


async def _lengths(client: Client, service: Service) -> int:
    streams = [
        *_own_streams(service),
        *(heard.stream for heard in service.durables.declared.values()),
    ]
    return sum([(await client.jetstream().stream_info(name)).state.messages for name in streams])


def _own_streams(service: Service) -> list[str]:
    return [stream.name for stream in TABLE if service.name in stream.written_by]


async def _read_said(
    client: Client,
    service: Service,
    progress: Progress,
    said: SaidBefore,
    told: dict[str, list[Event]],
) -> None:
    """Fills `said` with all, and `told` with what was said for each of the events that it names."""
    source = f"/{service.programme}/{service.name}"
    for stream in _own_streams(service):
        async for handful in read_handfuls(client, stream):
            own = [stored for stored in handful if stored.headers.get("ce-source") == source]
            said.add(
                [
                    _fact(number, stored, service)
                    for number, stored in enumerate(own, said.count + 1)
                ]
            )
            for stored in own:
                if stored.cause_id in told and (kind := _kind_of(stored)):
                    told[stored.cause_id].append(kind.model_validate_json(stored.data))
            progress.count(len(handful))
    said.complete()


def _kind_of(stored: Stored) -> type[Event] | None:
    if stored.stream == STATUS_STREAM:
        return DossierStatus
    return EVENTS.get(type_of(stored.subject))


def _fact(number: int, stored: Stored, service: Service) -> SaidFact:
    cause = stored.cause_id
    is_letter = stored.stream == DEAD_LETTERS
    is_act = is_letter and not stored.is_of(EventDeadLettered)
    has_no_event = is_act or cause.startswith(tuple(service.retakes))
    return SaidFact(
        number,
        stored.event_id,
        cause,
        stored.stream,
        stored.sequence,
        stored.stamped_ns,
        stored.subject,
        digest_of(stored.data),
        stored.stream not in UNORDERED,
        stored.data if is_letter or has_no_event else None,
        stored.headers["ce-time"] if has_no_event else None,
    )


class LogItems:
    """What a service heard, its timers said, and operators did, merged in the order of the stamps."""

    def __init__(
        self, client: Client, service: Service, said: SaidBefore, progress: Progress, heard: Heard
    ) -> None:
        self._client, self._service, self._said = client, service, said
        self._progress, self._heard = progress, heard

    def items(self) -> AsyncIterator[Item]:
        durables = self._service.durables.declared.values()
        return _merged([*map(self._events, durables), self._without_event()])

    async def _events(self, durable: Durable) -> AsyncIterator[Item]:
        """What the durable hears. All is read: to filter by many subjects costs the server seven times it."""
        hears: dict[str, bool] = {}
        filters = durable.filters(self._service.programme)
        async for handful in read_handfuls(self._client, durable.stream):
            deliveries = []
            for stored in handful:
                kind = stored.subject.rpartition(".")[0]
                if kind not in hears:
                    hears[kind] = any(covers(pattern, stored.subject) for pattern in filters)
                if hears[kind]:
                    deliveries.append(stored.delivery(durable.name))
            self._progress.count(len(handful))
            for item in self._as_items(deliveries):
                yield item

    def _as_items(self, deliveries: Sequence[Delivery]) -> Iterator[Item]:
        names = [delivery.event_id for delivery in deliveries]
        heard = self._heard(names)
        said = self._said.of_causes(names)
        for name, delivery in zip(names, deliveries, strict=True):
            if name in heard:
                yield Item(delivery.stamped_ns, name, said.get(name, ()), delivery)

    async def _without_event(self) -> AsyncIterator[Item]:
        for said in self._said.without_event():
            name = said[0].cause_id
            if name in self._heard((name,)):
                yield Item(
                    min(fact.stamped_ns for fact in said), name, said, act=self._act(name, said)
                )

    def _act(self, name: str, said: Sequence[SaidFact]) -> Callable[[], Any]:
        """What a timer decided, or what an operator did with a dead letter."""
        facts = [fact.read() for fact in said]
        assert said[0].said_at
        now = datetime.fromisoformat(said[0].said_at)
        if isinstance(facts[0], EventDiscarded | EventRedriven):
            return partial(self._operators, facts[0], nanoseconds_of(now))
        told = Retold(name, now, [fact for fact in facts if fact])
        retake = next(
            retake for prefix, retake in self._service.retakes.items() if name.startswith(prefix)
        )
        return partial(self._service.consumer.announce, name, now, retake(told))

    async def _operators(self, act: EventDiscarded | EventRedriven, at_ns: int) -> None:
        consumer: Consumer = self._service.consumer
        subject = f"{self._service.programme}.{EventDeadLettered.event_type()}.{act.letter_id}"
        found = self._said.letter(subject)
        letter = found.read() if found else None
        if found is None or not isinstance(letter, EventDeadLettered):
            return
        if isinstance(act, EventDiscarded):
            await consumer.keep_act(found.cause_id, discarded(act, at_ns))
            return
        event = await message_at(self._client, letter.stream, letter.sequence)
        if event:
            again = Delivery.again(
                event, letter.stream, letter.consumer, ATTEMPTS_MAX, act.by, at_ns
            )
            await consumer.redrive(again)


async def _merged(sources: list[AsyncIterator[Item]]) -> AsyncIterator[Item]:
    """All of them in the order of the stamps; the order within each stays."""
    heads: list[tuple[int, int, Item]] = []
    for number, source in enumerate(sources):
        await _push(heads, number, source)
    while heads:
        _, number, item = heappop(heads)
        yield item
        await _push(heads, number, sources[number])


async def _push(heads: list[Any], number: int, source: AsyncIterator[Item]) -> None:
    if item := await anext(source, None):
        heappush(heads, (item.stamped_ns, number, item))
