"""The day a bank can execute a payment on: TARGET, the settlement system of the euro, rests on some days."""

from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from shared.programme import Programme

if TYPE_CHECKING:
    from holidays import HolidayBase


def execution_day(programme: Programme, at: datetime) -> date:
    """The first TARGET day from the day of `at` on; from the bank's cut-off hour on, from the next day on."""
    local = at.astimezone(programme.zone)
    day = local.date()
    if local.hour >= programme.payment.cut_off_hour:
        day += timedelta(days=1)
    return _calendar().get_nth_working_day(day, 0)  # itself, or the next one


@cache
def _calendar() -> "HolidayBase":
    from holidays import financial_holidays  # noqa: PLC0415  # every country's calendar: 0.3 s at each start

    return financial_holidays("XECB")
