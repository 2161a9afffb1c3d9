"""Two decisions of one event, joined; and what a decision leaves behind of a state."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import TypeVar

from services.funding.domain.states import Movement
from shared.contract.decision import Decision

S = TypeVar("S")


def both(first: Decision, second: Decision) -> Decision:
    """Two decisions of one event, in order. The first names the result; ledger lines are numbered through."""
    joined = first.followed_by(second)
    return replace(joined, changes=_numbered(joined.changes))


def _numbered(changes: Sequence[object]) -> tuple[object, ...]:
    """The ledger lines of one cause, numbered through."""
    # Cause and line are the key of a movement, and each of the joined decisions began at nought.
    lines = count()
    return tuple(
        replace(change, line=next(lines)) if isinstance(change, Movement) else change
        for change in changes
    )


def changed(decision: Decision, kind: type[S]) -> S | None:
    """The first state of this kind that a decision changes, as it leaves it."""
    for change in decision.changes:
        if isinstance(change, kind):
            return change
    return None
