"""A service takes what its durables bring in rounds: one transaction for all that has come, in the order it was said.

A lone event makes a round at once. Others gather while a round is decided and published, and while the service rests.
A service that nobody waits for gives way: it rests after small rounds, that they grow, and after large ones for as
long as others want the processor and it is not far behind.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Protocol

from nats.aio.msg import Msg

REST_SECONDS_MAX = 0.5
BEHIND_MAX = 10_000  # events a durable may leave with the broker for the sake of others
HandOver = Callable[[Sequence[Msg]], Awaitable[None]]


class Source(Protocol):
    """What one durable has brought and nobody took yet."""

    @property
    def count(self) -> int: ...

    async def drain(self, count_max: int, ahead: bool) -> list[Msg]:
        """Up to so many messages, in their order; `ahead` asks the broker for the next ones at once."""


class Rounds:
    """`rests` says for how many times the length of a round the service rests after it, where it gives way."""

    def __init__(self, batch_max: int, rests: float, contended: Callable[[], bool]) -> None:
        self._batch_max, self._rests, self._contended = batch_max, rests, contended
        self._sources: list[Source] = []
        self._turn = asyncio.Lock()
        self._before: asyncio.Future[None] | None = None

    def join(self, source: Source) -> None:
        self._sources.append(source)

    async def play(self, hand_over: HandOver) -> None:
        """One round, unless another durable's has taken along what is there.

        A large one is decided while the one before it is published.
        """
        async with self._turn:
            bringing = [source for source in self._sources if source.count]
            if not bringing:
                return
            began, share = monotonic(), self._batch_max // len(bringing)
            large = self.is_large(sum(min(share, source.count) for source in bringing))
            messages = [message for source in bringing for message in await source.drain(share, ahead=large)]
            if not messages:  # only what the broker says of its requests
                return
            current = asyncio.ensure_future(hand_over(messages))
            if self._before:
                await asyncio.wait((self._before,))
            self._before = current
            if not large or self._gives_way(messages[-1]):
                await asyncio.wait((current,))
                await asyncio.sleep(min(REST_SECONDS_MAX, self._rests * (monotonic() - began)))

    def _gives_way(self, latest: Msg) -> bool:
        return self._rests > 0 and self._contended() and latest.metadata.num_pending <= BEHIND_MAX

    def is_large(self, count: int) -> bool:
        return count > self._batch_max // 2
