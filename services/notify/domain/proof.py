"""Proof that somebody reads an address: a code leaves in a letter, and comes back through a front-end."""

import base64
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from services.notify.domain.contact import Contact
from services.notify.domain.erasure import ERASED
from services.notify.domain.notice import Cause, Message, Notice
from services.notify.domain.telling import joined, notice_id, tell
from shared.contract.decision import Decision, nothing

CODE_BYTES = 18


class Proof:
    """Nobody without the key can say the code of an address. It is never kept, logged or published by us.

    A code of an earlier key counts until that key was retired; mailboxes keep the names that the first gave.
    """

    def __init__(self, key: bytes, retired: Sequence[tuple[bytes, datetime]] = ()) -> None:
        self._key = key
        self._retired = retired
        self._first = retired[0][0] if retired else key

    def code(self, candidature_id: str, email: str) -> str:
        return self._code(self._key, candidature_id, email)

    def _code(self, key: bytes, candidature_id: str, email: str) -> str:
        digest = _digest(key, "address", candidature_id, email)
        return base64.urlsafe_b64encode(digest[:CODE_BYTES]).decode()

    def proven(
        self, code: str, candidature_id: str, emails: Iterable[str], at: datetime
    ) -> str | None:
        """The address that this code is of, among those of the dossier, when it came back `at` then."""
        keys = [self._key, *(key for key, until in self._retired if at < until)]
        for email in emails:
            if any(
                hmac.compare_digest(code, self._code(key, candidature_id, email)) for key in keys
            ):
                return email
        return None

    def mailbox(self, email: str) -> str:
        """A name to count an address's letters under, which does not tell the address."""
        return _digest(self._first, "mailbox", email.lower()).hex()


def _digest(key: bytes, *words: str) -> bytes:
    return hmac.digest(key, "\n".join(words).encode(), "sha256")


def is_held_back(notice: Notice, contact: Contact) -> bool:
    """Anybody can write anybody's address into a file: until its reader says so, letters have no words."""
    return notice.recipient == "holder" and notice.template != ERASED and not contact.is_proven


def confirm(contact: Contact, email: str | None, short: Sequence[Notice], cause: Cause) -> Decision:
    """The code of the address `email` came back: what left for it without its words leaves again, whole."""
    if email is None:
        return nothing("no-such-code")
    if email in contact.proven:
        return nothing("proven-before")
    proven = replace(contact, proven=(*contact.proven, email))
    if not proven.is_proven:
        return Decision("address-proven", changes=(proven,))
    again = [tell(proven, cause, _again(notice)) for notice in short]
    whole = tuple(replace(notice, short=False) for notice in short)
    return joined(*again, Decision("address-proven", changes=(proven, *whole)))


def _again(notice: Notice) -> Message:
    return Message(
        notice.template,
        notice.context,
        notice.recipient,
        matter=notice.notice_id,
    )


def repeats(notice: Notice, earlier: Notice) -> bool:
    """Whether it is that letter again, whole, for an address proven since: it decides nothing anew."""
    if notice.template != earlier.template:
        return False
    return notice.notice_id == notice_id(Cause(notice.cause_id, notice.at), _again(earlier))
