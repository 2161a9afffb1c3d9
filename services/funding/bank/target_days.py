"""The day a bank can execute a payment on: TARGET, the settlement system of the euro, rests on some days."""

from datetime import date, datetime, timedelta

import holidays

from shared.programme import Programme

ONE_DAY = timedelta(days=1)
SATURDAY = 5
REST = holidays.financial_holidays("XECB")


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
    return day.weekday() < SATURDAY and day not in REST
