"""What eligibility does without an event: takes up newer datasets, reminders, news, a day's work."""

from datetime import datetime

from services.eligibility import store
from services.eligibility.briefings import Briefings
from services.eligibility.datasets.in_use import DatasetsInUse
from services.eligibility.handlers import Handlers
from shared.kit.consumer.consumer import Consumer
from shared.kit.work_clock import WorkClock
from shared.programme import Programme

BRIEFED = "brief-"  # with the first day and reviewer: each is told of a day once


class Reminders:
    """Reminds the reviewers whose day is near, once a day at most for each of them."""

    def __init__(self, consumer: Consumer, programme: Programme, handlers: Handlers) -> None:
        self._consumer = consumer
        self._programme = programme
        self._handlers = handlers

    async def tick(self, now: datetime | None) -> None:
        """`now` is None while there is no time to trust."""
        if now is None:
            return
        today = self._programme.local_day(now)
        due = await self._consumer.read(lambda states: store.reminders_due(states, today))
        if due:
            await self._consumer.announce(
                f"reminders-{now.timestamp():.0f}-{len(due)}",
                now,
                self._handlers.remind,
            )


class BriefingClock:
    """Tells reviewers what a day brought, once it is over: one fact for each of them, so one letter."""

    def __init__(self, consumer: Consumer, programme: Programme, briefings: Briefings) -> None:
        self._consumer = consumer
        self._programme = programme
        self._briefings = briefings

    async def tick(self, now: datetime | None) -> None:
        if now is None:
            return
        today = self._programme.local_day(now)
        news = await self._consumer.read(lambda states: store.news_to_tell(states, today))
        if news:
            first = news[0]
            name = f"{BRIEFED}{first.day:%Y%m%d}-{first.reviewer_id}"
            await self._consumer.announce(name, now, self._briefings.brief)


class Timer:
    def __init__(
        self,
        datasets: DatasetsInUse,
        reminders: Reminders,
        briefings: BriefingClock,
        work: WorkClock | None,
    ) -> None:
        self._datasets = datasets
        self._reminders = reminders
        self._briefings = briefings
        self._work = work

    async def tick(self, now: datetime | None) -> None:
        self._datasets.take_newer()
        await self._reminders.tick(now)
        await self._briefings.tick(now)
        if self._work:
            await self._work.tick(now)
