"""What a process holds: the collector looks at little, and what a flood took is given back at rest."""

import ctypes
import gc
import sys

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_trim = getattr(_libc, "malloc_trim", None)  # glibc's own
GARBAGE_THRESHOLD = 20_000


def collect_less() -> None:
    """What is loaded by now stays: the collector need not look at it again for each batch."""
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD, 20, 50)


class Spare:
    """Gives back what is spare, once after each time of work: the C library would keep it for ever."""

    def __init__(self) -> None:
        self._done = 0
        self._owing = False

    def look(self, done: int) -> bool:
        """`done` counts what the process did so far: where it grew since the last look, there is work.

        Returns whether memory was given back.
        """
        # While work goes on, what is given back would be asked for again at once.
        if done != self._done:
            self._done = done
            self._owing = True
            return False
        if not self._owing:
            return False
        self._owing = False
        if _trim:
            _trim(0)
        return True
