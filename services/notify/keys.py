"""The file of notify's own key: with it, the code of an address can be said."""

from pathlib import Path

from services.notify.domain.proof import Proof
from shared.kit.key_files import create_key, encoded, load_ring, new_key

PROOF_FILE = "notify-proof.nk"


def create_keys(folder: Path) -> None:
    """For whoever makes a platform."""
    create_key(folder / PROOF_FILE, encoded(new_key()))


def load_proof(folder: Path) -> Proof:
    """Raises KeyFileInvalid."""
    ring = load_ring(folder / PROOF_FILE)
    return Proof(ring.key, ring.retired)
