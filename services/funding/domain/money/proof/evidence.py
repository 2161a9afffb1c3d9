"""What the proof looks at: funding's states, and the facts that it said."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from services.funding.domain.states import BankLine, Fund, Grant, Movement, Order, Run, Tranche
from shared.programme import Programme

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SaidFact:
    """One fact of the log: its class, the event that caused it, its body."""

    name: str
    cause_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is looked at.

    `facts` are in the log's order; `heard` are the ids of events that were decided.
    """

    programme: Programme
    fund: Fund | None
    grants: Sequence[Grant]
    tranches: Sequence[Tranche]
    orders: Sequence[Order]
    runs: Sequence[Run]
    bank_lines: Sequence[BankLine]
    movements: Sequence[Movement]
    facts: Sequence[SaidFact]
    heard: frozenset[str]

    def said(self, name: str) -> list[SaidFact]:
        return [fact for fact in self.facts if fact.name == name]


def grouped(things: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    found: dict[K, list[T]] = defaultdict(list)
    for thing in things:
        found[key(thing)].append(thing)
    return found


def named(movement: Movement) -> str:
    return f"movement {movement.cause_id}#{movement.line}"
