"""Whatever is queued is taken at once: a lone event waits for no other, and a flood makes big batches."""

import asyncio
from collections.abc import Sequence
from contextvars import Context, copy_context
from typing import Any

import pytest
from nats.aio.msg import Msg

from deploy.provisioning.bus import provision
from shared.contract.backoffice import WaveExtended
from shared.contract.frontdesk import WithdrawalRequested
from shared.contract.topology import durables_of, stream_kind
from shared.kit.bus import subscriber as pull
from shared.kit.bus.rounds import Rounds
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import REHEARSAL_HEADER, Delivery
from shared.kit.service import Service
from shared.kit.settings import Settings
from tests.broker.counting import HeldConsumer, build
from tests.platform import Platform, until
from tests.submissions import OPEN_DAY, candidature_id

HEADER_MARKS = len("NATS/1.0\r\n: \r\n\r\n")
BATCH_MAX = durables_of("intake")[0].batch_max
REQUESTS = "$JS.API.CONSUMER.MSG.NEXT.FRONTDESK_HOLDERS.>"


def held(settings: Settings) -> Service:
    service = build(settings, HeldConsumer)
    assert isinstance(service.consumer, HeldConsumer)
    service.consumer.sizes, service.consumer.door = [], asyncio.Event()
    return service


async def say(platform: Platform, count: int = 1) -> None:
    """Side by side: what is held at the door comes again if saying the rest takes longer than an ack may."""

    async def one() -> None:
        dossier = candidature_id()
        body = {"candidature_id": dossier, "reason": "moved"}
        await platform.publish("holders", WithdrawalRequested, dossier, body, at=OPEN_DAY)

    await platform.connect("holders")
    await asyncio.gather(*(one() for _ in range(count)))


async def all_counted(platform: Platform, count: int) -> None:
    async def done() -> bool:
        return len(await platform.stored("INTAKE")) == 2 * count

    await until(done, f"{count} events are counted")


