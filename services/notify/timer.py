"""What no event calls for: peers of a wave that waited long enough, and what a new day makes late."""

from collections.abc import Callable
from datetime import date, datetime

from services.notify import store
from services.notify.domain.own_steps import is_late_for
from services.notify.domain.peers import is_lapsed, is_late
from services.notify.handlers.occasions import Handlers
from shared.contract.decision import Decision
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival
from shared.kit.storage.said_before import Retold
from shared.kit.storage.states import States
from shared.kit.work_clock import WorkClock

Deciding = Callable[[States, Arrival], Decision]
NAMED = "peers-"  # a matching that no event called for is known by its wave
LAPSED, LATE = "lapsed-", "late-steps-"  # with the day


class Timer:
    def __init__(self, peers: "PeerClock", days: "DayClock", work: WorkClock | None) -> None:
        self._peers = peers
        self._days = days
        self._work = work

    async def tick(self, now: datetime | None) -> None:
        """`now` is None while there is no time to trust."""
        await self._peers.tick(now)
        await self._days.tick(now)
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

    def matched_again(self, told: Retold) -> Deciding:
        """The matching that the log tells, for whoever decides it again."""
        return self._matching(told.name.removeprefix(NAMED))

    def _matching(self, wave: str) -> Deciding:
        def match(states: States, at: Arrival) -> Decision:
            return self._handlers.match_wave(states, wave, at)

        return match


class DayClock:
    """What a new day makes late, by the broker's time: the answers of peers, the steps of holders."""

    def __init__(self, handlers: Handlers, consumer: Consumer) -> None:
        self._handlers = handlers
        self._consumer = consumer
        self._looked_on: date | None = None
        self._taken = -1

    async def tick(self, now: datetime | None) -> None:
        if now is None or self._is_busy():
            return
        programme = self._handlers.programme
        today = programme.local_day(now)
        if today == self._looked_on:
            return
        pairs = await self._consumer.read(store.standing_pairs)
        if any(is_lapsed(pair, now, programme.support) for pair in pairs):
            await self._consumer.announce(
                f"{LAPSED}{today.isoformat()}", now, self._handlers.lapse_peers
            )
        steps = await self._consumer.read(store.live_steps)
        if any(is_late_for(step, today) for step in steps):
            await self._consumer.announce(
                f"{LATE}{today.isoformat()}", now, self._handlers.remind_of_steps
            )
        self._looked_on = today

    def _is_busy(self) -> bool:
        """Whether there is more to hear, perhaps an answer in time; the days of a rehearsal never wait."""
        before = self._taken
        self._taken = self._consumer.taken
        return self._taken != before and not self._consumer.clock.rehearsal

    @property
    def retakes(self) -> dict[str, Callable[[Retold], Deciding]]:
        """The same decisions, for whoever takes again what the log tells."""
        return {
            LAPSED: lambda _told: self._handlers.lapse_peers,
            LATE: lambda _told: self._handlers.remind_of_steps,
        }
