"""The one form in which an act is signed, by a person or with a dossier's key: Ed25519 over these bytes.

    fabriques-act-v1 LF platform LF subject LF act id LF body

`platform` names one installation in one mode, so that a signature given in a rehearsal says nothing elsewhere; the
subject is the one the sender wrote; the act id is the header `ce-id`, a UUID of the signer's own; the body is as sent.
Keys and signatures are base64. The signature travels in the header `Fabriques-Signature`.
"""

import base64
import binascii
from typing import TYPE_CHECKING

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from shared.contract.identity import UUID
from shared.kit.delivery import ACT_HEADER, SIGNATURE_HEADER, Arrival
from shared.kit.errors import Rejected
from shared.kit.people import CountedAct

if TYPE_CHECKING:  # the commands sign too, and need no database
    from shared.kit.book import Book

FORM = "fabriques-act-v1"


def signed_bytes(platform: str, subject: str, act_id: str, body: bytes) -> bytes:
    return f"{FORM}\n{platform}\n{subject}\n{act_id}\n".encode() + body


def signed_headers(key: SigningKey, platform: str, subject: str, act_id: str, body: bytes) -> dict[str, str]:
    """What a front-end adds to a message whose body is this."""
    signature = key.sign(signed_bytes(platform, subject, act_id, body)).signature
    return {ACT_HEADER: act_id, SIGNATURE_HEADER: base64.b64encode(signature).decode()}


def public_key_of(key: SigningKey) -> str:
    return base64.b64encode(bytes(key.verify_key)).decode()


def names_itself(act_id: str | None) -> bool:
    return act_id is not None and UUID.fullmatch(act_id) is not None


def is_signed_with(public_key: str, at: Arrival) -> bool:
    """Whether exactly this act, on this platform, was signed with the key."""
    if at.signature is None or at.act_id is None:
        return False
    try:
        signature = base64.b64decode(at.signature, validate=True)
        said = signed_bytes(at.platform, subject_as_sent(at), at.act_id, at.body)
        VerifyKey(base64.b64decode(public_key)).verify(said, signature)
    except (BadSignatureError, ValueError, binascii.Error):
        return False
    return True


def subject_as_sent(at: Arrival) -> str:
    return at.subject


def act_key(signer: str, act_id: str) -> str:
    return f"{signer}/{act_id}"


def counted_before(book: "Book", signer: str, at: Arrival) -> bool:
    """Whether this act id counted already, with another event; from now on it has counted."""
    assert at.act_id
    act = act_key(signer, at.act_id)
    before = book.one(CountedAct, act)
    if before is None:
        book.keep(CountedAct(act, at.event_id))
    return before is not None and before.event_id != at.event_id


def require_signature(book: "Book", public_key: str | None, at: Arrival) -> None:
    """A holder who gave a public key must sign every later act on the dossier. Raises Rejected, with what is wrong."""
    if public_key is None:
        return
    for header, given in ((SIGNATURE_HEADER, at.signature), (ACT_HEADER, at.act_id)):
        if given is None:
            raise Rejected(f"this dossier's acts must be signed: the {header} header is missing")
    if not names_itself(at.act_id):
        raise Rejected(f"{ACT_HEADER} is not a UUID")
    if not is_signed_with(public_key, at):
        raise Rejected(f"{SIGNATURE_HEADER} is not a signature of this act by the dossier's key")
    if counted_before(book, f"dossier:{at.subject.rpartition('.')[2]}", at):
        raise Rejected(f"this act counted once already: a new act needs a new {ACT_HEADER}")


def count_signed(book: "Book", public_key: str | None, at: Arrival) -> None:
    """The first sending needs no signature; one that has one must not come back later as if it were new."""
    if public_key and names_itself(at.act_id) and is_signed_with(public_key, at):
        counted_before(book, f"dossier:{at.subject.rpartition('.')[2]}", at)
