"""What the journal keeps of an event, as rows of its tables, and which of its numbers are neighbours."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from shared.kit.handled import DOSSIER_MAX, FACT_MAX, Handled


def inbox_row(handled: Handled) -> tuple[Any, ...]:
    """In the order of the table's columns."""
    decision = handled.decision
    reasons: list[Any] = [*decision.reasons]
    if handled.cause:
        reasons.append({"code": "cause", "field": None, "message": handled.cause})
    return (
        handled.event_id,
        handled.delivery.consumer,
        handled.fact[:FACT_MAX],
        handled.dossier,
        handled.delivery.sequence,
        handled.now,
        decision.result,
        reasons or None,
        bool(decision.changes or decision.facts),
    )


def waiting_row(early: Handled, now: datetime) -> tuple[Any, ...]:
    """In the order of the table's columns."""
    delivery = early.delivery
    return (
        early.event_id,
        early.waits_for[:DOSSIER_MAX],
        delivery.consumer,
        delivery.stream,
        delivery.sequence,
        delivery.stamped_ns,
        delivery.subject,
        delivery.kept_headers,
        delivery.data,
        now,
    )


def unbroken(ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Runs of ids without a gap: first and last."""
    for _, run in groupby(enumerate(ids), key=lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in run]
        yield numbers[0], numbers[-1]
