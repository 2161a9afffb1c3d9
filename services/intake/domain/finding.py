"""What an officer or operator looks for at the counter: by receipt, SIRET, commune, or words of a name."""

import re
from typing import Any, Literal

from shared.contract.identity import bare_number, folded, is_digits
from shared.value import value

SIREN_DIGITS, SIRET_DIGITS = 9, 14
COMMUNE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}")
AFTER_THE_PREFIX = re.compile(r"-[A-Z0-9-]*[0-9][A-Z0-9-]*")
Form = Literal["siret", "commune", "receipt", "words"]


@value
class Sought:
    """`form` is what the text looks like: it is looked for as that, and as nothing else."""

    form: Form
    text: str


def sought(text: str, receipt_prefix: str) -> Sought:
    """A number as on paper, in groups or small letters, is the same number; Lieu-2000 is a name."""
    number = str(bare_number(text))
    if is_digits(number) and len(number) in (SIREN_DIGITS, SIRET_DIGITS):
        return Sought("siret", number)
    code = text.strip().upper()
    if COMMUNE.fullmatch(code):
        return Sought("commune", code)
    if code.startswith(receipt_prefix) and AFTER_THE_PREFIX.fullmatch(code, len(receipt_prefix)):
        return Sought("receipt", code)
    return Sought("words", folded(text))


def has_words(file: dict[str, Any], words: str) -> bool:
    """Whether each of the words stands in the name of the place, of its holder, or in its address."""
    place = file.get("place") or {}
    holder = file.get("holder") or {}
    names = (place.get("name"), holder.get("legal_name"), place.get("address"))
    named = folded(" ".join(name or "" for name in names))
    return all(word in named for word in words.split())
