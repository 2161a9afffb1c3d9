"""The pair of keys of backups: the public half lies with the platform, the secret half nowhere near it."""

from pathlib import Path

from nacl.public import PrivateKey, PublicKey

from deploy.local.durable import write_durably
from deploy.local.sealed_file import key_bytes, key_text
from shared.kit.key_files import KeyFileInvalid, create_key, kept_text

RECIPIENT_FILE = "backup.pub"


class BackupKeyRefused(RuntimeError):
    """A key of backups that is missing, in the wrong place or damaged; the message says what to do."""


def make_backup_key(home: Path, secret_file: Path) -> PublicKey:
    """A new pair, which backups are sealed to from now on. Raises BackupKeyRefused."""
    if secret_file.resolve().is_relative_to(home.resolve()):
        raise BackupKeyRefused(
            f"{secret_file} lies in the data folder: name a place that no thief of it reaches"
        )
    if secret_file.exists():
        raise BackupKeyRefused(f"{secret_file} is there already: name a new file")
    if not (home / "keys").is_dir():
        raise BackupKeyRefused(f"{home} holds no platform: start one, or name its folder with FABRIQUES_HOME")
    secret = PrivateKey.generate()
    secret_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    create_key(secret_file, key_text(secret))
    write_durably(home / "keys" / RECIPIENT_FILE, key_text(secret.public_key).encode(), mode=0o600)
    return secret.public_key


def recipient_of(home: Path) -> PublicKey:
    """Raises BackupKeyRefused where no pair was made, or its public half is damaged."""
    path = home / "keys" / RECIPIENT_FILE
    if not path.exists():
        raise BackupKeyRefused(
            "backups have no key yet: make one with `fabriques keys backup FILE`, "
            "and keep FILE where the data is not"
        )
    try:
        return PublicKey(key_bytes(path.read_text(encoding="utf-8")))
    except ValueError:
        raise BackupKeyRefused(
            f"{path} holds no public key: make a new pair with `fabriques keys backup`"
        ) from None


def secret_in(path: Path) -> PrivateKey:
    """Raises BackupKeyRefused."""
    try:
        return PrivateKey(key_bytes(kept_text(path)))
    except (KeyFileInvalid, OSError, ValueError) as error:
        raise BackupKeyRefused(f"{path} holds no key of backups: {error}") from None
