"""The file of the platform's own key, which signs checkpoints."""

from pathlib import Path

from nacl.signing import SigningKey

from shared.kit.key_files import create_key, decoded, encoded, kept_text, new_key

SEAL_FILE = "keeper-seal.nk"


def create_keys(folder: Path) -> None:
    """For whoever makes a platform."""
    create_key(folder / SEAL_FILE, encoded(new_key()))


def load_seal(folder: Path) -> SigningKey:
    """Raises KeyFileInvalid."""
    path = folder / SEAL_FILE
    return SigningKey(decoded(kept_text(path), path))
