"""Waits of tests that are not asynchronous: they look again until what they look for is there."""

import time
from collections.abc import Callable
from typing import TypeVar

from deploy.local.running.platform import LocalPlatform
from tests.platform import PATIENCE_SECONDS

T = TypeVar("T")
PAUSE_SECONDS = 0.05


def wait_until(look: Callable[[], T | None], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """What was found. Raises TimeoutError, saying what was awaited."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(PAUSE_SECONDS)
    return found


def wait_restarted(
    platform: LocalPlatform, name: str, old_pid: int, seconds: float = PATIENCE_SECONDS
) -> int:
    """Returns the pid of the process that took the place of a dead one. Raises TimeoutError."""

    def other_pid() -> int | None:
        pid = platform.pids().get(name, old_pid)
        return None if pid == old_pid else pid

    return wait_until(other_pid, f"{name} is started again", seconds)
