"""When funding speaks by itself: an account cooled off, the last reserve is over, reports are due."""

from datetime import date, datetime
from functools import partial

from services.funding import store
from services.funding.domain.waves import reserve
from services.funding.handlers.payment import PaymentHandlers
from services.funding.handlers.reminding import ReportReminding
from services.funding.handlers.waves import SelectionHandlers
from shared.kit.consumer.consumer import Consumer
from shared.kit.storage.states import States
from shared.kit.work_clock import WorkClock


class Timer:
    """What has no event."""

    def __init__(
        self,
        consumer: Consumer,
        payment: PaymentHandlers,
        selection: SelectionHandlers,
        reminding: ReportReminding,
        work: WorkClock | None,
    ) -> None:
        self._consumer = consumer
        self._payment = payment
        self._selection = selection
        self._reminding = reminding
        self._work = work
        self._reserve_ended = False
        self._reminded_on: date | None = None

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
                f"reserve-ended-{self._last}",
                now,
                self._selection.last_reserve_over,
            )
            self._reserve_ended = True

        await self._remind(self._selection.programme.local_day(now), now)
        if self._work:
            await self._work.tick(now)

    async def _remind(self, today: date, now: datetime) -> None:
        """Once a day, page by page: what is asked first is only whether there is anything to say."""
        if today == self._reminded_on:
            return
        after = ""
        while page := await self._consumer.read(partial(self._page, today, after)):
            last, says = page
            if says:
                name = self._reminding.name_of(today, after)
                await self._consumer.announce(name, now, self._reminding.named(name))
            after = last
        self._reminded_on = today

    def _page(self, today: date, after: str, states: States) -> tuple[str, bool] | None:
        """The last grant of a page, and whether it calls for a reminder; None after the last page."""
        grants = self._reminding.grants(states, today, after)
        if not grants:
            return None
        decision = self._reminding.decide_on(states, grants, today)
        return grants[-1].candidature_id, bool(decision.facts)

    def _reserve_is_over(self, states: States, now: datetime) -> bool:
        if not reserve.over(self._selection.programme, self._last, now):
            return False
        return store.wave_of(states, self._last).state == "published"

    @property
    def _last(self) -> str:
        return self._selection.programme.waves[-1].id
