"""A warning that repeats itself is said once, then counted: `repeated=312 seconds=60`."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from shared.kit.logs.outputs import Record

WINDOW_SECONDS = 60
KINDS_MAX = 1_000  # more than that at once are said as they come
SAME = ("event", "service", "process", "logger", "fact", "stream", "result", "cause")


@dataclass(slots=True)
class Repeated:
    """`latest` of those that were not said since the window began."""

    ends: float
    latest: Record
    count: int = 0


class Repeats:
    """`clock` tells seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._known: dict[tuple[object, ...], Repeated] = {}

    def is_new(self, record: Record) -> bool:
        """Whether to say it: nothing like it was said in this window. Otherwise it is counted."""
        key = tuple(map(record.get, SAME))
        known = self._known.get(key)
        if known is None:
            # A fault that words its cause anew each time must not fill the memory.
            if len(self._known) < KINDS_MAX:
                self._known[key] = Repeated(self._clock() + WINDOW_SECONDS, record)
            return True
        known.count += 1
        known.latest = record
        return False

    def over(self) -> list[Record]:
        """One record for each kind that was counted in a window that is over; its next window begins."""
        now = self._clock()
        over = [(key, known) for key, known in self._known.items() if known.ends <= now]
        for key, known in over:
            del self._known[key]
            if known.count:
                # It came again: the next window counts on, instead of saying it as if it were new.
                self._known[key] = Repeated(now + WINDOW_SECONDS, known.latest)
        return [
            {**known.latest, "repeated": known.count, "seconds": WINDOW_SECONDS}
            for _, known in over
            if known.count
        ]
