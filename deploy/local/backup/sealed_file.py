"""One file of many entries, sealed to a public key: libsodium's secret stream, a piece at a time.

The first line is open for all to read: what the file is, and until when it counts. It goes into every seal,
so that no byte of it or of the rest is changed, moved, dropped or added unseen. Whoever holds the public key
alone writes, and reads nothing back.
"""

import base64
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from deploy.local.home.durable import sync_folder
from shared.kit.key_files import encoded

PIECE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
END_OF_ENTRY = bindings.crypto_secretstream_xchacha20poly1305_TAG_PUSH
END_OF_FILE = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
OVERHEAD_BYTES = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
PIECE_BYTES_MAX = 256 * 1024
LENGTH_BYTES = 4
HEAD_BYTES_MAX = 4096


class SealBroken(RuntimeError):
    """A sealed file that is not as it was written, or not for this key; the message says which."""


class Sealing:
    """What is written of a file that is being sealed, entry by entry."""

    def __init__(self, file: BinaryIO, recipient: PublicKey, told: dict[str, Any]) -> None:
        self._file = file
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        key = bindings.crypto_secretstream_xchacha20poly1305_keygen()
        opening = bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, key)
        sealed = {"key": encoded(SealedBox(recipient).encrypt(key)), "opening": encoded(opening)}
        self._head = json.dumps({**told, **sealed}).encode() + b"\n"
        file.write(self._head)

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """An entry whose content is at hand."""
        self.begin(name)
        for piece in pieces:
            self.write(piece)
        self.end()

    def begin(self, name: str) -> None:
        self._push(name.encode(), PIECE)

    def write(self, data: bytes) -> None:
        for start in range(0, len(data), PIECE_BYTES_MAX):
            self._push(data[start : start + PIECE_BYTES_MAX], PIECE)

    def end(self) -> None:
        self._push(b"", END_OF_ENTRY)

    def close(self) -> None:
        self._push(b"", END_OF_FILE)

    def _push(self, data: bytes, tag: int) -> None:
        sealed = bindings.crypto_secretstream_xchacha20poly1305_push(
            self._state, data, self._head, tag
        )
        self._file.write(len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed)


@contextmanager
def sealing(path: Path, recipient: PublicKey, told: dict[str, Any]) -> Iterator[Sealing]:
    """A sealed file that takes its name once it is whole and on the disk. `told` stands in its first line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = path.with_name(f".{path.name}.begun")
    descriptor = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            kept = Sealing(file, recipient, told)
            yield kept
            kept.close()
            file.flush()
            os.fsync(file.fileno())
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)
    sync_folder(path.parent)


def read_head(path: Path) -> dict[str, Any]:
    """What the first line tells; only opening the file proves it. Raises SealBroken, OSError."""
    with path.open("rb") as file:
        return _told(path, file.readline(HEAD_BYTES_MAX))


def unseal(path: Path, key: PrivateKey, folder: Path) -> None:
    """Writes every entry into this folder, a file each. Raises SealBroken, having left what it wrote."""
    with path.open("rb") as file:
        head = file.readline(HEAD_BYTES_MAX)
        pieces = _pieces(path, file, head, _begun(path, _told(path, head), key))
        for name, tag in pieces:
            if tag == END_OF_FILE:
                break
            _write_entry(_place(folder, name), pieces)
        if file.read(1):
            raise SealBroken(f"{path} was changed: something follows its end")


def _write_entry(place: Path, pieces: Iterator[tuple[bytes, int]]) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as entry:
        for piece, tag in pieces:
            entry.write(piece)
            if tag == END_OF_ENTRY:
                return


def _begun(path: Path, told: dict[str, Any], key: PrivateKey) -> Any:
    """The state that opens the pieces. Raises SealBroken for another key's file."""
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    try:
        opened = SealedBox(key).decrypt(base64.b64decode(told["key"]))
        opening = base64.b64decode(told["opening"])
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, opening, opened)
    except (CryptoError, KeyError, TypeError, ValueError):
        raise SealBroken(
            f"this key does not open {path}: it is another's, or the file was changed"
        ) from None
    return state


def _pieces(path: Path, file: BinaryIO, head: bytes, state: Any) -> Iterator[tuple[bytes, int]]:
    """Each piece with its tag. Raises SealBroken at the first that is not as it was written."""
    while True:
        length = int.from_bytes(file.read(LENGTH_BYTES), "big")
        if not OVERHEAD_BYTES <= length <= PIECE_BYTES_MAX + OVERHEAD_BYTES:
            raise SealBroken(f"{path} was changed or cut off")
        try:
            sealed = file.read(length)
            data, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, sealed, head)
        except (CryptoError, ValueError):
            raise SealBroken(f"{path} was changed or cut off") from None
        yield data, tag


def _place(folder: Path, name: bytes) -> Path:
    """Whoever has the public key could have written this name: it stays inside the folder."""
    inside = (folder / name.decode("utf-8", "replace")).resolve()
    if not inside.is_relative_to(folder.resolve()):
        raise SealBroken(f"an entry would lie outside the folder: {name!r}")
    return inside


def _told(path: Path, head: bytes) -> dict[str, Any]:
    try:
        told = json.loads(head)
    except ValueError:
        told = None
    if not isinstance(told, dict) or not head.endswith(b"\n"):
        raise SealBroken(f"{path} is no sealed file")
    return told
