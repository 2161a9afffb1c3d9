"""Secret keys in files that only their owner may read."""

import base64
import binascii
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

KEY_BYTES = 32
AUTHORITY = "ca"  # whose certificates count on this platform
LISTENERS = "listeners"  # nats-server, and what speaks HTTP
OTHERS = 0o077


class KeyFileInvalid(ValueError):
    """A key file that is not there, is damaged, or that others than its owner may read."""


def tls_file(home: Path, name: str) -> Path:
    """The certificate of the authority, alone; of the listeners or of an identity, with its key."""
    return home / "keys" / "tls" / f"{name}.pem"


def create_key(path: Path, text: str) -> None:
    """Two processes at once end with the same content: the file appears whole, and only once."""
    if path.exists():
        return
    fresh = _written_beside(path, text)
    try:
        # A link is made once, and never over another: of two processes, one fails here.
        path.hardlink_to(fresh)
    except FileExistsError:
        pass  # the other process was first: its content is the one to use
    finally:
        fresh.unlink()


def kept_text(path: Path) -> str:
    """The content of a key file. Raises KeyFileInvalid."""
    if not path.exists():
        raise KeyFileInvalid(
            f"{path} is not there: bring it back from where the keys are kept, a new one opens nothing"
        )
    # Refused, not mended: who could read it may have copied it.
    if path.stat().st_mode & OTHERS and not _mounted_read_only(path):
        raise KeyFileInvalid(
            f"{path.name} may be read by others than its owner: run chmod 600 on it"
        )
    return path.read_text(encoding="utf-8").strip()


def _mounted_read_only(path: Path) -> bool:
    """Then its mode is not ours to set: whoever mounted it says who may read it."""
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The key in use, and those before it, oldest first, each with the moment it counts until."""

    key: bytes
    retired: tuple[tuple[bytes, datetime], ...] = ()


def load_ring(path: Path) -> KeyRing:
    """A line for each key, the one in use last. Raises KeyFileInvalid."""
    *earlier, last = kept_text(path).split("\n")
    retired = [_retired(line, path) for line in earlier]
    return KeyRing(decoded(last, path), tuple(retired))


def rotate_ring(path: Path, until: datetime) -> None:
    """A new key; the one before counts `until` then, and what is older keeps its own moment.

    Raises KeyFileInvalid.
    """
    load_ring(path)
    *earlier, last = kept_text(path).split("\n")
    replace_text(path, "\n".join([*earlier, f"{last} {until.isoformat()}", encoded(new_key())]))


def drop_retired(path: Path) -> None:
    """Nothing is left that the earlier keys are for. Raises KeyFileInvalid."""
    replace_text(path, encoded(load_ring(path).key))


def _retired(line: str, path: Path) -> tuple[bytes, datetime]:
    key, _, until = line.partition(" ")
    try:
        return decoded(key, path), datetime.fromisoformat(until)
    except ValueError:
        raise KeyFileInvalid(
            f"{path.name} does not tell until when an earlier key counted"
        ) from None


def replace_text(path: Path, text: str) -> None:
    """New content, whole or not at all."""
    _written_beside(path, text).replace(path)


def encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


def decoded(text: str, path: Path) -> bytes:
    """The 32 bytes that `text` stands for. Raises KeyFileInvalid."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyFileInvalid(f"{path.name} does not hold keys of {KEY_BYTES} bytes in base64")
    return key


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def _written_beside(path: Path, text: str) -> Path:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        # A key that a power cut takes away opens nothing that was sealed with it.
        os.fsync(file.fileno())
    return fresh
