"""The file of the platform's own key, which signs checkpoints."""

from pathlib import Path

from nacl.signing import SigningKey

from shared.kit.key_files import create_key, encoded, load_ring, new_key

SEAL_FILE = "keeper-seal.nk"


def create_keys(folder: Path) -> None:
    """For whoever makes a platform."""
    create_key(folder / SEAL_FILE, encoded(new_key()))


def load_seals(folder: Path) -> tuple[SigningKey, tuple[SigningKey, ...]]:
    """The key in use, and those before it. Raises KeyFileInvalid."""
    ring = load_ring(folder / SEAL_FILE)
    return SigningKey(ring.key), tuple(SigningKey(key) for key, _ in ring.retired)
