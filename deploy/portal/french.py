"""Money, days and instants as French readers expect them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

NO_BREAK = "\u00a0"
NARROW = "\u202f"
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def euros(cents: int) -> str:
    """`5000000` → `50 000 €`; the cents are written only where there are any."""
    whole, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    decimals = f",{rest:02d}" if rest else ""
    return f"{sign}{grouped(whole)}{decimals}{NO_BREAK}€"


def grouped(number: int) -> str:
    return f"{number:,}".replace(",", NARROW)


def day(value: date | str) -> str:
    """`2020-12-30` → `30 décembre 2020`."""
    found = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    number = "1er" if found.day == 1 else str(found.day)
    return f"{number}{NO_BREAK}{MONTHS[found.month - 1]}{NO_BREAK}{found.year}"


def local_day(value: datetime | str, zone: ZoneInfo) -> str:
    return day(_local(value, zone).date())


def moment(value: datetime | str, zone: ZoneInfo) -> str:
    """`30 décembre 2020 à 23 h 05`, in the programme's time zone."""
    local = _local(value, zone)
    return f"{day(local.date())} à {local.hour}{NO_BREAK}h{NO_BREAK}{local.minute:02d}"


def last_moment(deadline: datetime | str, zone: ZoneInfo) -> str:
    """A deadline is the first instant that is late: midnight is said as the end of the day before."""
    local = _local(deadline, zone)
    if local.hour == local.minute == 0:
        return f"{day(local.date() - timedelta(days=1))} à minuit"
    return moment(local, zone)


def city_time(zone: ZoneInfo) -> str:
    """`heure de Paris`."""
    return f"heure de {zone.key.rpartition('/')[2].replace('_', ' ')}"


def number(count: int, one: str, many: str) -> str:
    """`1 lauréat`, `12 lauréats`."""
    return f"{grouped(count)}{NO_BREAK}{many if count > 1 else one}"


def _local(value: datetime | str, zone: ZoneInfo) -> datetime:
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(zone)
