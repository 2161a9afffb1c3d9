"""The key that nats-server encrypts its streams with. With another, or none, it shows an empty store."""

import os
from hashlib import blake2b
from pathlib import Path

from deploy.local.home.durable import write_durably
from shared.kit.key_files import KEY_BYTES, create_key, decoded, encoded, kept_text, new_key

KEY_FILE = "FABRIQUES_STORE_KEY"
SECRET = "FABRIQUES_STORE_SECRET"  # noqa: S105 - where the server's configuration finds it, in no file
MARK = "encrypted"  # beside the streams: which key they are encrypted with, told by a digest


class StoreKeyWrong(RuntimeError):
    """The key is not the one of this store; the message says what to do."""


def store_secret(home: Path) -> str | None:
    """What the streams of this folder are encrypted with, None where they are not.

    A folder without streams is given the key that is named, which is made where it is not there. Raises
    StoreKeyWrong, KeyFileInvalid.
    """
    mark = home / "nats" / MARK
    named = os.environ.get(KEY_FILE)
    if not named:
        if mark.exists():
            raise StoreKeyWrong(
                f"the streams of {home} are encrypted: name their key's file ({KEY_FILE})"
            )
        return None
    path = Path(named)
    if not mark.exists():
        _require_new(home, path)
        create_key(path, encoded(new_key()))
    secret = kept_text(path)
    digest = blake2b(decoded(secret, path), digest_size=KEY_BYTES, person=b"store").hexdigest()
    if not mark.exists():
        write_durably(mark, digest.encode(), mode=0o600)
    if mark.read_text(encoding="utf-8") != digest:
        raise StoreKeyWrong(f"{path} is not the key that the streams of {home} are encrypted with")
    return secret


def _require_new(home: Path, path: Path) -> None:
    if (home / "nats" / "jetstream").exists():
        raise StoreKeyWrong(
            f"the streams of {home} are not encrypted: restore a backup into a new folder with this key"
        )
    if path.resolve().is_relative_to(home.resolve()):
        raise StoreKeyWrong(
            f"{path} lies in the data folder: name a place that no thief of the disk reaches"
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def server_environment(home: Path) -> dict[str, str]:
    """The server's environment; in quotes, as its configuration reads text. Raises as `store_secret` does."""
    secret = store_secret(home)
    return {**os.environ, SECRET: f'"{secret}"'} if secret else dict(os.environ)
