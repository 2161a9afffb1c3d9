"""A service takes what its durables bring in rounds: one transaction for all, in the order it was said.

A lone event makes a round at once. Others gather while one is decided or published, or the service rests.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from nats.aio.msg import Msg

REST_SECONDS_MAX = 0.3
HandOver = Callable[[Sequence[Msg]], Awaitable[None]]


class Source(Protocol):
    """What one durable has brought and nobody took yet."""

    @property
    def count(self) -> int: ...

    async def drain(self, count_max: int, ahead: bool) -> list[Msg]:
        """Up to so many messages, in their order; `ahead` asks the broker for the next ones at once."""


class Rounds:
    """Where nobody waits for a service, `rest_seconds` for each event follow a small round.

    The more it took, the more gather for the next one: after a lone event it is short.
    """

    def __init__(self, batch_max: int, rest_seconds: float = 0.0) -> None:
        self._batch_max, self._rest_seconds = batch_max, rest_seconds
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
            # A backlog in one stream must not keep the other streams' events waiting.
            share = self._batch_max // len(bringing)
            large = self.is_large(sum(min(share, source.count) for source in bringing))
            messages = [
                message for source in bringing for message in await source.drain(share, ahead=large)
            ]
            if not messages:  # only what the broker says of its requests
                return
            current = asyncio.ensure_future(hand_over(messages))
            # Two at most are on their way: one is decided while the other is published.
            if self._before:
                await asyncio.wait((self._before,))
            self._before = current if large else None
            if not large:
                await asyncio.wait((current,))
                await self._rest(len(messages))

    async def _rest(self, count: int) -> None:
        if self._rest_seconds:
            await asyncio.sleep(min(REST_SECONDS_MAX, self._rest_seconds * count))

    def is_large(self, count: int) -> bool:
        return count > self._batch_max // 2
