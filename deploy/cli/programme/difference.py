"""What a change of a programme file would touch, and whether a running platform would take it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from deploy.cli.programme.touches import TOUCHES, part_of
from deploy.local.home.programme_copy import refusal
from shared.programme import Programme
from shared.programme.promises import answer_due_on

NAMED_BY = ("id", "title")  # what tells the parts of a list apart


@dataclass(frozen=True, slots=True)
class Change:
    """One value. None where the file has no such place."""

    place: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Touched:
    """What changes together, and what that does to those who were told otherwise."""

    part: str
    told: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """`days` are those that the call and its letters promise; `refused` says why the change is not taken."""

    touched: tuple[Touched, ...]
    days: tuple[Change, ...]
    refused: str | None


def difference_of(kept: Path, now: Programme, new: Programme) -> Difference:
    """`kept` is the file of `now`."""
    changes = _changes(_values(now.model_dump(mode="json")), _values(new.model_dump(mode="json")))
    by_part = groupby(sorted(changes, key=_part), _part)
    touched = tuple(Touched(part, TOUCHES[part], tuple(found)) for part, found in by_part)
    days = tuple(_changes(_promised(now), _promised(new)))
    return Difference(touched, days, refusal(kept, now, new))


def _part(change: Change) -> str:
    return part_of(change.place)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for place in dict.fromkeys((*before, *after)):
        if before.get(place) != after.get(place):
            yield Change(place, before.get(place), after.get(place))


def _values(value: Any, place: str = "") -> dict[str, Any]:
    """Each value by its place, `waves.2020-4.closes_on`; a list of plain values is one value."""
    below = _named(value)
    if below is None:
        return {place: value}
    found: dict[str, Any] = {}
    for name, one in below.items():
        found |= _values(one, f"{place}.{name}" if place else name)
    return found


def _named(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return None
    named = next(name for name in NAMED_BY if name in value[0])
    return {str(one[named]): one for one in value}


def _promised(programme: Programme) -> dict[str, date]:
    """The days that people were told, or can work out from what they were told."""
    found = {}
    for wave in programme.waves:
        found[f"wave {wave.id} opens"] = wave.opens_on
        found[f"wave {wave.id}: the last day to file"] = wave.closes_on
        found[f"wave {wave.id}: silence is a refusal from"] = answer_due_on(
            programme, wave.closes_on
        )
    found["the last waiting list ends"] = programme.selection.reserve_ends_on
    return found
