"""French forms of letters: instants with their city, lists, articles, signs that stand apart."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared import french
from shared.french import NO_BREAK, city_time, day, euros, from_to, local_day, marks, number

__all__ = [
    "NO_BREAK",
    "at_place",
    "city_time",
    "day",
    "euros",
    "from_to",
    "last_moment",
    "listed",
    "local_day",
    "marks",
    "moment",
    "months",
    "number",
    "ordinal",
    "typeset",
    "with_article",
]

ARTICLES = {
    "l'": ("agence", "alliance", "association", "institut", "union"),
    "la ": (
        "confédération",
        "coopérative",
        "coordination",
        "fédération",
        "fondation",
        "ligue",
        "société",
    ),
    "le ": ("centre", "collectif", "conseil", "groupement", "mouvement", "réseau", "syndicat"),
}
NUMBERS = {1: "un", 2: "deux", 3: "trois", 4: "quatre", 6: "six"}
SET_APART = (*(f" {sign}" for sign in ":;?!€%»"), "« ", "n° ")
# Each begins with a class of characters, which is found at once: a letter asks a hundred times.
PHONE = re.compile(r"[0-9]{2}(?<!\w..)(?: [0-9]{2}){4}\b", re.ASCII)
# While letters are written: what they share stays, what names somebody goes first.
TEXTS_KEPT = 1_024
SPACES = re.compile(r"[\t-\r][ \t-\r]*|[ ][ \t-\r]+")


def moment(value: datetime | str, zone: ZoneInfo) -> str:
    """`30 décembre 2020 à 23 h 05 (heure de Paris)`: who reads it may live in another time zone."""
    return f"{french.moment(value, zone)} ({city_time(zone)})"


def last_moment(deadline: datetime | str, zone: ZoneInfo) -> str:
    """`le 30 décembre 2020 à minuit (heure de Paris)`."""
    return f"le {french.last_moment(deadline, zone)} ({city_time(zone)})"


def with_article(name: str) -> str:
    """`Association du Lac` → `l'Association du Lac`. A name whose first word we do not know stays bare."""
    first = name.partition(" ")[0].casefold()
    for article, words in ARTICLES.items():
        if first in words:
            return article + name
    return name


def at_place(name: str) -> str:
    """`à Vichy`, `au Havre`, `aux Abymes`: of a commune."""
    for article, contracted in (("Le ", "au "), ("Les ", "aux ")):
        if name.startswith(article):
            return contracted + name.removeprefix(article)
    return f"à {name}"


def ordinal(number: int) -> str:
    """`1re`, `2e`: of a tranche or a year, which are feminine words."""
    return "1re" if number == 1 else f"{number}e"


def months(count: int) -> str:
    """`deux mois`: in letters where they are few."""
    return f"{NUMBERS.get(count, count)} mois"


def listed(words: Sequence[str]) -> str:
    """`a, b et c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} et {words[-1]}"


@lru_cache(TEXTS_KEPT)
def typeset(text: str) -> str:
    """One space where there are many; no line breaks a telephone number, or begins with a sign set apart."""
    flowed = PHONE.sub(_unbroken, SPACES.sub(" ", text).strip(" "))
    for breakable in SET_APART:
        flowed = flowed.replace(breakable, breakable.replace(" ", NO_BREAK))
    return flowed


def _unbroken(found: re.Match[str]) -> str:
    return found[0].replace(" ", NO_BREAK)
