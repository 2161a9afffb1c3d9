"""What eligibility does without an event: takes up newer datasets, reminds reviewers whose day is near."""

from datetime import datetime

from services.eligibility import store
from services.eligibility.datasets.in_use import DatasetsInUse
from services.eligibility.handlers import Handlers
from shared.kit.consumer.consumer import Consumer
from shared.programme import Programme


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


class Timer:
    def __init__(self, datasets: DatasetsInUse, reminders: Reminders) -> None:
        self._datasets = datasets
        self._reminders = reminders

    async def tick(self, now: datetime | None) -> None:
        self._datasets.take_newer()
        await self._reminders.tick(now)
