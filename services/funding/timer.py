"""When funding speaks by itself: an account's cooling-off period is over, or the last reserve list."""

from datetime import datetime

from services.funding import store
from services.funding.domain.waves import reserve
from services.funding.handlers.payment import PaymentHandlers
from services.funding.handlers.waves import SelectionHandlers
from shared.kit.consumer.consumer import Consumer
from shared.kit.storage.states import States


class Timer:
    """What has no event: an account's cooling-off period is over, or the last reserve list."""

    def __init__(self, consumer: Consumer, payment: PaymentHandlers, selection: SelectionHandlers) -> None:
        self._consumer, self._payment, self._selection = consumer, payment, selection
        self._reserve_ended = False

    async def tick(self, now: datetime | None) -> None:
        if now is None:
            return
        waiting = await self._consumer.read(lambda states: store.cooled_off(states, now))
        if waiting:
            name = f"cooled-off-{now.timestamp():.0f}-{len(waiting)}"
            await self._consumer.announce(name, now, self._payment.cooled_off)
        if not self._reserve_ended and await self._consumer.read(
            lambda states: self._reserve_is_over(states, now)
        ):
            await self._consumer.announce(
                f"reserve-ended-{self._last}", now, self._selection.last_reserve_over
            )
            self._reserve_ended = True

    def _reserve_is_over(self, states: States, now: datetime) -> bool:
        if not reserve.over(self._selection.programme, self._last, now):
            return False
        return store.wave_of(states, self._last).state == "published"

    @property
    def _last(self) -> str:
        return self._selection.programme.waves[-1].id
