"""Proof that somebody reads an address: a code that leaves in a letter to it, and comes back through a front-end."""

import base64
import hmac
from collections.abc import Iterable
from pathlib import Path

from shared.kit.key_files import create_key, decoded, encoded, kept_text, new_key

PROOF_FILE = "notify-proof.nk"
CODE_BYTES = 18


def create_keys(folder: Path) -> None:
    """For whoever makes a platform."""
    create_key(folder / PROOF_FILE, encoded(new_key()))


class Proof:
    """Nobody without the key can say the code of an address. It is never kept, logged or published by us."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def load(cls, folder: Path) -> "Proof":
        """Raises KeyFileInvalid."""
        path = folder / PROOF_FILE
        return cls(decoded(kept_text(path), path))

    def code(self, candidature_id: str, email: str) -> str:
        digest = self._digest("address", candidature_id, email)
        return base64.urlsafe_b64encode(digest[:CODE_BYTES]).decode()

    def proven(self, code: str, candidature_id: str, emails: Iterable[str]) -> str | None:
        """The address that this code is of, among those of the dossier."""
        of = (email for email in emails if hmac.compare_digest(code, self.code(candidature_id, email)))
        return next(of, None)

    def mailbox(self, email: str) -> str:
        """A name to count an address's letters under, which does not tell the address."""
        return self._digest("mailbox", email.lower()).hex()

    def _digest(self, *words: str) -> bytes:
        return hmac.digest(self._key, "\n".join(words).encode(), "sha256")
