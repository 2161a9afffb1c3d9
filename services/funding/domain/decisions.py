"""Two decisions of one event, joined; and what a decision leaves behind of a state."""

from dataclasses import replace
from typing import TypeVar

from services.funding.domain.money.tranches import numbered
from shared.contract.decision import Decision

S = TypeVar("S")


def both(first: Decision, second: Decision) -> Decision:
    """Two decisions of one event, in order. The first names the result; ledger lines are numbered through."""
    joined = first.followed_by(second)
    return replace(joined, changes=numbered(joined.changes))


def changed(decision: Decision, kind: type[S]) -> S | None:
    """The first state of this kind that a decision changes, as it leaves it."""
    for change in decision.changes:
        if isinstance(change, kind):
            return change
    return None
