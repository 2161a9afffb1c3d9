"""Decides a batch inside one transaction: each event alone, then the early ones whose time has come."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.contract.decision import Decision
from shared.kit.clock import Clock
from shared.kit.consumer.decide import decide, read
from shared.kit.consumer.operator_acts import with_acts
from shared.kit.consumer.prefetch import prefetch
from shared.kit.delivery import Arrival, Delivery
from shared.kit.handled import Handled, touched
from shared.kit.reactions import Reactions
from shared.kit.storage.inbox_outbox import PUT_OFF, InboxOutbox, Pending
from shared.kit.storage.states import States
from shared.kit.traces.events import begin_span

if TYPE_CHECKING:
    from shared.kit.traces.spans import Traces

UNEXPECTED_MAX = 20
FAILURES_COUNTED_MAX = 5  # then one batch of 31 is tried beside others


@dataclass(slots=True)
class Batch:
    """What one transaction came to: the events with their verdicts, and the facts that are to be said."""

    handled: list[Handled] = field(default_factory=list)
    pending: Pending = field(default_factory=Pending)

    @property
    def forgets(self) -> bool:
        """Whether somebody's personal data went: its traces in the database go before anything is said."""
        return any(one.decision.forgets for one in self.handled if one.verdict == "decided")


def together(batches: Iterable[Batch]) -> Batch:
    """What several transactions came to, in their order."""
    whole = Batch()
    for batch in batches:
        whole.handled += batch.handled
        whole.pending.ids += batch.pending.ids
        whole.pending.messages += batch.pending.messages
    return whole


