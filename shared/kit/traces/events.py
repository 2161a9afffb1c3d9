"""The span of an event: from when it was read until what it says is confirmed.

It tells what the closing line tells, under the same names: one list says what may be told.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from shared.kit.consumer.closing import told_of
from shared.kit.handled import Handled

if TYPE_CHECKING:
    from shared.kit.traces.spans import Traces

PREFIX = "fabriques."
# A span has its own name for the first four; what was said has spans of its own where it is heard.
UNTOLD = ("level", "trace_id", "event_id", "stream", "said", "said_count")


def begin_span(traces: "Traces", handled: Handled) -> None:
    """Its facts carry it on: they hang below it, in other services too."""
    delivery, arrival = handled.delivery, handled.arrival
    parent = arrival.traceparent if arrival else None
    if delivery.stamped_ns:
        # An event of another platform may have the same id, not the same stamp too.
        by = f"{handled.event_id} {delivery.stamped_ns}"
        handled.span = traces.begin(f"process {delivery.event_type}", parent, "hears", by)
    else:  # a timer's decision: nothing was heard
        by = f"{handled.event_id} {handled.now}"
        handled.span = traces.begin(delivery.event_type, parent, "acts", by)


def end_spans(batch: Iterable[Handled], now_ns: int) -> None:
    for handled in batch:
        if handled.span and handled.span.is_told:
            handled.span.end(_told(handled, now_ns), _failure(handled))


def _failure(handled: Handled) -> str:
    """A dead letter, or what nobody foresaw; what is put off for a known cause is no failure."""
    failed = handled.unexpected or handled.verdict == "decided"
    return handled.cause if failed else ""


def _told(handled: Handled, now_ns: int) -> dict[str, Any]:
    line = told_of(handled, now_ns)
    told = {f"{PREFIX}{name}": value for name, value in line.items() if name not in UNTOLD}
    delivery = handled.delivery
    if not delivery.stamped_ns:
        return told
    # The names that all messaging shares: https://opentelemetry.io/docs/specs/semconv/messaging
    return told | {
        "messaging.system": "nats",
        "messaging.operation.type": "process",
        "messaging.destination.name": delivery.stream,
        "messaging.consumer.group.name": delivery.consumer,
        "messaging.message.id": handled.event_id,
    }
