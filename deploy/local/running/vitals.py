"""Whether a process is alive, not only there: one that hangs is started again, like one that died."""

import mmap
import shutil
import struct
import time
from pathlib import Path
from typing import Protocol

from shared.kit.bus.broker_health import complaint

SILENT_SECONDS_MAX = 5.0  # with two looks after that, noticed within ten seconds
WORKING_SECONDS_MAX = 120.0  # a large ranking keeps an event loop busy for long
LOOK_SECONDS = 1.5
ASK_SECONDS = 3.0  # the server, while it answers
ROOM_BYTES_MIN = 8 * 1024 * 1024


class Vitals(Protocol):
    def begin(self) -> None:
        """Called before each start."""

    def ails(self, pid: int) -> str:
        """Why this process must be started again; empty where it need not be."""


class Silence:
    """Judges a process that gives no sign of life: one that works, or waits for its disk, has more time."""

    def __init__(self) -> None:
        self._ran_ns: int | None = None

    def end(self) -> None:
        self._ran_ns = None

    def is_too_long(self, pid: int, seconds: float) -> bool:
        if seconds < SILENT_SECONDS_MAX:
            self.end()
            return False
        return seconds > WORKING_SECONDS_MAX or not self._works(pid)

    def _works(self, pid: int) -> bool:
        """Compared with the look before; where the system does not say, it is believed to work."""
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            ran_ns = sum(
                int(path.read_text().split()[0])
                for path in Path(f"/proc/{pid}/task").glob("*/schedstat")
            )
        except (OSError, ValueError, IndexError):
            return True
        before = self._ran_ns
        self._ran_ns = ran_ns
        return state == "D" or before is None or ran_ns > before


class Pulse:
    """A word of memory that a service shares with its supervisor: when its event loop last turned."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, struct.calcsize("d"))
        self._silence = Silence()

    def beat(self) -> None:
        struct.pack_into("d", self._memory, 0, time.monotonic())

    def begin(self) -> None:
        self.beat()

    def ails(self, pid: int) -> str:
        seconds = time.monotonic() - struct.unpack_from("d", self._memory)[0]
        too_long = self._silence.is_too_long(pid, seconds)
        return f"its event loop has not turned for {seconds:.0f} s" if too_long else ""


class ServerVitals:
    """nats-server never writes again to a stream where a write failed: with room, it must start anew."""

    def __init__(self, monitor_url: str, store: Path, authority: Path | None = None) -> None:
        self._monitor_url = monitor_url
        self._authority = authority
        self._store = store
        self._silence = Silence()
        self.begin()

    def begin(self) -> None:
        self._answered = self._due = time.monotonic()

    def ails(self, pid: int) -> str:
        now = time.monotonic()
        if now < self._due:
            return ""
        self._due = now + LOOK_SECONDS
        try:
            said = complaint(self._monitor_url, self._authority)
        except OSError:
            too_long = self._silence.is_too_long(pid, now - self._answered)
            return f"it has not answered for {now - self._answered:.0f} s" if too_long else ""
        self._answered = now
        self._due = now + ASK_SECONDS
        return said if "write error" in said and self._has_room() else ""

    def _has_room(self) -> bool:
        return shutil.disk_usage(self._store).free >= ROOM_BYTES_MIN