class DeadLetterBudget:
    """How many dead letters of unknown cause a process may write: a bad deploy stops, it drains nothing."""

    def __init__(self) -> None:
        self.spent = 0
        self._left = UNEXPECTED_MAX

    @property
    def is_spent(self) -> bool:
        return self.spent >= UNEXPECTED_MAX

    def begin(self) -> None:
        """A transaction that was rolled back has spent nothing."""
        self._left = UNEXPECTED_MAX - self.spent

    def take(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def commit(self, batch: Batch) -> None:
        self.spent += sum(handled.is_unexpected_letter for handled in batch.handled)


class SideBySide:
    """Whether the next batch is tried beside other replicas: after failures in a row, ever fewer are."""

    def __init__(self) -> None:
        self._failures = self._in_turn = 0

    def is_tried(self) -> bool:
        self._in_turn -= 1
        return self._in_turn < 0

    def held(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures = min(FAILURES_COUNTED_MAX, self._failures + 1)
        self._in_turn = 2**self._failures - 2


class Decider:
    """`platform` is the name that signatures cover: until it is known, none holds.

    `traces` are told where there are any: each event gets its span as it is read.
    """

    def __init__(self, reactions: Reactions, clock: Clock) -> None:
        self.platform = ""
        self.traces: Traces | None = None
        self.budget = DeadLetterBudget()
        self.reactions = reactions
        self._clock = clock

    def read(self, delivery: Delivery) -> Handled:
        return self.traced(read(delivery, self.reactions, self._clock, self.platform))

    def traced(self, handled: Handled) -> Handled:
        if self.traces:
            begin_span(self.traces, handled)
        return handled

    def decide(self, inbox_outbox: InboxOutbox, states: States, batch: Sequence[Handled]) -> Batch:
        """The events of a batch, in their order; one that was heard before is decided no more."""
        heard = inbox_outbox.heard([handled.event_id for handled in batch])
        # The inbox knows a redelivery and an operator's word alike: the latter alone is decided again.
        heard -= {one.event_id for one in batch if _is_taken_again(one, inbox_outbox)}
        prefetch(states, batch)
        self.budget.begin()
        for handled in batch:
            if handled.event_id in heard:
                handled.heard_before()
                continue
            self.decide_one(states, handled)
            # A batch may hold an event twice: the second copy was heard before, unless the first is put off.
            if handled.verdict != "later":
                heard.add(handled.event_id)
        inbox_outbox.take_turn(states)
        _keep_waiting(inbox_outbox, batch)
        return self.finish(
            inbox_outbox, states, [*batch, *self._decide_waiting(inbox_outbox, states, batch)]
        )

    def decide_alone(self, inbox_outbox: InboxOutbox, states: States, handled: Handled) -> Batch:
        """One event without its early ones: what the database refused is tried so."""
        self.budget.begin()
        return self.finish(inbox_outbox, states, [self.decide_one(states, handled)])

    def decide_one(self, states: States, handled: Handled) -> Handled:
        decide(handled, states)
        if handled.is_unexpected_letter and not self.budget.take():
            # Too many went this way: this one stays at the broker.
            handled.put_off(handled.cause, failed=True)
            return handled
        for state in handled.decision.changes:
            states.keep(state)
        # A body that cannot be read moves no rehearsal's time: its header may be as wrong.
        if handled.arrival and not handled.failure:
            self._clock.advance(handled.arrival.now)
        return handled

    def announce(
        self,
        inbox_outbox: InboxOutbox,
        states: States,
        handled: Handled,
        decide: Callable[[States, Arrival], Decision],
    ) -> Batch:
        """Decides what has no event, once for ever under its id."""
        # Replicas keep time side by side: whoever commits first under this id has decided for all of them.
        if inbox_outbox.heard([handled.event_id]):
            return Batch()
        assert handled.arrival
        decision = decide(states, handled.arrival)
        for state in decision.changes:
            states.keep(state)
        handled.settle(decision)
        return self.finish(
            inbox_outbox, states, [handled, *self._decide_waiting(inbox_outbox, states, [handled])]
        )

    def decide_put_off(self, inbox_outbox: InboxOutbox, states: States) -> Batch:
        """What was put off when its time had come: newer code may know it, or nobody is away any more."""
        self.budget.begin()
        decided = self._decide_ready(inbox_outbox, states, {PUT_OFF})
        return self.finish(inbox_outbox, states, decided)

    def finish(self, inbox_outbox: InboxOutbox, states: States, batch: Sequence[Handled]) -> Batch:
        """Writes what was decided: inbox, outbox, states, and a rehearsal's time."""
        handled = with_acts(inbox_outbox, batch)
        decided = [one for one in handled if one.verdict == "decided"]
        with inbox_outbox.in_one_trip():
            inbox_outbox.write_inbox(decided)
            pending = inbox_outbox.write_outbox(decided)
            states.write()
        for one in decided:
            if one.decision.forgets:
                inbox_outbox.forget_early(one.decision.forgets)
                inbox_outbox.owe_scrubbing(one.event_id, datetime.now(UTC))
        if self._clock.rehearsal and (seen := self._clock.seen()):
            inbox_outbox.set_clock(seen)
        return Batch(handled, pending)

    def _decide_waiting(
        self, inbox_outbox: InboxOutbox, states: States, batch: Sequence[Handled]
    ) -> list[Handled]:
        """Early events are decided again when something happened to what they wait for."""
        ready = touched(batch) if inbox_outbox.anything_waits() else set()
        return self._decide_ready(inbox_outbox, states, ready)

    def _decide_ready(
        self, inbox_outbox: InboxOutbox, states: States, ready: set[str]
    ) -> list[Handled]:
        decided: list[Handled] = []
        # What was early may be what others wait for. It ends: a round that decides nothing touches nothing.
        while ready and (deliveries := inbox_outbox.waiting_for(ready)):
            again = [self.decide_one(states, self.read(delivery)) for delivery in deliveries]
            _keep_waiting(inbox_outbox, again)
            done = [handled for handled in again if handled.verdict == "decided"]
            inbox_outbox.stop_waiting([handled.event_id for handled in done])
            # The broker holds it no more, and its dossier may never be touched again.
            inbox_outbox.put_off([one.event_id for one in again if one.verdict == "later"])
            decided += done
            ready = touched(done)
        return decided


def _is_taken_again(handled: Handled, inbox_outbox: InboxOutbox) -> bool:
    """An operator may hand in a dead letter's event again, nothing else."""
    return bool(handled.delivery.redriven_ns) and inbox_outbox.is_dead_letter(handled.event_id)


def _keep_waiting(inbox_outbox: InboxOutbox, batch: Sequence[Handled]) -> None:
    """Kept before they are looked for: what an event waits for may have come in the same batch."""
    early = [one for one in batch if one.verdict == "early" and not one.delivery.redriven_ns]
    inbox_outbox.wait(early, datetime.now(UTC))
