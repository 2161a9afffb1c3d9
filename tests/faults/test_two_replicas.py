"""Two replicas of intake say statuses of one dossier: whoever comes last, the latest decided is kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, select

from services.intake.tables import JOURNAL, IntakeTable
from shared.contract.decision import Decision
from shared.contract.intake import DossierStatus
from shared.contract.permissions import inbox_of
from shared.contract.subjects import STATUS_STREAM
from shared.kit.bus.connection import connect
from shared.kit.consumer.consumer import Consumer
from shared.kit.consumer.relay import Relay
from shared.kit.storage.database import open_engine
from shared.kit.storage.inbox_outbox import InboxOutbox, Pending
from tests.platform import Platform, until
from tests.service.kit import counting

D = TypeVar("D", bound=Consumer)
NOW = datetime(2021, 1, 5, tzinfo=UTC)
DOSSIER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"


class PausedRelay(Relay):
    """Stops between its commit and its publication until the door opens; `dies` once it is published."""

    door: asyncio.Event
    dies = False

    async def say(self, pending: Pending) -> None:
        if pending.messages:
            await self.door.wait()
        await super().say(pending)
        if self.dies:
            self._work.confirmations.places.clear()


class PausedConsumer(Consumer):
    relay: PausedRelay

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.relay = PausedRelay(self.work, self.counts)


@asynccontextmanager
async def replica(platform: Platform, kind: type[D]) -> AsyncIterator[D]:
    engine = open_engine(platform.settings.database_url("intake"))
    IntakeTable.metadata.create_all(engine)
    consumer = kind(
        "intake", "fabriques", engine, JOURNAL, {}, counting.reactions(), rehearsal=True
    )
    consumer.clock.advance(NOW)
    connection = await connect(platform.settings, "intake")
    await consumer.open(connection, f"{inbox_of('intake')}.said")
    yield consumer
    await connection.close()
    engine.dispose()


def says(status: str) -> Callable[..., Decision]:
    fact = DossierStatus(front_end="holders", candidature_id=DOSSIER, status=status, since=None)
    return lambda _book, _at: Decision("said", facts=(fact,))


async def overtaken(paused: PausedConsumer, other: Consumer) -> None:
    """The paused replica decides first and publishes last."""
    paused.relay.door = asyncio.Event()
    older = asyncio.create_task(paused.announce("older", NOW, says("registered")))
    await until(
        lambda: other.read(lambda book: book._connection.scalar(select(JOURNAL.outbox.c.id))),
        "it is decided",
    )
    await other.announce("newer", NOW, says("withdrawn"))
    await other.settle()
    paused.relay.door.set()
    await older


async def kept(platform: Platform) -> str:
    [status] = await platform.stored(STATUS_STREAM)
    return str(status.data["status"])


async def test_a_status_that_was_published_over_a_newer_one_is_replaced_as_soon_as_it_is_noted(
    platform: Platform,
) -> None:
    async with replica(platform, PausedConsumer) as paused, replica(platform, Consumer) as other:
        await overtaken(paused, other)
        assert await kept(platform) == "registered", "nothing was tried"
        await paused.settle()
        assert await kept(platform) == "withdrawn"


async def test_a_replica_that_died_before_it_noted_the_older_status_leaves_the_newer_one_to_be_said_again(
    platform: Platform,
) -> None:
    async with replica(platform, PausedConsumer) as paused, replica(platform, Consumer) as other:
        paused.relay.dies = True
        await overtaken(paused, other)
        assert await kept(platform) == "registered", "nothing was tried"
        await other.sweep()
        assert await kept(platform) == "withdrawn"


async def decided(paused: PausedConsumer, event: str) -> "asyncio.Task[None]":
    """It is committed, and the door is shut: nobody has said it."""
    deciding = asyncio.create_task(paused.announce(event, NOW, says("registered")))
    cause = JOURNAL.outbox.c.cause_id == event
    row = select(JOURNAL.outbox.c.id).where(cause)
    await until(lambda: paused.read(lambda book: book.connection.scalar(row)), "it is decided")
    return deciding


async def test_a_replica_leaves_to_another_what_that_one_has_just_decided(
    platform: Platform,
) -> None:
    async with replica(platform, PausedConsumer) as paused, replica(platform, Consumer) as other:
        paused.relay.door = asyncio.Event()
        deciding = await decided(paused, "one")
        await other.look_back()
        assert await platform.stored(STATUS_STREAM) == []
        paused.relay.door.set()
        await deciding
        await paused.settle()
        await other.look_back()
        assert len(await platform.stored(STATUS_STREAM)) == 1
        assert not any(other.counts.publish.figure("intake").counts)


async def test_what_a_dead_replica_did_not_say_is_said_at_the_second_look(
    platform: Platform,
) -> None:
    async with replica(platform, PausedConsumer) as paused, replica(platform, Consumer) as other:
        paused.relay.door = asyncio.Event()
        deciding = await decided(paused, "one")
        deciding.cancel()
        await other.look_back()
        assert await platform.stored(STATUS_STREAM) == [], "it said what may be on its way"
        await other.look_back()
        assert await kept(platform) == "registered"


async def test_a_look_forgets_no_older_status_that_was_noted_just_before_it(
    platform: Platform,
) -> None:
    """What it says ends before the latest status, which is said again at the next tick: no look later."""
    async with replica(platform, PausedConsumer) as paused, replica(platform, Consumer) as other:
        await overtaken(paused, other)
        await paused.work.note_confirmed()
        await paused.sweep(1)
        assert await kept(platform) == "registered", "nothing was tried"
        await paused.settle()
        assert await kept(platform) == "withdrawn"


class LateRelay(Relay):
    """Something more is decided elsewhere each time it has said what it found."""

    meanwhile: Callable[[], Awaitable[object]]

    async def say(self, pending: Pending) -> None:
        await super().say(pending)
        await self.meanwhile()


async def test_a_sweep_ends_while_another_replica_decides_on(platform: Platform) -> None:
    async with replica(platform, PausedConsumer) as paused, replica(platform, Consumer) as other:
        paused.relay.door = asyncio.Event()
        deciding = [await decided(paused, "event-0")]
        late = LateRelay(other.work, other.counts)
        await late.open(other.connection, f"{inbox_of('intake')}.late")

        async def decide_one_more() -> None:
            assert len(deciding) < 3, "the sweep follows the other replica for ever"
            deciding.append(await decided(paused, f"event-{len(deciding)}"))

        late.meanwhile = decide_one_more
        await late.sweep()
        assert len(deciding) == 2
        for one in deciding:
            one.cancel()


@pytest.fixture
def outbox() -> "Outbox":
    return Outbox()


class Outbox:
    """The outbox of intake, with statuses in it: (id, dossier, place)."""

    def __init__(self) -> None:
        self.engine = open_engine("sqlite://")
        IntakeTable.metadata.create_all(self.engine)

    def holds(self, *rows: tuple[int, str, int | None]) -> None:
        empty = dict.fromkeys(JOURNAL.outbox.columns.keys(), "x") | {"time": NOW, "body": b"{}"}
        with self.engine.begin() as connection:
            for number, dossier, place in rows:
                status = {
                    "stream": STATUS_STREAM,
                    "subject": f"$KV.dossiers.{dossier}",
                    "sequence": place,
                }
                connection.execute(
                    JOURNAL.outbox.insert(),
                    empty | status | {"id": number, "event_id": f"e-{number}"},
                )

    def record(self, connection: Connection) -> InboxOutbox:
        return InboxOutbox(JOURNAL, connection, "intake", "fabriques")

    def confirm(self, *places: tuple[int, int]) -> bool:
        with self.engine.begin() as connection:
            return self.record(connection).confirm(places)

    def pending(self) -> list[int]:
        with self.engine.begin() as connection:
            return self.record(connection).pending(10).ids


def test_the_latest_is_said_again_whichever_of_the_two_is_noted_last(outbox: Outbox) -> None:
    outbox.holds((1, "c-1", None), (2, "c-1", None), (3, "c-2", None))
    assert not outbox.confirm((2, 7), (3, 8))
    assert outbox.confirm((1, 9))
    assert outbox.pending() == [2]
    outbox.holds((4, "c-3", None), (5, "c-3", None))
    assert not outbox.confirm((4, 12))
    assert outbox.confirm((5, 11))
    assert outbox.pending() == [2, 5]
    assert not outbox.confirm((2, 13), (5, 14))
    assert outbox.pending() == []


def test_a_place_that_is_noted_late_does_not_hide_a_later_one(outbox: Outbox) -> None:
    """Another replica said the older status too, and noted it before the one that said both."""
    outbox.holds((1, "c-1", None), (2, "c-1", None))
    outbox.confirm((1, 30))
    assert outbox.confirm((1, 11), (2, 20))
    assert outbox.pending() == [2]


def test_a_status_left_behind_gives_way_once_and_the_latest_is_said_again(outbox: Outbox) -> None:
    outbox.holds((1, "c-1", None), (2, "c-1", 7), (3, "c-2", None))
    assert outbox.pending() == [2, 3]
    assert not outbox.confirm((2, 9), (3, 10))
    assert outbox.pending() == []


def test_the_statuses_of_a_batch_are_found_by_their_index(outbox: Outbox) -> None:
    """Or each batch would read the whole outbox."""
    plans = []
    with outbox.engine.begin() as connection:
        record = outbox.record(connection)
        driver = connection.connection.driver_connection
        assert driver
        driver.set_trace_callback(lambda statement: plans.append(statement))
        record.confirm([(1, 1), (2, 2)])
        record.pending(10)
        driver.set_trace_callback(None)
        steps = [
            row[3]
            for sql in plans
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")
        ]
    assert any("ix_outbox_status" in step for step in steps)
    assert not [step for step in steps if step.startswith("SCAN outbox") and "INDEX" not in step]
