"""What only this portal could have written: cookies, form tokens, and addresses nobody can read back."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from shared.contract.identity import mailable
from shared.kit.key_files import create_key, encoded, load_ring, new_key

KEY_FILE = "sessions.key"
ID_BYTES = 24


class Seals:
    """Keyed hashes, one purpose each: none can be used for another.

    What an earlier key sealed counts until that was retired: nobody loses what they type. Addresses stay
    as the first one wrote them: the database finds them so.
    """

    def __init__(self, key: bytes, retired: Sequence[tuple[bytes, datetime]] = ()) -> None:
        self._key = key
        self._retired = retired
        self._first = retired[0][0] if retired else key

    def cookie(self, session: str) -> str:
        return f"{session}.{self._seal('session', session)}"

    def session_in(self, cookie: str) -> str:
        """The session that a cookie of ours names; empty for any other text."""
        session, _, seal = cookie.partition(".")
        return session if session and self._is(seal, "session", session) else ""

    def form_token(self, session: str) -> str:
        return self._seal("form", session)

    def is_form_token(self, token: str, session: str) -> bool:
        return bool(session) and self._is(token, "form", session)

    def address(self, email: str) -> str:
        """An e-mail address as the database knows it. Raises PydanticCustomError for what is none."""
        return _sealed(self._first, "address", mailable(email.strip()).casefold())

    def _seal(self, purpose: str, text: str) -> str:
        return _sealed(self._key, purpose, text)

    def _is(self, seal: str, purpose: str, text: str) -> bool:
        now = datetime.now(UTC)
        keys = [self._key, *(key for key, until in self._retired if now < until)]
        return any(
            hmac.compare_digest(seal.encode(), _sealed(key, purpose, text).encode()) for key in keys
        )


def _sealed(key: bytes, purpose: str, text: str) -> str:
    found = hmac.digest(key, f"{purpose}\n{text}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(found).decode().rstrip("=")


def new_id() -> str:
    """A session, the secret of a link, or a challenge: nobody guesses one."""
    return secrets.token_urlsafe(ID_BYTES)


def hashed(secret: str) -> str:
    """What the database keeps of a secret: a stolen copy opens nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def load_seals(folder: Path) -> Seals:
    """The key is made where there is none. Raises KeyFileInvalid."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / KEY_FILE
    create_key(path, encoded(new_key()))
    ring = load_ring(path)
    return Seals(ring.key, ring.retired)
