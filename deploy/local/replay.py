"""Brings an older copy of a service's database up to date from the log, with the service stopped."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from heapq import heappop, heappush
from typing import Any

from nats.aio.client import Client

from deploy.loading import part_of
from deploy.local.log_reading import Stored, read_stream
from shared.contract.audience import covers
from shared.contract.notify import EventDeadLettered, EventDiscarded, EventRedriven
from shared.contract.subjects import stream_of
from shared.contract.topology import DEAD_LETTERS, TABLE, Durable, durables_of
from shared.kit.bus.connection import connect
from shared.kit.bus.log_places import message_at
from shared.kit.bus.provisioning import MODE, check_platform
from shared.kit.bus.subscriber import EXPIRES_SECONDS
from shared.kit.consumer.consumer import Consumer
from shared.kit.consumer.continuity import check_stores
from shared.kit.consumer.operator_acts import discarded
from shared.kit.consumer.replay import Item, Replay, Tally
from shared.kit.delivery import Delivery
from shared.kit.handled import ATTEMPTS_MAX
from shared.kit.people.roots import ROOT_STREAM
from shared.kit.service import Service
from shared.kit.settings import Settings
from shared.kit.storage.log_memory import Memory
from shared.kit.storage.said_before import Retold, SaidBefore, SaidFact, digest_of, read_fact

POLL_SECONDS = 0.1
Telling = Callable[[int, int], None]


class ServiceRuns(RuntimeError):
    """A service that runs decides for itself: stop it first."""


@dataclass(slots=True)
class OwnWords:
    """What a service said, read from the log before anything is decided."""

    said: SaidBefore = field(default_factory=SaidBefore)
    timers: dict[str, Retold] = field(default_factory=dict)
    letters: dict[str, EventDeadLettered] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)  # of each dead letter: the event it is about
    acts: list[tuple[int, EventRedriven | EventDiscarded]] = field(default_factory=list)


async def replay(settings: Settings, service: str, tell: Telling = lambda _done, _of: None) -> Tally:
    """`tell` hears how many messages of how many are read.

    Raises ServiceRuns, OlderCopy, StoryDiffers, nats errors.
    """
    client = await connect(settings, "provisioner")
    try:
        await _refuse_running(client, service)
        config = (await client.jetstream().stream_info(ROOT_STREAM)).config
        rehearsal = (config.metadata or {}).get(MODE) == "rehearsal"
        built: Service = part_of(service, "app").build(settings.model_copy(update={"rehearsal": rehearsal}))
        try:
            return await _replay(client, built, tell)
        finally:
            built.consumer.work.engine.dispose()
    finally:
        await client.close()


async def _replay(client: Client, service: Service, tell: Telling) -> Tally:
    consumer = service.consumer
    programme = service.programme
    await check_stores(client, Memory(consumer.work.engine, consumer.work.journal, service.name).places())
    known = service.front_ends()
    consumer.trust(
        await check_platform(client.jetstream(), service.name, programme, consumer.clock.rehearsal, known)
    )
    own = await _own_words(client, service)
    service.on_replay()
    durables = list(service.durables.declared.values())
    ends = [(await client.jetstream().stream_info(durable.stream)).state.messages for durable in durables]
    total = sum(ends)
    done = 0

    def count(read: int) -> None:
        nonlocal done
        done += read
        tell(done, total)

    events = [_events(client, durable, programme, count) for durable in durables]
    items = _merged([*events, _listed(_timers(service, own)), _listed(_acts(client, consumer, own))])
    return await Replay(consumer, own.said, own.letters).run(items)


async def _refuse_running(client: Client, service: str) -> None:
    """Who runs holds a request for the next events at the broker; that of a dead one ends by itself."""
    deadline = time.monotonic() + EXPIRES_SECONDS + 1
    durable = durables_of(service)[0]
    while (await client.jetstream().consumer_info(durable.stream, durable.name)).num_waiting:
        if time.monotonic() > deadline:
            raise ServiceRuns(f"{service} runs: stop it, then replay")
        await asyncio.sleep(POLL_SECONDS)


async def _own_words(client: Client, service: Service) -> OwnWords:
    own = OwnWords()
    source = f"/{service.programme}/{service.name}"
    for stream in TABLE:
        if service.name not in stream.written_by:
            continue
        async for stored in read_stream(client, stream.name):
            if stored.headers.get("ce-source") == source:
                _note(own, stored, service)
    return own


def _note(own: OwnWords, stored: Stored, service: Service) -> None:
    cause = stored.cause_id
    said = SaidFact(
        stored.event_id,
        cause,
        stored.stream,
        stored.sequence,
        stored.stamped_ns,
        stored.subject,
        digest_of(stored.data),
    )
    own.said.add(said, ranked=stored.stream == stream_of(service.name))
    if stored.stream == DEAD_LETTERS:
        _note_letter(own, stored)
    elif any(cause.startswith(name) for name in service.retakes):
        now = datetime.fromisoformat(stored.headers["ce-time"])
        retold = own.timers.setdefault(cause, Retold(cause, now, stored.stamped_ns))
        if fact := read_fact(stored.subject, stored.data):
            retold.facts.append(fact)


def _note_letter(own: OwnWords, stored: Stored) -> None:
    fact = read_fact(stored.subject, stored.data)
    if isinstance(fact, EventDeadLettered):
        own.letters[fact.letter_id] = fact
        own.causes[fact.letter_id] = stored.cause_id
    elif isinstance(fact, EventRedriven | EventDiscarded):
        own.acts.append((stored.stamped_ns, fact))


async def _events(
    client: Client, durable: Durable, programme: str, count: Callable[[int], None]
) -> AsyncIterator[Item]:
    """What the durable hears, from the beginning of its stream."""
    hears: dict[str, bool] = {}
    filters = durable.filters(programme)
    async for stored in read_stream(client, durable.stream):
        count(1)
        kind = stored.subject.rpartition(".")[0]
        if kind not in hears:
            hears[kind] = any(covers(pattern, stored.subject) for pattern in filters)
        if hears[kind]:
            delivery = stored.delivery(durable.name)
            yield Item(stored.stamped_ns, delivery.event_id, delivery)


def _timers(service: Service, own: OwnWords) -> list[Item]:
    items = []
    for told in own.timers.values():
        retake = next(retake for name, retake in service.retakes.items() if told.name.startswith(name))
        act = partial(service.consumer.announce, told.name, told.now, retake(told))
        items.append(Item(told.stamped_ns, told.name, act=act))
    return items


def _acts(client: Client, consumer: Consumer, own: OwnWords) -> list[Item]:
    """What operators did with dead letters, at its moment."""
    return [
        Item(stamped_ns, f"operators {number}", act=partial(_act, client, consumer, own, stamped_ns, fact))
        for number, (stamped_ns, fact) in enumerate(own.acts)
    ]


async def _act(
    client: Client, consumer: Consumer, own: OwnWords, stamped_ns: int, fact: EventRedriven | EventDiscarded
) -> None:
    if isinstance(fact, EventDiscarded):
        await consumer.keep_act(own.causes.get(fact.letter_id, ""), discarded(fact, stamped_ns))
        return
    letter = own.letters.get(fact.letter_id)
    event = await message_at(client, letter.stream, letter.sequence) if letter else None
    if letter and event:
        again = Delivery.again(event, letter.stream, letter.consumer, ATTEMPTS_MAX, fact.by, stamped_ns)
        await consumer.redrive(again)


async def _listed(items: list[Item]) -> AsyncIterator[Item]:
    for item in sorted(items, key=lambda item: item.stamped_ns):
        yield item


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
