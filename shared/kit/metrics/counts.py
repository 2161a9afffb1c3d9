"""What a service counts on the way of every event: additions in memory, and nothing else.

FastStream's own Prometheus middleware counts a batch as one message and knows no fact and no result, and a
counter of prometheus_client costs more than ten of these additions: its labels are looked for under a lock.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from shared.kit.handled import Handled
from shared.kit.metrics.catalogue import (
    AGE,
    BATCH,
    DATABASE_FAILURES,
    DECISION,
    EVENTS,
    PUBLISH,
    PUBLISH_FAILURES,
    TRANSACTION,
    Metric,
)
from shared.kit.metrics.figures import Figure

KINDS_MAX = 500  # pairs of fact and result; what comes from outside must not fill the memory
OTHER = ("other", "other")


class Histogram:
    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._bounds = metric.bounds
        self._counts = [0] * (len(metric.bounds) + 1)
        self._sum = 0.0

    def add(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def add_each(self, values: Sequence[float]) -> None:
        bounds, counts = self._bounds, self._counts
        for value in values:
            counts[bisect_left(bounds, value)] += 1
        self._sum += sum(values)

    def figure(self, *labels: str) -> Figure:
        return Figure(self._metric, labels, self._sum, tuple(self._counts))


class Counts:
    """One for each consumer: a process that holds two of them, as a test does, counts each alone."""

    def __init__(self) -> None:
        self.events: dict[tuple[str, str], int] = {}
        self.batch = Histogram(BATCH)
        self.decision = Histogram(DECISION)
        self.transaction = Histogram(TRANSACTION)
        self.publish = Histogram(PUBLISH)
        self.age = Histogram(AGE)
        self.publish_failures = 0
        self.database_failures = 0

    def count(self, batch: Sequence[Handled], now_ns: int) -> None:
        """What one transaction came to. An event that comes again is old for other reasons: it has no age."""
        events = self.events
        for handled in batch:
            kind = (handled.fact, handled.decision.result)
            events[kind] = events.get(kind, 0) + 1
        self.batch.add(len(batch))
        self.decision.add_each([handled.milliseconds / 1e3 for handled in batch])
        deliveries = [handled.delivery for handled in batch]
        self.age.add_each([(now_ns - one.stamped_ns) / 1e9 for one in deliveries if one.is_fresh])
        if len(events) > KINDS_MAX:
            self._drop_newest()

    def _drop_newest(self) -> None:
        for kind in list(self.events)[KINDS_MAX - 1 :]:
            if kind != OTHER:
                self.events[OTHER] = self.events.get(OTHER, 0) + self.events.pop(kind)

    def figures(self, service: str) -> Iterator[Figure]:
        for (fact, result), count in list(self.events.items()):
            yield Figure(EVENTS, (service, fact, result), count)
        for histogram in (self.batch, self.decision, self.transaction, self.publish, self.age):
            yield histogram.figure(service)
        yield Figure(PUBLISH_FAILURES, (service,), self.publish_failures)
        yield Figure(DATABASE_FAILURES, (service,), self.database_failures)
