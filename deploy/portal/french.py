"""French forms of the pages: thousands set apart by a narrow space, and what is counted."""

from functools import partial

from shared import french
from shared.french import NO_BREAK, city_time, day, from_to, last_moment, local_day, moment

__all__ = [
    "capital",
    "city_time",
    "day",
    "euros",
    "from_to",
    "grouped",
    "last_moment",
    "local_day",
    "moment",
    "number",
]
NARROW = "\u202f"

euros = partial(french.euros, between=NARROW)
grouped = partial(french.grouped, between=NARROW)
number = partial(french.number, between=NARROW)


def in_fours(written: str) -> str:
    """`a1b2c3d4` → `a1b2 c3d4`, to be read aloud."""
    return NO_BREAK.join(written[at : at + 4] for at in range(0, len(written), 4))


def capital(text: str) -> str:
    """`étape de plus, à Lyon` → `Étape de plus, à Lyon`: the rest stays as it is."""
    return f"{text[:1].upper()}{text[1:]}"


def degrees(angle: float) -> str:
    """46.1268 → `46,1268`, to about ten metres."""
    return f"{angle:.4f}".replace(".", ",")
