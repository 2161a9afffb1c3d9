"""One figure of one metric, as services tell it to whoever serves it: plain JSON on the way."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shared.kit.metrics.catalogue import METRICS, Metric


@dataclass(frozen=True, slots=True)
class Figure:
    """`counts` are those of a histogram's buckets, the last one for what is above every bound.

    `value` is then the sum of what was observed.
    """

    metric: Metric
    labels: tuple[str, ...]
    value: float
    counts: tuple[int, ...] = ()

    def as_row(self) -> list[Any]:
        return [self.metric.name, list(self.labels), self.value, list(self.counts)]


def figures_of(rows: Iterable[list[Any]]) -> list[Figure]:
    """What a service told; a metric that this code does not know, as of a newer service, is passed over."""
    return [
        Figure(METRICS[name], tuple(labels), value, tuple(counts))
        for name, labels, value, counts in rows
        if name in METRICS
    ]
