"""The day a bank can execute a payment on: TARGET, the settlement system of the euro, rests on some days."""

from collections.abc import Container
from datetime import date, datetime, timedelta
from functools import cache

from shared.programme import Programme

ONE_DAY = timedelta(days=1)
SATURDAY = 5


def execution_day(programme: Programme, at: datetime) -> date:
    """The first TARGET day from the day of `at` on; from the bank's cut-off hour on, from the next day on."""
    local = at.astimezone(programme.zone)
    day = local.date()
    if local.hour >= programme.payment.cut_off_hour:
        day += ONE_DAY
    while not is_target_day(day):
        day += ONE_DAY
    return day


def is_target_day(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in _rest()


@cache
def _rest() -> Container[date]:
    from holidays import financial_holidays  # noqa: PLC0415  # every country's calendar: 0.3 s at each start

    return financial_holidays("XECB")
