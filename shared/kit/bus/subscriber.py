"""A FastStream batch subscriber that never lingers: it hands over whatever is queued, at once.

FastStream's own waits until the batch is full or its time is over, and pays for a timer on each message. This
is the one place where it is replaced; declarations, lifespan and the document stay FastStream's. What it lays
around each call of a handler, nobody here asks for: a lone event paid a tenth for middlewares and contexts.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from time import monotonic
from typing import Any

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.subscriber.usecases import BatchPullStreamSubscriber
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.client import JetStreamContext

from shared.contract.front_ends import FrontEnd
from shared.contract.permissions import inbox_of
from shared.contract.topology import Durable, durables_of
from shared.kit.bus.configs import consumer_config
from shared.kit.bus.rounds import Rounds
from shared.kit.delivery import Delivery, in_order_said

# A request that brought nothing is made again, for each of some twenty consumers of an idle platform.
EXPIRES_SECONDS = 5.0
LOOK_SECONDS = 2.0  # how soon a new connection is noticed: it knows of no request
RETRY_SECONDS = 0.5
# The server drops a reader that asks for more than it keeps: it would ask for the same again, for ever.
# Two for each consumer are what a service's memory grows by. One message of the largest size has room in it.
FETCH_BYTES_MAX = 1_250_000
ENDED = ("Batch Completed", "MaxBytes")
REFUSED = ("409", "503")  # the consumer is gone, or changes hands: the broker says so at once
Take = Callable[[Sequence[Delivery]], Awaitable[None]]


class Durables:
    """A service's durables on the broker: each has an equal share of the rounds they are taken in."""

    def __init__(
        self, broker: NatsBroker, service: str, programme: str, rest_seconds: float
    ) -> None:
        self._broker, self._service, self._programme = broker, service, programme
        self._rounds = Rounds(
            max(durable.batch_max for durable in durables_of(service)), rest_seconds
        )
        self.declared: dict[str, Durable] = {}

    def declare(self, front_ends: Iterable[FrontEnd]) -> "list[AdaptivePullSubscriber]":
        """Those that are not declared yet: all at first, then those of a front-end that was added."""
        fresh = [d for d in durables_of(self._service, front_ends) if d.name not in self.declared]
        self.declared |= {durable.name: durable for durable in fresh}
        return [
            _subscriber(self._broker, durable, self._programme, self._rounds) for durable in fresh
        ]


def _subscriber(
    broker: NatsBroker, durable: Durable, programme: str, rounds: Rounds
) -> "AdaptivePullSubscriber":
    """Acks are the consumer's, nobody else's."""
    declared: Any = broker.subscriber(
        # Declared from here, a stream would lose its limits and its window, which are its owner's.
        stream=JStream(durable.stream, declare=False),
        durable=durable.name,
        config=consumer_config(durable, programme),
        pull_sub=PullSub(batch_size=durable.batch_max, batch=True),
        # FastStream's own default ends a message for good at its first error.
        ack_policy=AckPolicy.MANUAL,
        # Without one of its own it would start and hear nothing: the broker's prefix does not reach it.
        inbox_prefix=f"{inbox_of(durable.service)}.".encode(),
        title=durable.name,
        include_in_schema=False,
    )
    declared.__class__ = AdaptivePullSubscriber
    declared.rounds = rounds
    return declared  # type: ignore[no-any-return]


class AdaptivePullSubscriber(BatchPullStreamSubscriber):
    """Keeps a pull request outstanding and takes what has come, up to the batch size."""

    rounds: Rounds
    take: Take

    def hand_to(self, take: Take) -> None:
        self.take = take
        self(take)  # FastStream starts no subscriber without a handler

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
        """Whichever durable brings something first has a round played: what the others brought goes along."""
        assert self.subscription
        puller = _Puller(self.subscription, self.pull_sub.batch_size)
        self.rounds.join(puller)
        while self.running:
            try:
                await puller.wait()
            except NatsError:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if self.running:
                await self.rounds.play(self._hand_over)

    async def _hand_over(self, messages: Sequence[Msg]) -> None:
        """Only takes the deliveries apart: each body is read later, so that a bad event spoils no other.

        Under FastStream's lock: a subscriber that is stopped waits for it, and takes nothing new.
        """
        with self.lock:
            if self.running:
                await self.take(in_order_said([Delivery.of(message) for message in messages]))


class _Puller:
    """`_credit` is how many messages the broker may still send on the requests it holds."""

    def __init__(self, subscription: JetStreamContext.PullSubscription, batch_max: int) -> None:
        self._subscription, self._batch_max = subscription, batch_max
        self._inner: Any = subscription._sub
        self._queue: asyncio.Queue[Msg] = self._inner._pending_queue
        self._at_hand: list[Msg] = []
        self._connection = subscription._nc
        self._credit = self._reconnects = 0
        self._lost_at = 0.0

    @property
    def count(self) -> int:
        return len(self._at_hand) + int(self._queue.qsize())

    async def wait(self) -> None:
        """Returns when something is there, or when nothing came for a while."""
        await self._ask(self._batch_max // 2)
        if self._at_hand:
            return
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                first = await self._queue.get()
        except TimeoutError:
            return
        self._sort(first)
        if _is_refusal(first):
            await asyncio.sleep(RETRY_SECONDS)

    async def drain(self, count_max: int, ahead: bool) -> list[Msg]:
        while len(self._at_hand) < count_max and not self._queue.empty():
            self._sort(self._queue.get_nowait())
        taken, self._at_hand = self._at_hand[:count_max], self._at_hand[count_max:]
        await self._ask(self._batch_max if ahead else self._batch_max // 2)
        return taken

    async def _ask(self, credit_min: int) -> None:
        reconnects = self._connection.stats["reconnects"]
        # A request is lost with the server or the connection that held it. What lies here was asked for, too.
        is_lost = monotonic() > self._lost_at and not self.count
        if is_lost or reconnects != self._reconnects:
            self._reconnects, self._credit = reconnects, 0
        request = {
            "batch": self._batch_max,
            "max_bytes": FETCH_BYTES_MAX,
            "expires": int(EXPIRES_SECONDS * 1e9),
        }
        while self._credit <= credit_min:
            await self._connection.publish(
                self._subscription._nms, json.dumps(request).encode(), self._subscription._deliver
            )
            self._credit += self._batch_max
            self._lost_at = monotonic() + EXPIRES_SECONDS + 1

    def _sort(self, message: Msg) -> None:
        self._inner._pending_size -= len(message.data)
        status = JetStreamContext.is_status_msg(message)
        if status is None:
            self._credit -= 1
            self._at_hand.append(message)
            return
        unused = (message.headers or {}).get("Nats-Pending-Messages")
        if unused:
            self._credit = max(0, self._credit - int(unused))
        elif _is_refusal(message):
            self._credit = 0


def _is_refusal(message: Msg) -> bool:
    """Told by its words: a request that ends as it should, full or out of room, has the same number."""
    described = (message.headers or {}).get("Description", "")
    return JetStreamContext.is_status_msg(message) in REFUSED and not any(
        end in described for end in ENDED
    )
