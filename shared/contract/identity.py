"""One form for whatever is compared: a person, a place or an address is never two by its spelling."""

import re
import uuid
from unicodedata import category, combining, normalize

import idna
from pydantic_core import PydanticCustomError

UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
LA_POSTE = "356000000"
ITS_HEAD_OFFICE = "35600000000048"  # the other offices are numbered by another rule
# Each digit's double, as the sum of its own digits.
DOUBLED = str.maketrans("0123456789", "0246813579")
SIGNS = re.compile(r"[\W_]")
NOBODY = "000000000"  # the SIREN that forms are filled with, whose check digit is right
UNSEEN = frozenset(("Cf", "Zs"))  # spaces of every width, and marks that show nothing

ATOM, LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL_PATTERN = rf"^{ATOM}(\.{ATOM})*@({LABEL}\.)+[A-Za-z]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])$"
EMAIL = re.compile(EMAIL_PATTERN)
EMAIL_LENGTH_MAX = 200
EMAIL_LOCAL_LENGTH_MAX = 64


def composed(text: str) -> str:
    """An accent is part of its letter, whichever keyboard wrote it: Unicode's form C."""
    return normalize("NFC", text)


def folded(text: str) -> str:
    """Without accents and capitals: people look for Épinal as epinal."""
    parted = normalize("NFKD", text.casefold())
    if not parted.isascii():
        parted = "".join(letter for letter in parted if not combining(letter))
    return " ".join(parted.split())


def bare_name(text: str) -> str:
    """Accents, capitals, spaces and signs tell no two names of places apart."""
    return SIGNS.sub("", folded(text))


def lower_uuid(text: object) -> object:
    """An id is the same in capitals; what follows it, such as -T1, and what is no id, stays as it is."""
    if not isinstance(text, str) or text.islower():
        return text
    found = UUID.match(text)
    return found[0].lower() + text[found.end() :] if found else text


def is_answerable(body: object, dossier: str) -> bool:
    """Whether a body that cannot be read names this dossier, by its subject at least, and no other one."""
    if UUID.fullmatch(dossier) is None:
        return False
    named = body.get("candidature_id") if isinstance(body, dict) else None
    return not isinstance(named, str) or _is_uuid(named, dossier)


def _is_uuid(text: str, dossier: str) -> bool:
    """Braces, a prefix urn:uuid: or no hyphens are a wrong form of the same id."""
    try:
        return str(uuid.UUID(text)) == dossier
    except ValueError:
        return False


def upper_code(text: object) -> object:
    return text.strip().upper() if isinstance(text, str) else text


def bare_number(text: object) -> object:
    """732 829 320 00074 as it is stored: what separates its groups on paper is no part of it."""
    if not isinstance(text, str):
        return text
    return "".join(character for character in text if category(character) not in UNSEEN)


def is_digits(text: str) -> bool:
    """0 to 9 alone: `str.isdigit` takes the digits of every script, which compare as other numbers."""
    return text.isascii() and text.isdigit()


def is_siret(text: str) -> bool:
    """14 digits with right check digits, of the company's number too, of somebody."""
    if len(text) != 14 or not is_digits(text) or text[:9] == NOBODY:
        return False
    if text[:9] == LA_POSTE and text != ITS_HEAD_OFFICE:
        return sum(map(int, text)) % 5 == 0
    return _checks(text) and _checks(text[:9])


def _checks(number: str) -> bool:
    """Luhn: from the right, the digits and each second one's double add up to a full ten."""
    return sum(map(int, number[::-2] + number[-2::-2].translate(DOUBLED))) % 10 == 0


def mailable(address: str) -> str:
    """What every relay takes: a domain with accents in its ASCII form.

    Before the @, SMTPUTF8 would be needed.
    """
    local, at, domain = composed(address).rpartition("@")
    found = local + at + (domain if domain.isascii() else _ascii_domain(domain))
    if (
        not EMAIL.fullmatch(found)
        or len(local) > EMAIL_LOCAL_LENGTH_MAX
        or len(found) > EMAIL_LENGTH_MAX
    ):
        raise PydanticCustomError(
            "email_invalid", "this is not an address that mail can be sent to"
        )
    return found


def _ascii_domain(domain: str) -> str:
    """Empty for what is no domain in any script."""
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""
