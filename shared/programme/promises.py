"""The days that letters promise: one formula for who tells them and who keeps them."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from shared.programme.model import Programme, months_later

if TYPE_CHECKING:
    from holidays import HolidayBase


def answer_due_on(programme: Programme, closes_on: date) -> date:
    """The day on which silence is a refusal (CRPA L231-4, CJA R421-2).

    A file may be completed and changed until its wave closes, and is compared with the others after: the time
    to answer runs from that day, so that silence decides nothing before the State can.
    """
    return months_later(closes_on, programme.intake.silence_months)


def tranche_due_on(programme: Programme, awarded_on: date, number: int) -> date:
    """Some months after the award, on the yearly day of payments where the programme has one; then yearly."""
    payment = programme.payment
    first = months_later(awarded_on, payment.first_due_months)
    if payment.due_day:
        first = _next_on(payment.due_day, first)
    return months_later(first, 12 * (number - 1))


def report_due_on(programme: Programme, due_on: Sequence[date]) -> date:
    """`due_on` is when the tranche that is reported on fell due, and the next one, where there is one.

    A report that opens a tranche comes before it; the last one so many months after its calendar year.
    Source: décret of 30 June 2017, article 10-4.
    """
    this, *later = due_on
    if later:
        return later[0] - timedelta(days=programme.payment.report_due_days)
    return months_later(date(this.year, 12, 31), programme.payment.report_due_months)


def appeal_until(programme: Programme, decided_on: date) -> date:
    """The last day on which an appeal is not late: neither its first day nor its last counts (CJA R421-1).

    The time runs from the day on which the letter was received: we count from the last day it may come on.
    Where the end is no working day, the next one (CPC article 642; Conseil d'État, 19 Sept 2014, 362568).
    """
    received_on = decided_on + timedelta(days=programme.authority.delivery_days)
    last = months_later(received_on, programme.authority.appeal_months) + timedelta(days=1)
    return _calendar().get_nth_working_day(last, 0)  # itself, or the next one


def appeal_answer_due_on(programme: Programme, filed_on: date) -> date:
    """Silence on an appeal rejects it as silence on a request does (CRPA L231-4)."""
    return months_later(filed_on, programme.intake.silence_months)


def _next_on(month_day: str, earliest: date) -> date:
    month, day = map(int, month_day.split("-"))
    found = date(earliest.year, month, day)
    return found if found >= earliest else found.replace(year=earliest.year + 1)


@cache
def _calendar() -> "HolidayBase":
    from holidays import country_holidays  # noqa: PLC0415  # every country's calendar: 0.3 s at each start

    return country_holidays("FR")
