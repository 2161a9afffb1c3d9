"""Decides again, through the service's own consumer, what the log holds: all of it, or what a copy lacks.

Events come in the order they were stamped; among those at hand, in the order in which the service's own facts
say that it decided them. A timer's decision has no event: it is taken again where its facts lie. What a rule
puts off until then is tried again after it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from shared.contract.notify import EventDeadLettered
from shared.kit.consumer.consumer import Consumer
from shared.kit.consumer.decide import LOOKS_AT_A_REVIEW
from shared.kit.delivery import Delivery
from shared.kit.errors import Rejected, Temporary, TooEarly
from shared.kit.handled import Handled
from shared.kit.storage.inbox_outbox import InboxOutbox
from shared.kit.storage.said_before import SaidBefore, SaidFact, StoryDiffers
from shared.value import value

BATCH_MAX = 512
AT_HAND_MAX = 2_048  # how far the order of a service's decisions is looked for ahead of the stamps
NAMED_MAX = 1_000  # facts that nothing explains, as they are told
Act = Callable[[], Awaitable[None]]


@value
class Item:
    """One thing to decide again: an event, or what a timer or an operator did; and what was said of it."""

    stamped_ns: int
    name: str
    said: Sequence[SaidFact] = ()
    delivery: Delivery | None = None
    act: Act | None = None

    @property
    def ranks(self) -> dict[str, int]:
        """Its first place in each stream that tells an order. A dead letter may be decided again later."""
        if any(fact.body is not None and fact.said_at is None for fact in self.said):
            return {}
        return {fact.stream: fact.number for fact in reversed(self.said) if fact.is_ranked}

    @property
    def attempts(self) -> int:
        """As often as it was tried, as its dead letter tells; what puts a review off may lie in no log."""
        letters = [fact.read() for fact in self.said if fact.body is not None]
        told = [letter.attempts for letter in letters if isinstance(letter, EventDeadLettered)]
        return told[0] if told else LOOKS_AT_A_REVIEW


@dataclass(slots=True)
class Tally:
    """`decided` again; `known` to the copy already; `pending`: not in the log, said at the next start.

    `unexplained` are the first of the `unexplained_count` facts of the log that no decision has said again.
    """

    events: int = 0
    decided: int = 0
    known: int = 0
    waiting: int = 0
    said_before: int = 0
    pending: int = 0
    unexplained_count: int = 0
    unexplained: list[SaidFact] = field(default_factory=list)


class Replay:
    def __init__(self, consumer: Consumer, said: SaidBefore) -> None:
        self._consumer, self._said = consumer, said
        self._batch: list[Item] = []
        self._put_off: dict[str, Item] = {}
        self.tally = Tally()

    async def run(self, items: AsyncIterator[Item]) -> Tally:
        """Raises StoryDiffers; what was decided until then stays, and the replay may be run again."""
        self._consumer.work.said_before = self._said
        await self._consumer.remember_time()
        await self._consumer.with_inbox_outbox(
            lambda inbox_outbox: inbox_outbox.recognise(self._said)
        )
        known_before, _ = self._said.unexplained(0)
        async for item in in_order_decided(items):
            # A timer decided on what the events before it had changed: they are decided first.
            if item.act:
                await self._decide_batch()
                await self._do(item)
            if item.delivery:
                await self._add(item)
        await self._decide_batch()
        await self._finish_put_off()
        await self._consumer.with_inbox_outbox(InboxOutbox.close_replaced)
        self.tally.unexplained_count, self.tally.unexplained = self._said.unexplained(NAMED_MAX)
        self.tally.said_before = known_before - self.tally.unexplained_count
        self.tally.pending = await self._consumer.with_inbox_outbox(InboxOutbox.count_pending)
        return self.tally

    async def _do(self, item: Item) -> None:
        """What it builds on may be gone from the log: its facts then stay unexplained."""
        assert item.act
        self._said.lay_at_hand({item.name: item.said})
        try:
            await item.act()
        except (Rejected, Temporary, TooEarly):
            return
        dossiers = {fact.dossier for fact in item.said}
        put_off = list(self._put_off.values())
        await self._decide(
            [one for one in put_off if one.delivery and one.delivery.dossier in dossiers]
        )

    async def _finish_put_off(self) -> None:
        """What said nothing was undecided when the log ended: the service decides it once it runs.

        Raises StoryDiffers where one had been decided.
        """
        for item in list(self._put_off.values()):
            handled = (await self._decide([item]))[0]
            if handled.verdict == "later" and item.said:
                raise _cannot_be_decided(handled)

    async def _add(self, item: Item) -> None:
        self.tally.events += 1
        self._batch.append(item)
        if len(self._batch) >= BATCH_MAX:
            await self._decide_batch()

    async def _decide_batch(self) -> None:
        batch = self._batch
        self._batch = []
        await self._decide(batch)

    async def _decide(self, batch: Sequence[Item]) -> list[Handled]:
        if not batch:
            return []
        items = {item.name: item for item in reversed(batch)}
        self._said.lay_at_hand({name: item.said for name, item in items.items()})
        deliveries = []
        for item in batch:
            assert item.delivery
            item.delivery.attempt = item.attempts
            deliveries.append(item.delivery)
        decided = await self._consumer.again(deliveries)
        for handled in decided:
            self._count(handled)
            if handled.verdict != "later":
                self._put_off.pop(handled.event_id, None)
            elif handled.event_id in items:
                self._put_off.setdefault(handled.event_id, items[handled.event_id])
        return decided

    def _count(self, handled: Handled) -> None:
        """Raises StoryDiffers where it failed: what a rule puts off on purpose is tried again."""
        if handled.verdict == "later" and handled.unexpected:
            raise _cannot_be_decided(handled)
        self.tally.decided += handled.verdict == "decided"
        self.tally.known += handled.verdict == "heard-before"
        self.tally.waiting += handled.verdict == "early"


def _cannot_be_decided(handled: Handled) -> StoryDiffers:
    place = f"place {handled.delivery.sequence} of {handled.delivery.stream}"
    return StoryDiffers(f"event {handled.event_id}, at {place}, cannot be decided: {handled.cause}")


@dataclass(slots=True)
class Queued:
    """An item at hand, with its `ranks`; `gone` once it went."""

    item: Item
    ranks: dict[str, int]
    gone: bool = False


class AtHand:
    """The items at hand: by their stamps, and by their places in each stream that they spoke in."""

    def __init__(self) -> None:
        self.count = 0
        self._arrivals = count()
        self._stamps: list[tuple[int, int, Queued]] = []
        self._spoke: dict[str, list[tuple[int, int, Queued]]] = {}

    def add(self, item: Item) -> None:
        self.count += 1
        queued = Queued(item, item.ranks)
        arrival = next(self._arrivals)
        heappush(self._stamps, (item.stamped_ns, arrival, queued))
        for stream, number in queued.ranks.items():
            heappush(self._spoke.setdefault(stream, []), (number, arrival, queued))

    def take(self) -> Item:
        """The next by its stamp, or who spoke before it.

        An event that said nothing goes at its stamp: no fact tells when it was decided. Facts that were
        published again, after damage, may go round in a circle: it is left after one round.
        """
        queued = _first(self._stamps)
        for _ in range(self.count):
            before = self._before(queued)
            if before is None:
                break
            queued = before
        queued.gone = True
        self.count -= 1
        return queued.item

    def _before(self, queued: Queued) -> Queued | None:
        """Who spoke before it, in a stream in which both did."""
        for stream in queued.ranks:
            first = _first(self._spoke[stream])
            if first is not queued:
                return first
        return None


def _first(heap: list[tuple[int, int, Queued]]) -> Queued:
    while heap[0][2].gone:
        heappop(heap)
    return heap[0][2]


async def in_order_decided(items: AsyncIterator[Item]) -> AsyncIterator[Item]:
    """Stamp by stamp. Where the next one said something, the one at hand that spoke first goes first."""
    at_hand = AtHand()
    async for item in items:
        at_hand.add(item)
        if at_hand.count >= AT_HAND_MAX:
            yield at_hand.take()
    while at_hand.count:
        yield at_hand.take()