async def test_a_lone_event_is_taken_alone_while_the_request_for_many_still_stands(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FastStream's own batch would have waited until it is full, or for its timeout."""
    # On a slow machine it would be over meanwhile.
    monkeypatch.setattr(pull, "EXPIRES_SECONDS", 60.0)
    async with platform.running(held) as [service]:
        consumer: Any = service.consumer
        consumer.door.set()
        await say(platform)
        await all_counted(platform, 1)
        assert consumer.sizes == [1]
        info = (
            await (await platform.connect("provisioner"))
            .jetstream()
            .consumer_info("FRONTDESK_HOLDERS", "intake-on-frontdesk_holders")
        )
        assert info.num_waiting == 1, (
            "the request for a batch was answered in part, and is still there"
        )


class CuriousConsumer(Consumer):
    """Notes the context that it works in."""

    contexts: list[Context]

    async def take(self, batch: Sequence[Delivery]) -> None:
        self.contexts.append(copy_context())
        await super().take(batch)


async def test_a_batch_is_in_no_context_which_a_timer_would_keep_until_its_time_is_over(
    platform: Platform,
) -> None:
    """Even a cancelled one: seconds of batches would stay in memory. FastStream's own way has it there."""
    async with platform.running(lambda settings: build(settings, CuriousConsumer)) as [service]:
        consumer: Any = service.consumer
        consumer.contexts = []
        await say(platform)
        await all_counted(platform, 1)
    [context] = consumer.contexts
    names = {variable.name for variable in context}
    assert "message" not in names
    assert "structlog_programme" in names, "whoever logs knows who speaks"


async def test_messages_of_the_largest_size_are_fetched_among_others(platform: Platform) -> None:
    """A fetch has room for one of them at least: what has none would never be fetched."""
    largest = stream_kind(WithdrawalRequested.publisher).message_bytes_max
    async with platform.running(build):
        for _ in range(2):
            dossier = candidature_id()
            headers = len(REHEARSAL_HEADER) + len(OPEN_DAY) + HEADER_MARKS
            body = b"x" * (largest - headers)
            await platform.publish("holders", WithdrawalRequested, dossier, body, at=OPEN_DAY)
            await say(platform, 3)
        await all_counted(platform, 6)
        assert len(await platform.dead_letters(2)) == 2


async def test_what_queued_up_meanwhile_is_taken_together(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody asks again while the first is at the door.
    monkeypatch.setattr(pull, "EXPIRES_SECONDS", 60.0)
    async with platform.running(held) as [service]:
        consumer: Any = service.consumer
        await say(platform)
        await until(lambda: _true(consumer.sizes == [1]), "the first is at the door")
        await say(platform, 100)
        await arrived(platform, 101)
        consumer.door.set()
        # One that was held beyond its ack wait comes twice, and counts once.
        await all_counted(platform, 101)
        assert len(consumer.sizes) <= 4, consumer.sizes


async def test_what_several_streams_brought_is_decided_together(platform: Platform) -> None:
    async with platform.running(held) as [service]:
        consumer: Any = service.consumer
        await say(platform)
        await until(lambda: _true(consumer.sizes == [1]), "the first is at the door")
        await say(platform)
        actor = {"id": "officer-1", "role": "director"}
        extended = {"wave": "2020-4", "closes_on": "2020-12-31", "actor": actor, "reason": "snow"}
        await platform.publish("officers", WaveExtended, "2020-4", extended, at=OPEN_DAY)
        await until(lambda: _true(at_hand(service) == 2), "one of each stream has come")
        consumer.door.set()
        await all_counted(platform, 2)
        assert consumer.sizes == [1, 2]


async def test_a_flood_never_makes_a_batch_bigger_than_its_limit(platform: Platform) -> None:
    await say(platform, BATCH_MAX + 50)
    async with platform.running(held) as [service]:
        consumer: Any = service.consumer
        consumer.door.set()
        await all_counted(platform, BATCH_MAX + 50)
        assert max(consumer.sizes) <= BATCH_MAX
        assert sum(consumer.sizes) == BATCH_MAX + 50


async def test_while_a_large_batch_is_decided_two_more_are_asked_for(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a slow machine some come twice, since they waited at the door for longer than an ack may take."""
    # Nobody asks again while the first is at the door.
    monkeypatch.setattr(pull, "EXPIRES_SECONDS", 60.0)
    asked: list[Msg] = []
    await (await platform.connect("provisioner")).subscribe(REQUESTS, cb=_note(asked))
    async with platform.running(held) as [service]:
        consumer: Any = service.consumer
        await say(platform)
        await until(lambda: _true(consumer.sizes == [1]), "the first is at the door")
        await say(platform, BATCH_MAX - 1)
        await until(
            lambda: _true(at_hand(service) >= BATCH_MAX - 1),
            "the rest of what was asked for has come",
        )
        first, consumer.door = consumer.door, asyncio.Event()
        before = len(asked)
        first.set()
        await until(lambda: _true(len(consumer.sizes) > 1), "another batch is at the door")
        assert consumer.sizes[1] >= BATCH_MAX - 1, "a large one"
        await until(
            lambda: _true(len(asked) >= before + 2), "two more are asked for, and it is still there"
        )
        consumer.door.set()
        await all_counted(platform, BATCH_MAX)


async def test_the_batch_after_a_large_one_is_taken_while_that_one_is_on_its_way(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rounds, "is_large", lambda *_: True)  # how much has come is the network's
    async with platform.running(held) as [service]:
        consumer: Any = service.consumer
        for count in (1, 2):
            await say(platform)
            await until(
                lambda count=count: _true(consumer.sizes == [1] * count), f"{count} at the door"
            )
        await say(platform)
        await arrived(platform, 3)
        assert consumer.sizes == [1, 1], "a third is taken when the first is done"
        consumer.door.set()
        await all_counted(platform, 3)


async def test_order_within_a_stream_is_kept_as_fetched(platform: Platform) -> None:
    await say(platform, BATCH_MAX + 50)
    async with platform.running(build):
        await all_counted(platform, BATCH_MAX + 50)
    asked = [stored.dossier for stored in await platform.stored("FRONTDESK_HOLDERS")]
    answered = [
        stored.dossier
        for stored in await platform.stored("INTAKE")
        if "withdrawn" in stored.subject
    ]
    assert answered == asked


async def test_a_consumer_that_is_gone_is_no_hot_loop_and_makes_the_service_unready(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "RETRY_SECONDS", 3600.0)
    asked: list[Msg] = []
    provisioner = await platform.connect("provisioner")
    subscription = await provisioner.subscribe(REQUESTS, cb=_note(asked))
    async with platform.running(build):
        await until(lambda: _true(len(asked) > 0), "the service asks")
        asked.clear()
        await provisioner.jetstream().delete_consumer(
            "FRONTDESK_HOLDERS", "intake-on-frontdesk_holders"
        )
        for _ in range(200):  # two hundred round trips: a hot loop would ask as often
            await provisioner.flush()
        assert len(asked) <= 3
        answer = await platform.ask("intake", "ready")
        assert answer == {"service": "intake", "ready": False, "cause": "NotFoundError"}
    await subscription.unsubscribe()


async def test_a_service_takes_up_its_work_when_its_consumer_is_there_again(
    platform: Platform,
) -> None:
    js = (await platform.connect("provisioner")).jetstream()
    async with platform.running(build):
        await js.delete_consumer("FRONTDESK_HOLDERS", "intake-on-frontdesk_holders")
        await say(platform)
        await provision(js, platform.programme, rehearsal=True)
        await all_counted(platform, 1)


def _note(asked: list[Msg]) -> Any:
    async def note(message: Msg) -> None:
        asked.append(message)

    return note


async def _true(condition: bool) -> bool:
    return condition


def at_hand(service: Service) -> int:
    """The messages that have come to the service and are not taken yet."""
    pulling = [
        one for one in service.broker.subscribers if isinstance(one, pull.AdaptivePullSubscriber)
    ]
    return sum(source.count for source in pulling[0].rounds._sources)


async def arrived(platform: Platform, count: int) -> None:
    """All are delivered to the service's own queue, none is acked."""

    async def delivered() -> bool:
        js = (await platform.connect("provisioner")).jetstream()
        return (
            await js.consumer_info("FRONTDESK_HOLDERS", "intake-on-frontdesk_holders")
        ).num_ack_pending == count

    await until(delivered, f"{count} events are delivered")
