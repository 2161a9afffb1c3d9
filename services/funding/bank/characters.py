"""The characters every SEPA bank accepts, and how the others are written with them.

Letters lose their accents, signs are replaced.
Source: EPC217-08, "SEPA Requirements for an Extended Character Set".
"""

import re

from text_unidecode import unidecode  # type: ignore[import-untyped]

ACCEPTED = "A-Za-z0-9/?:().,'+ -"
SIGNS = str.maketrans(
    {
        "&": "+",
        "_": "-",
        "~": "-",
        "–": "-",
        "—": "-",
        ";": ",",
        "[": "(",
        "{": "(",
        "]": ")",
        "}": ")",
        "\\": "/",
        "|": "/",
        "`": "'",
        "’": "'",
        "‘": "'",
        "€": "E",
        "°": ".",
    }
)
_CLEAN = re.compile(
    r"[A-Za-z0-9?:().,'+-]*[A-Za-z0-9][A-Za-z0-9?:().,'+-]*( [A-Za-z0-9?:().,'+-]+)*"
)
_NOT_ACCEPTED = re.compile(f"[^{ACCEPTED}]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_IDENTIFIER = re.compile(r"[A-Za-z0-9+?:().,'-]+(/[A-Za-z0-9+?:().,'-]+)*")


def sepa_text(text: str, length_max: int) -> str:
    """`text` as it may travel: accents dropped, signs replaced, cut. Empty when nothing of it can be written.

    A text neither begins nor ends with a slash nor doubles it: banks read that as a structure of their own.
    """
    if len(text) <= length_max and _CLEAN.fullmatch(text):
        return text  # most names and every reference: nothing to rewrite
    latin = unidecode(_CONTROL.sub(" ", text).translate(SIGNS)).translate(SIGNS)
    spaced = " ".join(_NOT_ACCEPTED.sub(".", " ".join(latin.split())).split())
    cut = re.sub(r"/(\s*/)+", "/", spaced).lstrip("/ ")[:length_max].rstrip("/ ")
    return cut if re.search("[A-Za-z0-9]", cut) else ""


def is_identifier(text: str, length_max: int) -> bool:
    """True when `text` can be an id as it is. Ids are never rewritten: answers are matched by them."""
    return len(text) <= length_max and _IDENTIFIER.fullmatch(text) is not None
