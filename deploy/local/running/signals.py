"""Waits for what a supervisor must hear: a signal, a child that ended, or an owner that went away."""

import os
import select
import signal
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """`told_to_stop` counts the requests to stop.

    `leash` is a descriptor that reads empty once the owner is gone.
    """

    def __init__(self, leash: int | None = None) -> None:
        self.told_to_stop = 0
        self._leash = leash
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for heard in STOPPING:
            signal.signal(heard, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def listen(self, seconds: float) -> None:
        """Returns when something happened, or when the time is over."""
        watched = [self._read] if self._leash is None else [self._read, self._leash]
        ready, _, _ = select.select(watched, [], [], max(0.0, seconds))
        if self._read in ready:
            os.read(self._read, 4096)
        if self._leash is not None and self._leash in ready and not os.read(self._leash, 4096):
            self._leash = None
            self.told_to_stop += 1

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.told_to_stop += 1
