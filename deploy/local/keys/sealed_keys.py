"""The keys of a platform in one file, sealed with a passphrase.

The file's first line tells how it is opened.
"""

import base64
import json
from collections.abc import Mapping
from pathlib import Path

from nacl import pwhash, utils
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from deploy.local.home.durable import write_durably

FILE = "keys.sealed"
KDF = "argon2id"
OPERATIONS = pwhash.argon2id.OPSLIMIT_MODERATE
MEMORY_BYTES = pwhash.argon2id.MEMLIMIT_MODERATE
OPERATIONS_MAX = pwhash.argon2id.OPSLIMIT_SENSITIVE
MEMORY_BYTES_MAX = pwhash.argon2id.MEMLIMIT_SENSITIVE
PASSPHRASE_LENGTH_MIN = 12

# By their place under `keys/`: `intake.nk`, `people/administrator-1.key`.
Keys = Mapping[str, bytes]


class KeysSealed(RuntimeError):
    """Keys could not be sealed or opened; the message says why, and what to do."""


def read_keys(folder: Path) -> dict[str, bytes]:
    """Every key of this folder, those of people too. Raises KeysSealed where there is none."""
    found = {}
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in place.parts)
        if path.is_file() and not hidden:
            found[place.as_posix()] = path.read_bytes()
    if not found:
        raise KeysSealed(f"there are no keys in {folder}")
    return found


def write_keys(folder: Path, keys: Keys) -> None:
    """Whoever holds them can act as anybody and read every account: they are their owner's alone."""
    for place, key in keys.items():
        path = folder / place
        for above in (folder, path.parent):
            above.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(path, key, mode=0o600)


def seal_keys(keys: Keys, passphrase: str) -> bytes:
    """Raises KeysSealed for a passphrase that is soon guessed."""
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise KeysSealed(
            f"the passphrase is too short: {PASSPHRASE_LENGTH_MIN} characters at least"
        )
    salt = utils.random(pwhash.argon2id.SALTBYTES)
    head = {"kdf": KDF, "operations": OPERATIONS, "memory_bytes": MEMORY_BYTES, "salt": _text(salt)}
    box = _box(passphrase, salt, OPERATIONS, MEMORY_BYTES)
    said = json.dumps({place: _text(key) for place, key in keys.items()})
    return json.dumps(head).encode() + b"\n" + bytes(box.encrypt(said.encode()))


def open_keys(sealed: bytes, passphrase: str) -> dict[str, bytes]:
    """Raises KeysSealed."""
    line, _, rest = sealed.partition(b"\n")
    try:
        head = json.loads(line)
        salt = base64.b64decode(head["salt"])
        operations = _within(head["operations"], OPERATIONS_MAX)
        box = _box(passphrase, salt, operations, _within(head["memory_bytes"], MEMORY_BYTES_MAX))
    except (ValueError, TypeError, LookupError, CryptoError):
        told = f"{FILE} is damaged: take another copy of it, or name the keys' folder with --keys"
        raise KeysSealed(told) from None
    try:
        said = json.loads(box.decrypt(rest))
    except (CryptoError, ValueError):
        raise KeysSealed(f"the passphrase does not open {FILE}, or the file is damaged") from None
    return {place: base64.b64decode(key) for place, key in said.items()}


def _within(asked: int, limit: int) -> int:
    """What a stranger's file asks of this machine is bounded."""
    if not 0 < asked <= limit:
        raise ValueError(asked)
    return asked


def _box(passphrase: str, salt: bytes, operations: int, memory_bytes: int) -> SecretBox:
    key = pwhash.argon2id.kdf(
        SecretBox.KEY_SIZE, passphrase.encode(), salt, opslimit=operations, memlimit=memory_bytes
    )
    return SecretBox(key)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
