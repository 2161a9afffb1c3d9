"""Figures as Prometheus reads them. Only a process that serves them loads prometheus_client."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family

from shared.kit.metrics.catalogue import Metric
from shared.kit.metrics.figures import Figure

CONTENT_TYPE = CONTENT_TYPE_LATEST


class _Collected:
    def __init__(self, families: Iterable[Family]) -> None:
        self._families = list(families)

    def collect(self) -> Iterator[Family]:
        yield from self._families


def exposition(figures: Iterable[Figure]) -> bytes:
    """Each metric with its meaning, then the process's own memory and processor time."""
    by_metric: dict[Metric, list[Figure]] = {}
    for figure in figures:
        by_metric.setdefault(figure.metric, []).append(figure)
    registry = CollectorRegistry()
    registry.register(_Collected(_family(metric, found) for metric, found in by_metric.items()))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


def _family(metric: Metric, figures: Iterable[Figure]) -> Family:
    if metric.kind == "histogram":
        histogram = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
        for figure in figures:
            histogram.add_metric(figure.labels, _buckets(figure), figure.value)
        return histogram
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = kind(metric.name, metric.meaning, labels=metric.labels)
    for figure in figures:
        family.add_metric(figure.labels, figure.value)
    return family


def _buckets(figure: Figure) -> list[tuple[str, float]]:
    """Prometheus wants each bucket with all below it."""
    bounds = [*(str(bound) for bound in figure.metric.bounds), "+Inf"]
    return [
        (bound, float(count))
        for bound, count in zip(bounds, accumulate(figure.counts), strict=True)
    ]
