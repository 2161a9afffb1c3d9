"""Money, marks, days and instants as French readers expect them. Spaces that must not break are no-break."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

NO_BREAK = "\u00a0"
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def euros(cents: int, between: str = NO_BREAK, minus: str = "-") -> str:
    """`15000000` → `150 000 €`, `7512345` → `75 123,45 €`: cents are written only where there are any.

    `between` sets the thousands apart.
    """
    whole, rest = divmod(abs(cents), 100)
    sign = minus if cents < 0 else ""
    decimals = f",{rest:02d}" if rest else ""
    return f"{sign}{grouped(whole, between)}{decimals}{NO_BREAK}€"


def grouped(number: int, between: str = NO_BREAK) -> str:
    return f"{number:,}".replace(",", between)


def number(count: int, one: str, many: str, between: str = NO_BREAK) -> str:
    """`0 lauréat`, `1 lauréat`, `12 lauréats`: from two on a French noun is plural."""
    return f"{grouped(count, between)}{NO_BREAK}{many if count > 1 else one}"


def marks(hundredths: int) -> str:
    """`1450` → `14,50`."""
    whole, rest = divmod(abs(hundredths), 100)
    sign = "−" if hundredths < 0 else ""
    return f"{sign}{whole},{rest:02d}"


def day(value: date | str) -> str:
    """`2020-12-30`, or an instant of that day in ISO form → `30 décembre 2020`."""
    found = _date(value)
    number = "1er" if found.day == 1 else str(found.day)
    return f"{number}{NO_BREAK}{MONTHS[found.month - 1]}{NO_BREAK}{found.year}"


def from_to(first: date | str, last: date | str) -> str:
    """`le 16 juin 2022`, `du 16 au 17 juin 2022`: what both days share is said once."""
    begin, end = _date(first), _date(last)
    if begin == end:
        return f"le {day(begin)}"
    words = day(begin).split(NO_BREAK)
    if begin.year == end.year:
        words = words[:2]
    if begin.replace(day=1) == end.replace(day=1):
        words = words[:1]
    return f"du {NO_BREAK.join(words)} au {day(end)}"


def local_day(value: datetime | str, zone: ZoneInfo) -> str:
    """The calendar day of an instant in this time zone."""
    return day(_local(value, zone).date())


def moment(value: datetime | str, zone: ZoneInfo) -> str:
    """`30 décembre 2020 à 23 h 05`."""
    local = _local(value, zone)
    clock = f"{local.hour}{NO_BREAK}h{NO_BREAK}{local.minute:02d}"
    return f"{day(local.date())} à {clock}"


def last_moment(deadline: datetime | str, zone: ZoneInfo) -> str:
    """A deadline is the first instant that is late: midnight is said as the end of the day before."""
    local = _local(deadline, zone)
    if local.hour or local.minute:
        return moment(local, zone)
    return f"{day(local.date() - timedelta(days=1))} à minuit"


def city_time(zone: ZoneInfo) -> str:
    """`heure de Paris`, from the city that names the zone."""
    return f"heure de {zone.key.rpartition('/')[2].replace('_', ' ')}"


def _date(value: date | str) -> date:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


def _local(value: datetime | str, zone: ZoneInfo) -> datetime:
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(zone)
