"""How the operators' page writes sizes, times and ages, in French."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from deploy.cli.terminal import printing
from deploy.portal.french import grouped
from shared.french import NO_BREAK, moment

KIBI = 1024
UNITS = ("o", "Kio", "Mio", "Gio", "Tio")

duration = partial(printing.duration, between=NO_BREAK)


def size(size_bytes: int) -> str:
    """`1536` → `1,5 Kio`."""
    value = float(size_bytes)
    place = 0
    while value >= KIBI and place < len(UNITS) - 1:
        value /= KIBI
        place += 1
    digits = f"{value:.1f}".replace(".", ",") if place else grouped(size_bytes)
    return f"{digits}{NO_BREAK}{UNITS[place]}"


def a_second(rate: float | None) -> str:
    """Nothing is written where nothing came, or nobody knows yet."""
    if not rate:
        return ""
    return f"{rate:.1f}".replace(".", ",") if rate < 10 else grouped(round(rate))


def clock(at: datetime, zone: ZoneInfo) -> str:
    """`11:05:09`."""
    return at.astimezone(zone).strftime("%H:%M:%S")


def lately(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """The time of day of what came today, the whole moment of what came before."""
    if at.astimezone(zone).date() == now.astimezone(zone).date():
        return clock(at, zone)
    return moment(at, zone)
