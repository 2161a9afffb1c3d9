"""Looks into files as they lie on the disk: what no query shows is still there for who holds the disk."""

import base64
from pathlib import Path

from tests.store import files_of, on_postgres


def holding(folder: Path, *words: str) -> list[Path]:
    """The files under a folder whose bytes hold one of these words, plain or in base64 as mail has them."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    wanted = _in_any_form(words)
    return [path for path in files if _holds(path.read_bytes(), wanted)]


def records_holding(home: Path, service: str, *words: str) -> list[str]:
    """The files of a service's database that do: on PostgreSQL, by the names of its tables and indexes."""
    if on_postgres():
        wanted = _in_any_form(words)
        return [name for name, file in files_of(home, service).items() if _holds(file, wanted)]
    names = [path.name for path in holding(home / "data", *words)]
    return [name for name in names if name.startswith(f"{service}.db")]


def _in_any_form(words: tuple[str, ...]) -> list[bytes]:
    plain = [word.encode() for word in words]
    return plain + [encoded for word in plain for encoded in _in_base64(word)]


def _holds(file: bytes, wanted: list[bytes]) -> bool:
    return any(word in file for word in wanted)


def _in_base64(word: bytes) -> list[bytes]:
    """Wherever it begins in what is encoded: the middle of it, whose letters no neighbour changes."""
    found = []
    for shift in range(3):
        encoded = base64.b64encode(b"-" * shift + word)
        found.append(encoded[4 if shift else 0 : len(encoded) // 4 * 4 - 4])
    return found
