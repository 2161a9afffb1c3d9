"""Bank details: sealed for funding alone, checked on opening, encrypted field by field at rest."""

import base64
import binascii
import json
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from services.funding.bank.accounts import account_mistakes, compact
from services.funding.bank.characters import sepa_text
from services.funding.bank.values import NAME_LENGTH_MAX
from shared.bank.values import Refused
from shared.contract.values import Reason
from shared.kit.key_files import (
    KEY_BYTES,
    KeyFileInvalid,
    decoded,
    encoded,
    kept_text,
    load_ring,
    new_key,
    replace_text,
)

FIELDS = ("iban", "bic", "account_holder")
NONCE_BYTES = 12
VERSION = struct.Struct(">I")


class BankDetailsInvalid(Refused):
    """Bank details that cannot be used, with every reason. Neither reasons nor cause repeat an account."""


class FieldUnreadable(ValueError):
    """A stored field that was altered, moved from another place, or whose key is not there."""


@dataclass(frozen=True, slots=True)
class BankDetails:
    """An account that passed every check; `iban` and `bic` are compact. Its text form shows none of it."""

    iban: str = field(repr=False)
    bic: str | None = field(repr=False)
    account_holder: str = field(repr=False)


class SealingKey:
    """Funding's key pair. Front-ends get the public half; what they seal with it opens nowhere else.

    An earlier pair opens what came before it was retired, now and in every replay; fingerprints stay those of
    the first pair, because orders and approvals name them.
    """

    def __init__(self, secret: bytes, retired: Sequence[tuple[bytes, datetime]] = ()) -> None:
        first = retired[0][0] if retired else secret
        self._private = PrivateKey(secret)
        self._retired = [(PrivateKey(earlier), until) for earlier, until in retired]
        self._fingerprint_key = blake2b(
            first, digest_size=KEY_BYTES, person=b"fingerprint"
        ).digest()

    @classmethod
    def load(cls, path: Path) -> "SealingKey":
        """The pair kept in `path`. Raises KeyFileInvalid."""
        ring = load_ring(path)
        return cls(ring.key, ring.retired)

    @property
    def public_key_base64(self) -> str:
        return encoded(bytes(self._private.public_key))

    def unseal(self, sealed_base64: str, at: datetime) -> BankDetails:
        """The details that a front-end sealed and said `at` then.

        Raises BankDetailsInvalid with every mistake at once.
        """
        read, said = self._opened(sealed_base64, at)
        if not read:
            raise _refused(
                "sealed-unreadable",
                "sealed",
                "L'envoi n'est pas scellé pour ce service.",
            )
        return checked_details(said)

    def _opened(self, sealed_base64: str, at: datetime) -> tuple[bool, Any]:
        """Whether it opens as JSON, and as what.

        No exception, as a decoder's error carries what it was decoding.
        """
        for private in (self._private, *(key for key, until in self._retired if at < until)):
            with suppress(CryptoError, binascii.Error, ValueError, RecursionError):
                sealed = base64.b64decode(sealed_base64, validate=True)
                return True, json.loads(SealedBox(private).decrypt(sealed))
        return False, None

    def fingerprint(self, details: BankDetails) -> str:
        """16 hex digits that stand for the details; keyed, so that nobody finds them by trying accounts."""
        said = json.dumps([details.iban, details.bic, details.account_holder]).encode()
        return blake2b(said, digest_size=8, key=self._fingerprint_key).hexdigest()


def seal(public_key_base64: str, details: Mapping[str, str | None] | BankDetails) -> str:
    """What a front-end sends as `sealed`: base64 of a NaCl sealed box. Never the same text twice."""
    said = asdict(details) if isinstance(details, BankDetails) else dict(details)
    box = SealedBox(PublicKey(base64.b64decode(public_key_base64, validate=True)))
    return encoded(box.encrypt(json.dumps(said).encode()))


def checked_details(said: Any) -> BankDetails:
    """`{"iban", "bic", "account_holder"}`, `bic` may be missing or null. Raises BankDetailsInvalid."""
    texts = _texts_in(said)
    if texts is None:
        raise _refused(
            "details-invalid",
            "sealed",
            "Les coordonnées bancaires n'ont pas la forme attendue.",
        )
    iban = texts["iban"]
    bic = texts["bic"]
    holder = texts["account_holder"]
    mistakes = (*account_mistakes(iban, bic or None), *_other_mistakes(said, holder))
    if mistakes:
        raise BankDetailsInvalid(mistakes)
    return BankDetails(compact(iban), compact(bic) or None, holder.strip())


def _texts_in(said: Any) -> dict[str, str] | None:
    """Each field, empty where it is missing or null; None where this is not the form."""
    if not isinstance(said, dict):
        return None
    texts: dict[str, Any] = {name: said.get(name) or "" for name in FIELDS}
    return texts if all(isinstance(text, str) for text in texts.values()) else None


