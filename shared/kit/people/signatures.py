"""The one form in which an act is signed, by a person or with a dossier's key: Ed25519 over these bytes.

    fabriques-act-v1 LF platform LF subject LF act id LF body

`platform` names one installation in one mode, so that a signature given in a rehearsal says nothing
elsewhere; the subject is the one the sender wrote; the act id is the header `ce-id`, a UUID of the signer's
own; the body is as sent. The signature is in the header `Fabriques-Signature`, in base64 as keys are.
"""

import base64
import binascii
from hashlib import sha256
from typing import TYPE_CHECKING

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from shared.contract.identity import UUID
from shared.contract.values import Reason
from shared.kit.delivery import ACT_HEADER, SIGNATURE_HEADER, Arrival
from shared.kit.errors import ActRefused
from shared.kit.people.register import CountedAct

if TYPE_CHECKING:  # the commands sign too, and need no database
    from shared.kit.storage.states import States

FORM = "fabriques-act-v1"


def signed_bytes(platform: str, subject: str, act_id: str, body: bytes) -> bytes:
    return f"{FORM}\n{platform}\n{subject}\n{act_id}\n".encode() + body


def signed_headers(
    key: SigningKey, platform: str, subject: str, act_id: str, body: bytes
) -> dict[str, str]:
    """What a front-end adds to a message whose body is this."""
    signature = key.sign(signed_bytes(platform, subject, act_id, body)).signature
    return {ACT_HEADER: act_id, SIGNATURE_HEADER: base64.b64encode(signature).decode()}


def public_key_of(key: SigningKey) -> str:
    return base64.b64encode(bytes(key.verify_key)).decode()


def digest_of_key(public_key: str) -> str:
    """What two people compare by voice: 32 hexadecimal digits in fours. Raises ValueError for no base64."""
    found = sha256(base64.b64decode(public_key, validate=True)).hexdigest()[:32]
    return " ".join(found[at : at + 4] for at in range(0, len(found), 4))


def names_itself(act_id: str | None) -> bool:
    return act_id is not None and UUID.fullmatch(act_id) is not None


def is_signed_with(public_key: str, at: Arrival) -> bool:
    """Whether exactly this act, on this platform, was signed with the key."""
    if at.signature is None or at.act_id is None:
        return False
    said = signed_bytes(at.platform, at.subject, at.act_id, at.body)
    return is_signature(at.signature, said, public_key)


def is_signature(signature: str, said: bytes, public_key: str) -> bool:
    """Whether these bytes were signed with the key. Signature and key are in base64."""
    try:
        given = base64.b64decode(signature, validate=True)
        VerifyKey(base64.b64decode(public_key)).verify(said, given)
    except (BadSignatureError, ValueError, binascii.Error):
        return False
    return True


def act_key(signer: str, act_id: str) -> str:
    return f"{signer}/{act_id}"


def counted_before(states: "States", signer: str, at: Arrival) -> bool:
    """Whether this act id counted already, with another event; from now on it has counted."""
    assert at.act_id
    act = act_key(signer, at.act_id)
    before = states.one(CountedAct, act)
    if before is None:
        states.keep(CountedAct(act, at.event_id))
    # The same event read again, as in a replay, is no repetition.
    return before is not None and before.event_id != at.event_id


def require_own(states: "States", owner: str, public_key: str | None, at: Arrival) -> None:
    """A holder's act comes from the dossier's front-end, and is signed where the dossier has a key.

    From another front-end it counts where it is signed with that key. Raises ActRefused.
    """
    # Without a key nothing but the front-end, which the server names, says whose the dossier is.
    if public_key is None and at.front_end != owner:
        raise ActRefused(NOT_YOURS)
    if public_key is None:
        return
    if objection := signature_objection(public_key, at):
        raise ActRefused(objection)
    # A signature proves who said it, not that it is said anew: anybody who read it could send it again.
    if counted_before(states, f"dossier:{at.subject.rpartition('.')[2]}", at):
        raise ActRefused(REPEATED)


def signature_objection(public_key: str, at: Arrival) -> Reason | None:
    """What is wrong with the signature of an act on a dossier that has a key."""
    if at.signature is None:
        return UNSIGNED
    if at.act_id is None:
        return UNNAMED
    if not names_itself(at.act_id):
        return MISNAMED
    return None if is_signed_with(public_key, at) else FORGED


def count_signed(states: "States", public_key: str | None, at: Arrival) -> None:
    """The first sending needs no signature; one that has one must not come back later as if it were new."""
    if public_key and names_itself(at.act_id) and is_signed_with(public_key, at):
        counted_before(states, f"dossier:{at.subject.rpartition('.')[2]}", at)


def _no(code: str, message: str) -> Reason:
    return Reason(code=code, message=message)


NOT_YOURS = _no(
    "not-your-dossier", "Ce dossier a été déposé par un autre guichet, qui seul peut agir sur lui."
)
UNSIGNED = _no("signature-missing", f"Ce dossier a une clé : l'en-tête {SIGNATURE_HEADER} manque.")
UNNAMED = _no("act-id-missing", f"Un acte signé porte un identifiant dans l'en-tête {ACT_HEADER}.")
MISNAMED = _no("act-id-invalid", f"L'en-tête {ACT_HEADER} n'est pas un UUID.")
FORGED = _no("signature-wrong", "La signature n'est pas celle de la clé du dossier, pour cet acte.")
REPEATED = _no(
    "act-repeated", f"Cet acte a déjà compté : un nouvel acte porte un nouveau {ACT_HEADER}."
)
