"""What a list does for the diversity of places: kinds and departments, those of earlier waves beside it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from services.funding.domain.states import Entry, Ranking

OVERSEAS = ("97", "98")


@dataclass(frozen=True, slots=True)
class Share:
    """A kind of place, or a department: laureates before this wave, in this list, and dossiers ranked."""

    name: str
    before: int
    laureates: int
    ranked: int


def department_of(commune_code: str) -> str:
    """Three characters overseas, two elsewhere."""
    return commune_code[:3] if commune_code.startswith(OVERSEAS) else commune_code[:2]


def departments_of(entries: Iterable[Entry]) -> frozenset[str]:
    return frozenset(department_of(entry.commune_code) for entry in entries)


def shares(
    rankings: Sequence[Ranking],
    entries: Mapping[str, Entry],
    before: Iterable[Entry],
) -> tuple[list[Share], list[Share]]:
    """By kind of place, of which one has many; then by department. `before`: laureates of other waves."""
    ranked = [entries[place.candidature_id] for place in rankings]
    laureates = [entries[place.candidature_id] for place in rankings if place.outcome == "laureate"]
    groups = (list(before), laureates, ranked)
    kinds = _shares(*map(_kinds_of, groups))
    return list(kinds), list(_shares(*map(by_department, groups)))


def _kinds_of(entries: Iterable[Entry]) -> Counter[str]:
    return Counter(chain.from_iterable(entry.kinds for entry in entries))


def by_department(entries: Iterable[Entry]) -> Counter[str]:
    """How many of these each department has."""
    return Counter(department_of(entry.commune_code) for entry in entries)


def _shares(before: Counter[str], laureates: Counter[str], ranked: Counter[str]) -> Iterator[Share]:
    for name in sorted(before.keys() | ranked.keys()):
        yield Share(name, before[name], laureates[name], ranked[name])
