"""The list of who was erased. It lies outside the backups: an older copy brings nobody back."""

import json
import os
from datetime import datetime
from fcntl import LOCK_EX, flock
from pathlib import Path


class ErasureListUnreadable(RuntimeError):
    """A line is no erasure; the message says which."""


class ErasureList:
    """One JSON object a line: `candidature_id` and `erased_at`. Ids alone: it may be copied anywhere."""

    def __init__(self, path: Path) -> None:
        """Raises ErasureListUnreadable, OSError."""
        self._path = path
        self._erased_at = dict(_line(path, number, line) for number, line in _lines(path))

    @property
    def ids(self) -> list[str]:
        return list(self._erased_at)

    def add(self, candidature_id: str, erased_at: datetime) -> None:
        """On the disk once it returns; what is there stays as it is."""
        if candidature_id in self._erased_at:
            return
        line = {"candidature_id": candidature_id, "erased_at": erased_at.isoformat()}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            flock(file, LOCK_EX)
            before = file.read()
            whole = _whole_lines(before)
            kept = min(len(before), len(whole))
            file.truncate(kept)
            file.seek(kept)
            file.write(whole[kept:] + json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._erased_at[candidature_id] = line["erased_at"]


def _lines(path: Path) -> list[tuple[int, str]]:
    if not path.exists():
        return []
    lines = _whole_lines(path.read_bytes()).decode("utf-8", "replace").splitlines()
    return list(enumerate(lines, start=1))


def _whole_lines(written: bytes) -> bytes:
    """A full disk or a lost power may tear the last line: whoever wrote it was never told, and writes again.

    A last line that lacks its end alone was written by hand, and counts.
    """
    end = written.rfind(b"\n") + 1
    try:
        json.loads(written[end:])
    except ValueError:
        return written[:end]
    return written + b"\n"


def _line(path: Path, number: int, line: str) -> tuple[str, str]:
    try:
        said = json.loads(line)
        return str(said["candidature_id"]), str(said["erased_at"])
    except (ValueError, TypeError, KeyError):
        raise ErasureListUnreadable(f"{path}, line {number}: this is no erasure") from None
