"""The log files of a platform: their last lines; complete and bounded where the terminal shows them, too."""

from pathlib import Path

LOG_BYTES_MAX = 20_000_000


def last_lines(log: Path, bytes_max: int, start: int = 0) -> list[str]:
    """Of what was written from `start` on; empty where it cannot be read. The first may be half a line."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            begins = start if start <= size else 0  # a full log began anew
            file.seek(max(begins, size - bytes_max))
            return file.read().decode("utf-8", "replace").splitlines()
    except OSError:  # the disk may be why it is asked for
        return []


class BoundedLog:
    """A file that starts anew when it is full.

    The one before is kept under `.1`: at most twice the limit on disk.
    """

    def __init__(self, path: Path, bytes_max: int = LOG_BYTES_MAX) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._bytes_max = bytes_max
        self._open()

    def write(self, text: str) -> None:
        data = text.encode()
        if self._bytes and self._bytes + len(data) > self._bytes_max:
            self._file.close()
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            self._open()
        self._bytes += len(data)
        self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def _open(self) -> None:
        self._file = self._path.open("ab")
        self._bytes = self._file.tell()
