"""Peers are matched when every award of a wave is in; a day later they are matched with those that are."""

from collections.abc import Callable
from datetime import datetime

from services.notify import store
from services.notify.domain.peers import is_late
from services.notify.handlers import Handlers
from shared.contract.decision import Decision
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival
from shared.kit.storage.said_before import Retold
from shared.kit.storage.states import States
from shared.kit.work_clock import WorkClock

Matching = Callable[[States, Arrival], Decision]
NAMED = "peers-"  # a matching that no event called for is known by its wave


class Timer:
    def __init__(self, peers: "PeerClock", work: WorkClock | None) -> None:
        self._peers = peers
        self._work = work

    async def tick(self, now: datetime | None) -> None:
        """`now` is None while there is no time to trust."""
        await self._peers.tick(now)
        if self._work:
            await self._work.tick(now)


class PeerClock:
    def __init__(self, handlers: Handlers, consumer: Consumer) -> None:
        self._handlers = handlers
        self._consumer = consumer

    async def tick(self, now: datetime | None) -> None:
        if now is None:
            return
        for wave in await self._consumer.read(store.unmatched_waves):
            if is_late(wave, now):
                await self._consumer.announce(f"{NAMED}{wave.wave}", now, self._matching(wave.wave))

    def matched_again(self, told: Retold) -> Matching:
        """The matching that the log tells, for whoever decides it again."""
        return self._matching(told.name.removeprefix(NAMED))

    def _matching(self, wave: str) -> Matching:
        def match(states: States, at: Arrival) -> Decision:
            return self._handlers.match_wave(states, wave, at)

        return match
