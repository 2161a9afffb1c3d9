"""Money, dates and lists as French readers expect them. Spaces that must not break are no-break spaces."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

NO_BREAK = "\u00a0"
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
ARTICLES = {
    "l'": ("agence", "alliance", "association", "institut", "union"),
    "la ": ("confédération", "coopérative", "coordination", "fédération", "fondation", "ligue", "société"),
    "le ": ("centre", "collectif", "conseil", "groupement", "mouvement", "réseau", "syndicat"),
}
BEFORE_SIGN = re.compile(r"[ ](?=[:;?!€%»])")
AFTER_SIGN = re.compile(r"(?<=«)[ ]|(?<=n°)[ ]")
SPACES = re.compile(r"[ \t\r\n]+")


def money(cents: int) -> str:
    """`5000000` → `50 000 €`; the cents are written only where there are any."""
    euros, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    decimals = f",{rest:02d}" if rest else ""
    return f"{sign}{euros:,}".replace(",", NO_BREAK) + f"{decimals}{NO_BREAK}€"


def marks(hundredths: int) -> str:
    """`1450` → `14,50`."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole},{rest:02d}"


def day(value: date | str) -> str:
    """`2020-12-30` → `30 décembre 2020`."""
    found = date.fromisoformat(value) if isinstance(value, str) else value
    number = "1er" if found.day == 1 else str(found.day)
    return f"{number}{NO_BREAK}{MONTHS[found.month - 1]}{NO_BREAK}{found.year}"


def local_day(value: datetime | str, zone: ZoneInfo) -> str:
    """The calendar day of an instant in the programme's time zone."""
    return day(_local(value, zone).date())


def moment(value: datetime | str, zone: ZoneInfo) -> str:
    """`30 décembre 2020 à 23 h 05 (heure de Paris)`: who reads it may live in another time zone."""
    local = _local(value, zone)
    return f"{day(local.date())} à {local.hour}{NO_BREAK}h{NO_BREAK}{local.minute:02d} ({local_time(zone)})"


def local_time(zone: ZoneInfo) -> str:
    """`heure de Paris`, from the city that names the zone."""
    return f"heure de {zone.key.rpartition('/')[2].replace('_', ' ')}"


def _local(value: datetime | str, zone: ZoneInfo) -> datetime:
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(zone)


def last_moment(deadline: datetime | str, zone: ZoneInfo) -> str:
    """A deadline is the first instant that is late: midnight is said as the end of the day before."""
    local = _local(deadline, zone)
    if local.hour or local.minute:
        return f"le {moment(local, zone)}"
    return f"le {day(date.fromordinal(local.date().toordinal() - 1))} à minuit ({local_time(zone)})"


def with_article(name: str) -> str:
    """`Association du Lac` → `l'Association du Lac`. A name whose first word we do not know stays bare."""
    first = name.partition(" ")[0].casefold()
    return next((article + name for article, words in ARTICLES.items() if first in words), name)


def ordinal(number: int) -> str:
    """`1re`, `2e`: of a tranche or a year, which are feminine words."""
    return "1re" if number == 1 else f"{number}e"


def listed(words: Sequence[str]) -> str:
    """`a, b et c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} et {words[-1]}"


def typeset(text: str) -> str:
    """One space where there are many; no line may begin with a sign that French sets apart."""
    flowed = SPACES.sub(" ", text).strip(" ")
    return AFTER_SIGN.sub(NO_BREAK, BEFORE_SIGN.sub(NO_BREAK, flowed))
