"""What operators do with a dead letter, kept like a decision: its own inbox row, a fact with its author."""

from collections.abc import Sequence

from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.notify import EventDiscarded, EventRedriven
from shared.contract.values import Reason
from shared.kit.delivery import Delivery, instant_of
from shared.kit.handled import DOSSIER_MAX, Handled
from shared.kit.ids import derived_id
from shared.kit.storage.inbox_outbox import InboxOutbox

CONSUMER = "operators"


def with_acts(inbox_outbox: InboxOutbox, batch: Sequence[Handled]) -> list[Handled]:
    """Each event decided again brings the act that handed it in; the old decision gives way."""
    again = [
        handled
        for handled in batch
        if handled.delivery.redriven_ns and handled.verdict == "decided"
    ]
    for handled in again:
        inbox_outbox.forget(handled.event_id)
    return [*batch, *map(redriven, again)]


def redriven(handled: Handled) -> Handled:
    delivery = handled.delivery
    fact = EventRedriven(
        letter_id=delivery.letter_id, by=delivery.redriven_by, result=handled.decision.result
    )
    return _act(fact, delivery.redriven_ns, Decision("redriven", facts=(fact,)))


def discarded(fact: EventDiscarded, at_ns: int) -> Handled:
    reason = Reason(code="discarded", message=fact.reason)
    return _act(fact, at_ns, Decision("discarded", (reason,), (fact,)))


def _act(fact: Event, at_ns: int, decision: Decision) -> Handled:
    """Its place is no place in the log: an act is known by its letter and its moment.

    Its fact tells the moment in microseconds: `at_ns` holds no more, so that it can be taken again.
    """
    event_id = derived_id(f"{fact.verb}/{fact.dossier}/{at_ns}", 0, instant_of(at_ns))
    delivery = Delivery(None, fact.dossier, {}, b"", "", CONSUMER, 1, 0, 0)
    name = type(fact).__name__
    act = Handled(delivery, event_id, name, fact.dossier[:DOSSIER_MAX], acted_ns=at_ns)
    return act.settle(decision)
