"""What changed for laureates who were supported, beside the others, by what they reported themselves."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

CAUTION = (
    "Nobody was drawn by lot: who asks for support may differ from who does not, so that a difference "
    "between the two is a question to look into, and no proof."
)
Counted = Mapping[int, Mapping[str, int]]  # the indicators by year


@dataclass(frozen=True, slots=True)
class Change:
    """One indicator of one group: how many reported it in two years, its mean in the first and the last."""

    laureates: int
    before: float
    after: float

    @property
    def percent(self) -> float | None:
        return 100 * (self.after - self.before) / self.before if self.before else None


def by_laureate(counts: Iterable[Mapping[str, Any]]) -> dict[str, dict[int, Mapping[str, int]]]:
    """The lines of funding's `impact-counts`, of one laureate each."""
    found: dict[str, dict[int, Mapping[str, int]]] = {}
    for line in counts:
        found.setdefault(line["candidature_id"], {})[line["year"]] = line["indicators"]
    return found


def compared(
    indicator: str, reported: Mapping[str, Counted], supported: Collection[str]
) -> tuple[Change, Change]:
    """Of those who were supported, and of the others: whoever reported one year alone shows no change."""
    with_support: list[tuple[int, int]] = []
    without: list[tuple[int, int]] = []
    for laureate, years in reported.items():
        first, last = min(years), max(years)
        if first < last and indicator in years[first] and indicator in years[last]:
            group = with_support if laureate in supported else without
            group.append((years[first][indicator], years[last][indicator]))
    return _change(with_support), _change(without)


def _change(pairs: list[tuple[int, int]]) -> Change:
    if not pairs:
        return Change(0, 0.0, 0.0)
    return Change(len(pairs), fmean(one for one, _ in pairs), fmean(one for _, one in pairs))


def told(change: Change) -> dict[str, Any]:
    """`{"laureates", "before", "after", "percent"}`: means to one place."""
    percent = None if change.percent is None else round(change.percent, 1)
    return {
        "laureates": change.laureates,
        "before": round(change.before, 1),
        "after": round(change.after, 1),
        "percent": percent,
    }
