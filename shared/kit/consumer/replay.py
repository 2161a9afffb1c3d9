"""Decides again, through the service's own consumer, what the log holds after an older copy of its database.

Events come in the order they were stamped; among those at hand, in the order in which the service's own facts
say that it decided them. A timer's decision has no event: it is taken again where its facts lie.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from shared.contract.notify import EventDeadLettered
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Delivery
from shared.kit.handled import Handled
from shared.kit.storage.inbox_outbox import InboxOutbox
from shared.kit.storage.said_before import SaidBefore, SaidFact, StoryDiffers

BATCH_MAX = 256
AT_HAND_MAX = 2_048  # how far the order of a service's decisions is looked for ahead of the stamps
Act = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to decide again: an event, or what a timer or an operator did."""

    stamped_ns: int
    name: str
    delivery: Delivery | None = None
    act: Act | None = None


@dataclass(slots=True)
class Tally:
    """`decided` again; `known` to the copy already; `pending`: not in the log, said at the next start."""

    events: int = 0
    decided: int = 0
    known: int = 0
    waiting: int = 0
    said_before: int = 0
    pending: int = 0
    unexplained: list[SaidFact] = field(default_factory=list)


class Replay:
    """`letters` are the dead letters of the service in the log: their attempts are part of what was said."""

    def __init__(self, consumer: Consumer, said: SaidBefore, letters: dict[str, EventDeadLettered]) -> None:
        self._consumer, self._said, self._letters = consumer, said, letters
        self._batch: list[Delivery] = []
        self.tally = Tally()

    async def run(self, items: AsyncIterator[Item]) -> Tally:
        """Raises StoryDiffers; what was decided until then stays, and the replay may be run again."""
        before = len(self._said.left)
        self._consumer.work.said_before = self._said
        await self._consumer.remember_time()
        await self._consumer.with_inbox_outbox(lambda inbox_outbox: inbox_outbox.recognise(self._said))
        async for item in in_order_decided(items, self._said.ranks):
            # A timer decided on what the events before it had changed: they are decided first.
            if item.act:
                await self._decide()
                await item.act()
            if item.delivery:
                await self._add(item.delivery)
        await self._decide()
        await self._consumer.with_inbox_outbox(InboxOutbox.close_replaced)
        self.tally.said_before = before - len(self._said.left)
        self.tally.unexplained = list(self._said.left.values())
        self.tally.pending = await self._consumer.with_inbox_outbox(InboxOutbox.count_pending)
        return self.tally

    async def _add(self, delivery: Delivery) -> None:
        if letter := self._letters.get(delivery.letter_id):
            # The letter told this number: with another one, what is said now would differ.
            delivery.attempt = letter.attempts
        self._batch.append(delivery)
        if len(self._batch) >= BATCH_MAX:
            await self._decide()

    async def _decide(self) -> None:
        if not self._batch:
            return
        batch = await self._consumer.again(self._batch)
        self.tally.events += len(self._batch)
        self._batch = []
        for handled in batch:
            self._count(handled)

    def _count(self, handled: Handled) -> None:
        if handled.verdict == "later":
            place = f"place {handled.delivery.sequence} of {handled.delivery.stream}"
            raise StoryDiffers(f"event {handled.event_id}, at {place}, cannot be decided: {handled.cause}")
        self.tally.decided += handled.verdict == "decided"
        self.tally.known += handled.verdict == "heard-before"
        self.tally.waiting += handled.verdict == "early"


async def in_order_decided(items: AsyncIterator[Item], ranks: dict[str, int]) -> AsyncIterator[Item]:
    """Stamp by stamp. Where the next one said something, the one at hand that spoke first goes first."""
    arrivals = count()
    stamps: list[tuple[int, int, Item]] = []
    spoke: list[tuple[int, int, Item]] = []
    gone: set[int] = set()
    more = True
    while more or stamps:
        while more and len(stamps) - len(gone) < AT_HAND_MAX:
            item = await anext(items, None)
            if item is None:
                more = False
                break
            number = next(arrivals)
            heappush(stamps, (item.stamped_ns, number, item))
            if (rank := ranks.get(item.name)) is not None:
                heappush(spoke, (rank, number, item))
        # What went by its rank still lies among the stamps.
        while stamps and stamps[0][1] in gone:
            gone.discard(heappop(stamps)[1])
        if not stamps:
            continue
        _, number, item = stamps[0]
        if item.name in ranks:
            _, number, item = heappop(spoke)
            gone.add(number)
        else:
            # An event that said nothing goes at its stamp: no fact tells when it was decided.
            heappop(stamps)
        yield item
