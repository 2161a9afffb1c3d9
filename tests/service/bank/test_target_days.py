"""The day a payment is asked for is one on which banks settle, and not one that is over."""

from datetime import date, datetime

import pytest
from holidays import financial_holidays
from hypothesis import given
from hypothesis import strategies as st

from services.funding.bank.target_days import execution_day
from tests.service.money.treasury import shipped

RESTS = financial_holidays("XECB")


@pytest.mark.parametrize(
    ("exported_at", "day"),
    [
        ("2021-04-21T14:59:59+02:00", date(2021, 4, 21)),
        ("2021-04-21T15:00:00+02:00", date(2021, 4, 22)),
        ("2021-04-21T13:00:00+00:00", date(2021, 4, 22)),
        ("2021-04-20T22:30:00+00:00", date(2021, 4, 21)),
        ("2021-04-02T10:00:00+02:00", date(2021, 4, 6)),
        ("2021-04-01T16:00:00+02:00", date(2021, 4, 6)),
        ("2021-04-23T16:00:00+02:00", date(2021, 4, 26)),
        ("2021-04-24T09:00:00+02:00", date(2021, 4, 26)),
        ("2026-05-01T09:00:00+02:00", date(2026, 5, 4)),
        ("2026-07-14T09:00:00+02:00", date(2026, 7, 14)),
        ("2020-12-24T18:00:00+01:00", date(2020, 12, 28)),
        ("2020-12-31T18:00:00+01:00", date(2021, 1, 4)),
    ],
)
def test_the_execution_day_is_the_first_target_day_the_bank_can_still_reach(
    exported_at: str, day: date
) -> None:
    assert execution_day(shipped(), datetime.fromisoformat(exported_at)) == day


@given(at=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2045, 1, 1)))  # noqa: DTZ001
def test_whatever_the_instant_it_is_a_target_day_within_a_week_and_never_over(at: datetime) -> None:
    local = at.replace(tzinfo=shipped().zone)

    day = execution_day(shipped(), local)

    assert day.weekday() < 5
    assert day not in RESTS
    assert 0 <= (day - local.date()).days <= 6
