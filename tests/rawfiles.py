"""Looks into files as they lie on the disk: what no query shows is still there for who holds the disk."""

import base64
from pathlib import Path


def holding(folder: Path, *words: str) -> list[Path]:
    """The files under a folder whose bytes hold one of these words, plain or in base64 as mail has them."""
    wanted = [word.encode() for word in words]
    wanted += [encoded for word in wanted for encoded in _in_base64(word)]
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and _holds(path, wanted)]


def _holds(path: Path, wanted: list[bytes]) -> bool:
    found = path.read_bytes()
    return any(word in found for word in wanted)


def _in_base64(word: bytes) -> list[bytes]:
    """Wherever it begins in what is encoded: the middle of it, whose letters no neighbour changes."""
    found = []
    for shift in range(3):
        encoded = base64.b64encode(b"-" * shift + word)
        found.append(encoded[4 if shift else 0 : len(encoded) // 4 * 4 - 4])
    return found
