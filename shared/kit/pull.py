"""A FastStream batch subscriber that never lingers: it hands over whatever is queued, at once.

FastStream's own waits until the batch is full or its time is over, and pays for a timer on each message. This is the
one place where it is replaced; declarations, lifespan, middlewares and the document stay FastStream's.
"""

import asyncio
import json
from typing import Any

from faststream import AckPolicy
from faststream.message import StreamMessage
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.subscriber.usecases import BatchPullStreamSubscriber
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.client import JetStreamContext

from shared.contract.permissions import inbox_of
from shared.contract.topology import Durable
from shared.kit.delivery import Delivery
from shared.kit.provisioning import consumer_config

EXPIRES_SECONDS = 2.0
RETRY_SECONDS = 0.5
FETCH_BYTES_MAX = 4 * 1024 * 1024  # two for each consumer: less than where the server drops who does not read, 64 MB
ENDED = ("Batch Completed", "MaxBytes")
REFUSED = ("409", "503")  # the consumer is gone, or changes hands: the broker says so at once


def subscriber(broker: NatsBroker, durable: Durable, programme: str) -> "AdaptivePullSubscriber":
    """Declares one durable of the topology on the broker. Acks are the desk's, nobody else's."""
    declared: Any = broker.subscriber(
        stream=JStream(durable.stream, declare=False),
        durable=durable.name,
        config=consumer_config(durable, programme),
        pull_sub=PullSub(batch_size=durable.batch_max, batch=True),
        ack_policy=AckPolicy.MANUAL,
        inbox_prefix=f"{inbox_of(durable.service)}.".encode(),
        decoder=as_deliveries,
        title=durable.name,
        include_in_schema=False,
    )
    declared.__class__ = AdaptivePullSubscriber
    return declared  # type: ignore[no-any-return]


async def as_deliveries(message: "StreamMessage[list[Msg]]") -> list[Delivery]:
    """Only takes the deliveries apart: each body is read on its own later, so that one bad event spoils no other."""
    return [Delivery.of(raw) for raw in message.raw_message]


class AdaptivePullSubscriber(BatchPullStreamSubscriber):
    """Keeps a pull request outstanding and takes what has come, up to the batch size."""

    async def _create_subscription(self) -> None:
        if self.subscription:
            return
        self.subscription = await self.jetstream.pull_subscribe_bind(
            durable=self.config.durable_name,
            stream=self.stream.name,
            inbox_prefix=self.extra_options["inbox_prefix"],
        )
        self.add_task(self._consume_pull)

    async def _consume_pull(self) -> None:
        """A large batch is decided while the one before it is published; behind a small one, others gather."""
        assert self.subscription
        puller = _Puller(self.subscription, self.pull_sub.batch_size)
        before: asyncio.Task[None] | None = None
        while self.running:
            try:
                messages = await puller.take()
            except NatsError:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if not messages or not self.running:
                continue
            current = asyncio.create_task(self.consume(messages)) if puller.is_large(messages) else None
            if before:
                await asyncio.wait((before,))
            before = current
            if not current:
                await self.consume(messages)


class _Puller:
    """`_credit` is how many messages the broker may still send on the requests it holds."""

    def __init__(self, subscription: JetStreamContext.PullSubscription, batch_max: int) -> None:
        self._subscription, self._batch_max = subscription, batch_max
        self._inner: Any = subscription._sub
        self._connection = subscription._nc
        self._credit = 0
        self._reconnects = 0

    async def take(self) -> list[Msg]:
        """Whatever is there, at once; an empty list when nothing came for a while."""
        await self._ask(self._batch_max // 2)
        queue: asyncio.Queue[Msg] = self._inner._pending_queue
        try:
            async with asyncio.timeout(EXPIRES_SECONDS + 1):
                first = await queue.get()
        except TimeoutError:
            self._credit = 0  # the request is lost, with the server or the connection that held it
            return []
        taken: list[Msg] = []
        self._sort(first, taken)
        if _is_refusal(first):
            await asyncio.sleep(RETRY_SECONDS)
        while len(taken) < self._batch_max and not queue.empty():
            self._sort(queue.get_nowait(), taken)
        if self.is_large(taken):
            await self._ask(self._batch_max)  # the next comes while this one is decided
        return taken

    def is_large(self, batch: list[Msg]) -> bool:
        return len(batch) > self._batch_max // 2

    async def _ask(self, credit_min: int) -> None:
        if self._connection.stats["reconnects"] != self._reconnects:
            self._reconnects, self._credit = self._connection.stats["reconnects"], 0
        request = {"batch": self._batch_max, "max_bytes": FETCH_BYTES_MAX, "expires": int(EXPIRES_SECONDS * 1e9)}
        while self._credit <= credit_min:
            await self._connection.publish(
                self._subscription._nms, json.dumps(request).encode(), self._subscription._deliver
            )
            self._credit += self._batch_max

    def _sort(self, message: Msg, taken: list[Msg]) -> None:
        self._inner._pending_size -= len(message.data)
        status = JetStreamContext.is_status_msg(message)
        if status is None:
            self._credit -= 1
            taken.append(message)
            return
        unused = (message.headers or {}).get("Nats-Pending-Messages")
        if unused:
            self._credit = max(0, self._credit - int(unused))
        elif _is_refusal(message):
            self._credit = 0


def _is_refusal(message: Msg) -> bool:
    """A request that ends as it should, full or without room for the next message, is answered with the same number."""
    described = (message.headers or {}).get("Description", "")
    return JetStreamContext.is_status_msg(message) in REFUSED and not any(end in described for end in ENDED)
