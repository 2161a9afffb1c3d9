"""The pair of keys of backups: the public half lies with the platform, the secret half nowhere near it."""

import base64
import binascii
from pathlib import Path

from nacl.public import PrivateKey, PublicKey

from deploy.local.home.durable import write_durably
from shared.kit.key_files import KeyFileInvalid, create_key, encoded, kept_text

RECIPIENT_FILE = "backup.pub"


class BackupKeyRefused(RuntimeError):
    """A key of backups that is missing, in the wrong place or damaged; the message says what to do."""


def make_backup_key(home: Path, secret_file: Path) -> str:
    """A new pair, which backups are sealed to from now on. Returns its public half, as it is written.

    Raises BackupKeyRefused.
    """
    if secret_file.resolve().is_relative_to(home.resolve()):
        raise BackupKeyRefused(
            f"{secret_file} lies in the data folder: name a place that no thief of it reaches"
        )
    if secret_file.exists():
        raise BackupKeyRefused(f"{secret_file} is there already: name a new file")
    if not (home / "keys").is_dir():
        raise BackupKeyRefused(
            f"{home} holds no platform: start one, or name its folder with FABRIQUES_HOME"
        )
    secret = PrivateKey.generate()
    secret_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    create_key(secret_file, encoded(bytes(secret)))
    public_half = encoded(bytes(secret.public_key))
    write_durably(home / "keys" / RECIPIENT_FILE, public_half.encode(), mode=0o600)
    return public_half


def recipient_of(home: Path) -> PublicKey:
    """Raises BackupKeyRefused where no pair was made, or its public half is damaged."""
    path = home / "keys" / RECIPIENT_FILE
    if not path.exists():
        raise BackupKeyRefused(
            "backups have no key yet: make one with `fabriques keys backup FILE`, "
            "and keep FILE where the data is not"
        )
    try:
        return PublicKey(_key_in(path.read_text(encoding="utf-8")))
    except ValueError:
        raise BackupKeyRefused(
            f"{path} holds no public key: make a new pair with `fabriques keys backup`"
        ) from None


def secret_in(path: Path) -> PrivateKey:
    """Raises BackupKeyRefused."""
    try:
        return PrivateKey(_key_in(kept_text(path)))
    except (KeyFileInvalid, OSError, ValueError) as error:
        raise BackupKeyRefused(f"{path} holds no key of backups: {error}") from None


def _key_in(text: str) -> bytes:
    """Raises ValueError for what is no key of 32 bytes."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != PublicKey.SIZE:
        raise ValueError("no key of 32 bytes in base64")
    return key
