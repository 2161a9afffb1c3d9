"""A holder who gave a public key must sign every later act on the dossier: Ed25519 over subject, line feed, body."""

import base64
import binascii

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from shared.kit.delivery import SIGNATURE_HEADER, Arrival
from shared.kit.errors import Rejected


def require_signature(public_key: str | None, at: Arrival) -> None:
    """Raises Rejected where the dossier has a key and the act is not signed with it. Keys and signatures are base64."""
    if public_key is None:
        return
    if at.signature is None:
        raise Rejected(f"this dossier's acts must be signed: the {SIGNATURE_HEADER} header is missing")
    try:
        signature = base64.b64decode(at.signature, validate=True)
        VerifyKey(base64.b64decode(public_key)).verify(signed_bytes(at.subject, at.body), signature)
    except (BadSignatureError, ValueError, binascii.Error):
        raise Rejected(f"{SIGNATURE_HEADER} is not a signature of this act by the dossier's key") from None


def signed_bytes(subject: str, body: bytes) -> bytes:
    return subject.encode() + b"\n" + body
