"""Whether others want the processor this process runs on."""

from contextlib import suppress
from pathlib import Path

SCHEDULED = Path("/proc/self/schedstat")  # Linux: nanoseconds it ran, nanoseconds it was ready and waited for its turn


class Processor:
    def __init__(self) -> None:
        self._ran_ns, self._waited_ns = _times()

    def contended(self) -> bool:
        """Whether this process waited for its turn longer than it ran, since it was last asked.

        Where the system does not say, nobody else wants the processor.
        """
        ran_ns, waited_ns = _times()
        contended = waited_ns - self._waited_ns > ran_ns - self._ran_ns
        self._ran_ns, self._waited_ns = ran_ns, waited_ns
        return contended


def _times() -> tuple[int, int]:
    with suppress(OSError, ValueError):
        ran_ns, waited_ns, _ = SCHEDULED.read_text(encoding="ascii").split()
        return int(ran_ns), int(waited_ns)
    return 0, 0
