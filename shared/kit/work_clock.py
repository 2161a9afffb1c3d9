"""Says once a day what waits for officers, for the letter to the team, by the broker's time."""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from shared.contract.decision import Decision
from shared.contract.work import Work, listed_on
from shared.contract.work_lists import WorkListed
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival
from shared.kit.service import Service
from shared.kit.storage.said_before import Retold
from shared.kit.storage.states import States
from shared.programme import Programme

NAMED = "work-"  # with the day: each has one list, whoever starts again
Waiting = Callable[[States, datetime], Iterable[Work]]


class WorkClock:
    """`waiting` is what the service's question `todo` answers from, `says` its fact."""

    def __init__(
        self, consumer: Consumer, programme: Programme, waiting: Waiting, says: type[WorkListed]
    ) -> None:
        self._consumer = consumer
        self._programme = programme
        self._waiting = waiting
        self._says = says
        self._said_on: date | None = None

    async def tick(self, now: datetime | None) -> None:
        if now is None:
            return
        today = self._programme.local_day(now)
        if today != self._said_on:
            await self._consumer.announce(f"{NAMED}{today.isoformat()}", now, self.listed)
            self._said_on = today

    def listed(self, states: States, at: Arrival) -> Decision:
        fact = listed_on(
            self._programme.local_day(at.now), self._waiting(states, at.now), self._says
        )
        return Decision("work-listed", facts=(fact,))


def _listed_again(told: Retold) -> Callable[[States, Arrival], Decision]:
    """The list that the log tells, for a database that is built anew."""
    return lambda _states, _at: Decision("work-listed", facts=tuple(told.facts))


def work_clock(
    service: Service, programme: Programme, waiting: Waiting, says: type[WorkListed]
) -> WorkClock | None:
    """None in a rehearsal: its days jump, and a day that nobody saw would have no list."""
    service.retakes[NAMED] = _listed_again
    if service.consumer.clock.rehearsal:
        return None
    return WorkClock(service.consumer, programme, waiting, says)