def _other_mistakes(said: Mapping[str, Any], holder: str) -> Iterator[Reason]:
    if said.keys() - set(FIELDS):
        message = "Un champ inattendu est présent."
        yield Reason(code="field-unknown", field="sealed", message=message)
    if not _is_one_line(holder):
        message = f"Le titulaire est un nom d'une ligne, d'au plus {NAME_LENGTH_MAX} caractères."
        yield Reason(code="holder-invalid", field="account_holder", message=message)


def _is_one_line(holder: str) -> bool:
    """And something of it is left in the characters that banks take."""
    fits = len(holder) <= NAME_LENGTH_MAX and holder.isprintable()
    return fits and bool(sepa_text(holder, NAME_LENGTH_MAX))


class FieldCipher:
    """AES-256-GCM for one field at a time. What it writes opens in its own table, row and column alone.

    Stored as: key version (4 bytes), nonce (12 bytes), ciphertext and tag. New fields take the highest
    version; older ones open as long as their key is kept.
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        wrong = [
            version
            for version, key in keys.items()
            if len(key) != KEY_BYTES or not 0 < version < 2**32
        ]
        if wrong or not keys:
            raise KeyFileInvalid("field keys are 32 bytes each, under versions from 1 up")
        self._ciphers = {version: AESGCM(key) for version, key in keys.items()}
        self.version = max(keys)

    @classmethod
    def load(cls, path: Path) -> "FieldCipher":
        """The keys kept in `path`, a JSON object from version to base64. Raises KeyFileInvalid."""
        return cls(_field_keys(path))

    def encrypt(self, plaintext: str, table: str, row: str, column: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        place = _place(table, row, column, self.version)
        ciphertext = self._ciphers[self.version].encrypt(nonce, plaintext.encode(), place)
        return VERSION.pack(self.version) + nonce + ciphertext

    def decrypt(self, stored: bytes, table: str, row: str, column: str) -> str:
        """Raises FieldUnreadable: altered, moved, or of a version whose key is gone."""
        version = key_version(stored)
        if version not in self._ciphers:
            raise FieldUnreadable(f"{table}.{column}: no key of version {version}")
        sealed = stored[VERSION.size :]
        nonce = sealed[:NONCE_BYTES]
        place = _place(table, row, column, version)
        try:
            return self._ciphers[version].decrypt(nonce, sealed[NONCE_BYTES:], place).decode()
        except (InvalidTag, ValueError):
            raise FieldUnreadable(f"{table}.{column}: altered, or not of row {row}") from None

    def account(self, row: Mapping[str, Any]) -> str:
        """What a row of `accounts` seals; empty where it opens no more."""
        place = account_row(row["candidature_id"], row["fingerprint"])
        try:
            return self.decrypt(row["secret"], "accounts", place, "secret")
        except FieldUnreadable:
            return ""

    def renew(self, stored: bytes, table: str, row: str, column: str) -> bytes | None:
        """The field under the newest key; None when it is already. Walk the rows with it after a rotation."""
        if key_version(stored) == self.version:
            return None
        return self.encrypt(self.decrypt(stored, table, row, column), table, row, column)


def account_row(candidature_id: str, fingerprint: str) -> str:
    """The row an account is encrypted for: an earlier one of the same holder does not open in its place."""
    return f"{candidature_id}/{fingerprint}"


def rotate_field_keys(path: Path) -> int:
    """Adds a key to the file and returns its version. Earlier ones go once every row is renewed."""
    keys = _field_keys(path)
    version = max(keys) + 1
    keys[version] = new_key()
    _keep_field_keys(path, keys)
    return version


def drop_earlier_field_keys(path: Path) -> None:
    """Nothing is left that they open: each row was renewed. Raises KeyFileInvalid."""
    keys = _field_keys(path)
    newest = max(keys)
    _keep_field_keys(path, {newest: keys[newest]})


def key_version(stored: bytes) -> int:
    if len(stored) < VERSION.size:
        raise FieldUnreadable("a stored field is shorter than its key version")
    version: int = VERSION.unpack_from(stored)[0]
    return version


def _place(table: str, row: str, column: str, version: int) -> bytes:
    """Unambiguous: a JSON list, so that no two places are written alike."""
    return json.dumps([table, row, column, version]).encode()


def _field_keys(path: Path) -> dict[int, bytes]:
    kept = kept_text(path)
    try:
        said = {int(version): str(key) for version, key in json.loads(kept).items()}
    except (ValueError, AttributeError, TypeError):
        said = {}
    if not said:
        raise KeyFileInvalid(f"{path.name} is not a JSON object from version to key")
    return {version: decoded(key, path) for version, key in said.items()}


def _keep_field_keys(path: Path, keys: Mapping[int, bytes]) -> None:
    replace_text(path, json.dumps({str(version): encoded(key) for version, key in keys.items()}))


def _refused(code: str, where: str, message: str) -> BankDetailsInvalid:
    return BankDetailsInvalid((Reason(code=code, field=where, message=message),))
