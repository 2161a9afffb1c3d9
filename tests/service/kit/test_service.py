"""What a service hands to its consumer, and what it keeps of it: nothing."""

from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from typing import Any, cast

from faststream.nats import NatsBroker

from shared.kit.bus.subscriber import AdaptivePullSubscriber
from shared.kit.consumer.consumer import Consumer
from shared.kit.service import Service

Take = Callable[[Sequence[Any]], Awaitable[None]]
BATCH: ContextVar[Sequence[Any]] = ContextVar("batch")


class CuriousConsumer:
    def __init__(self) -> None:
        self.found: list[Any] = []

    async def take(self, batch: Sequence[Any]) -> None:
        self.found.append((list(batch), BATCH.get(None)))


async def test_the_consumer_works_apart_from_the_context_that_holds_the_batch_so_timers_keep_nothing() -> (
    None
):
    consumer, takers = CuriousConsumer(), list[Take]()
    service = Service("intake", "fabriques", NatsBroker(), cast(Consumer, consumer))
    service._take(cast(AdaptivePullSubscriber, takers.append))
    BATCH.set(["an event"])
    await takers[0](["an event"])
    assert consumer.found == [(["an event"], None)]
