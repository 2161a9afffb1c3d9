"""The arithmetic of the benchmark: medians, percentiles, a stage's limit, and what each figure must reach."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil
from statistics import median
from typing import Any

from rich.table import Table


class Side(StrEnum):
    """On which side of its bar a figure is good."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


@dataclass(frozen=True, slots=True)
class Bar:
    side: Side
    value: float

    def reached(self, figure: float) -> bool:
        return figure >= self.value if self.side is Side.AT_LEAST else figure <= self.value

    def __str__(self) -> str:
        return f"{self.side.value} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    `runs` are the values `value` is the median of; `detail` says how it was measured.

    `name` is its place in results.json: `latency_ms.at_40.p50` is nested.
    """

    name: str
    value: float
    unit: str = ""
    bar: Bar | None = None
    runs: tuple[float, ...] = ()
    detail: str = ""

    @property
    def reached(self) -> bool | None:
        return None if self.bar is None else self.bar.reached(self.value)


@dataclass(slots=True)
class Findings:
    """What one measurement found.

    `notes` are lines to print; `data` is kept in results.json beside the figures, `tables` show it.
    """

    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)

    def add(self, other: "Findings") -> None:
        self.figures += other.figures
        self.notes += other.notes
        self.data |= other.data
        self.tables += other.tables


def at_least(value: float) -> Bar:
    return Bar(Side.AT_LEAST, value)


def at_most(value: float) -> Bar:
    return Bar(Side.AT_MOST, value)


def of_runs(
    name: str, runs: Sequence[float], unit: str = "", bar: Bar | None = None, detail: str = ""
) -> Figure:
    """The median of several runs. Raises ValueError where there is none."""
    if not runs:
        raise ValueError(f"{name} was never measured")
    return Figure(name, median(runs), unit, bar, tuple(runs), detail)


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that at least `percent` % of the values do not exceed.

    Raises ValueError for no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, ceil(percent / 100 * len(ordered)) - 1)]


def serial_limit(pieces: Mapping[str, float]) -> float:
    """Events/s of one core that does every piece after the other: 1/Σ(1/piece), each piece in events/s."""
    return 1 / sum(1 / rate for rate in pieces.values())


def ratios(figures: Sequence[float], references: Sequence[float]) -> list[float]:
    """Each run against the reference measured beside it: what slows the machine slows both."""
    return [figure / reference for figure, reference in zip(figures, references, strict=True)]


Series = Sequence[tuple[float, int]]


def time_at(series: Series, count: float) -> float:
    """When a counter that was looked at now and then passed `count`, between the looks on a straight line."""
    before = series[0]
    for seen in series:
        if seen[1] >= count:
            rise = seen[1] - before[1]
            return (
                seen[0]
                if not rise
                else before[0] + (seen[0] - before[0]) * (count - before[1]) / rise
            )
        before = seen
    raise ValueError(f"the counter never reached {count:g}")


def last_over_first(series: Series, parts: int = 10) -> float:
    """The rate of the last tenth over the rate of the first.

    The clock starts with the first one done, not before.
    """
    began = next(index for index, (_, done) in enumerate(series) if done > 0)
    moving = series[began:]
    start = moving[0][1]
    end = moving[-1][1]
    part = (end - start) / parts
    first = time_at(moving, start + part) - moving[0][0]
    last = time_at(moving, end) - time_at(moving, end - part)
    return first / last


def nested(figures: Iterable[Figure]) -> dict[str, Any]:
    """The values by name, with a name's dots as levels, rounded to what was measured."""
    found: dict[str, Any] = {}
    for figure in figures:
        *path, last = figure.name.split(".")
        level = found
        for step in path:
            level = level.setdefault(step, {})
        level[last] = rounded(figure.value)
    return found


def rounded(value: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{value:.4g}")
