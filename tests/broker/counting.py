"""The counting service on a real server, taken apart: its consumer can be stopped between any two steps."""

import asyncio
from collections.abc import Sequence
from typing import Any

from nats.aio.client import Client
from nats.js import JetStreamContext
from sqlalchemy import Engine, select, text

from shared.contract.frontdesk import PiecesCompleted, WithdrawalRequested
from shared.contract.permissions import inbox_of
from shared.kit.bus.broker import open_broker
from shared.kit.consumer.batch import Batch
from shared.kit.consumer.consumer import Consumer
from shared.kit.consumer.relay import Relay
from shared.kit.delivery import Delivery
from shared.kit.service import Service, end_process
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.inbox_outbox import Pending
from tests.platform import PATIENCE_SECONDS, Platform, Stored
from tests.service.kit.counting import JOURNAL, NAME, PROGRAMME, TALLIES, counting_consumer
from tests.submissions import OPEN_DAY


class Crash(BaseException):
    """The process is gone at this very step: no handler of ours may catch it."""


class CrashBeforeCommit(Consumer):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        finish = self.decider.finish

        def finish_and_die(*given: Any) -> Any:
            finish(*given)
            raise Crash

        self.decider.finish = finish_and_die  # type: ignore[method-assign]


class SilentRelay(Relay):
    async def say(self, pending: Pending) -> None:
        raise Crash


class CrashBeforePublish(Consumer):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.relay = SilentRelay(self.work, self.counts)


class DeafRelay(Relay):
    async def say(self, pending: Pending) -> None:
        assert self._publisher
        await self._publisher.publish(pending.messages)
        raise Crash


class CrashBeforeConfirm(Consumer):
    """Everything is published, and nobody hears that it was."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.relay = DeafRelay(self.work, self.counts)


class CrashBeforeAck(Consumer):
    async def _acknowledge(self, _: Batch) -> None:
        raise Crash


CRASHES = (CrashBeforeCommit, CrashBeforePublish, CrashBeforeConfirm, CrashBeforeAck)


class Counting:
    """Speaks to the counting service as its holders would, and hands it what the broker delivers."""

    def __init__(self, platform: Platform, connection: Client) -> None:
        self.platform, self.connection = platform, connection
        self.engine: Engine = open_engine(platform.settings.database_url(NAME))
        self._subscription: JetStreamContext.PullSubscription | None = None

    async def open(self, kind: type[Consumer] = Consumer) -> Consumer:
        """A consumer as a new process would open it: it first publishes what an earlier one left."""
        consumer = counting_consumer(self.engine, kind)
        await consumer.open(self.connection, f"{inbox_of(NAME)}.said")
        return consumer

    async def say(self, dossier: str, reason: str = "moved away") -> None:
        body = {"candidature_id": dossier, "reason": reason}
        await self.platform.publish("holders", WithdrawalRequested, dossier, body, at=OPEN_DAY)

    async def say_pieces(self, dossier: str) -> None:
        body = {"candidature_id": dossier, "pieces": {"governance": "all"}}
        await self.platform.publish("holders", PiecesCompleted, dossier, body, at=OPEN_DAY)

    async def fetch(self, count: int) -> list[Delivery]:
        """What the broker delivers next on the durable, in order."""
        if self._subscription is None:
            js = self.connection.jetstream()
            prefix = f"{inbox_of(NAME)}.".encode()
            durable = f"{NAME}-on-frontdesk_holders"
            self._subscription = await js.pull_subscribe_bind(
                durable, stream="FRONTDESK_HOLDERS", inbox_prefix=prefix
            )
        found: list[Delivery] = []
        while len(found) < count:
            messages = await self._subscription.fetch(count - len(found), timeout=PATIENCE_SECONDS)
            found += [Delivery.of(message) for message in messages]
        return found

    async def again(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """The broker delivers the same messages once more, as after a crash without an ack."""
        for delivery in deliveries:
            await self.connection.publish(delivery.message.reply, b"-NAK")
        return await self.fetch(len(deliveries))

    def counts(self) -> dict[str, int]:
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(TALLIES.table.c.candidature_id, TALLIES.table.c.count)
            ).all()
        return {row.candidature_id: row.count for row in rows}

    def results(self) -> list[str]:
        with self.engine.connect() as connection:
            inbox = JOURNAL.inbox.c
            return list(connection.scalars(select(inbox.result).order_by(inbox.sequence)))

    def decided_ids(self) -> list[str]:
        """The ids of the facts in the outbox, in the order they were decided."""
        with self.engine.connect() as connection:
            return list(
                connection.scalars(select(JOURNAL.outbox.c.event_id).order_by(JOURNAL.outbox.c.id))
            )

    def unconfirmed(self) -> int:
        with self.engine.connect() as connection:
            return int(
                connection.scalar(text("SELECT count(*) FROM outbox WHERE sequence IS NULL")) or 0
            )

    async def said(self) -> list[Stored]:
        return await self.platform.stored("INTAKE")


def build(settings: Settings, kind: type[Consumer] = Consumer) -> Service:
    """The counting service as a whole."""
    engine = open_engine(settings.database_url(NAME))
    broker = open_broker(settings, NAME, end_process)
    service = Service(NAME, PROGRAMME, broker, counting_consumer(engine, kind, settings.rehearsal))
    service.hear(settings.front_ends)
    return service


class HeldConsumer(Consumer):
    """Notes the size of each batch, and waits at the door until it is let in."""

    sizes: list[int]
    door: asyncio.Event

    async def take(self, batch: Sequence[Delivery]) -> None:
        self.sizes.append(len(batch))
        await self.door.wait()
        await super().take(batch)
