"""The days that letters promise, for the shipped programme: they can be kept in every wave."""

from datetime import date, timedelta

import pytest

from shared.programme import Programme, Wave, load_programme
from shared.programme.promises import answer_due_on, appeal_until, report_due_on, tranche_due_on
from tests.conftest import SHIPPED_PROGRAMME

PROGRAMME = load_programme(SHIPPED_PROGRAMME)
DECIDED_AFTER = timedelta(days=45)  # reviews, ranking and approvals, with days to spare


def tranches(awarded_on: date) -> list[date]:
    return [tranche_due_on(PROGRAMME, awarded_on, number) for number in (1, 2, 3)]


@pytest.mark.parametrize("wave", PROGRAMME.waves, ids=lambda wave: wave.id)
def test_each_tranche_after_the_first_falls_due_after_the_report_that_opens_it(wave: Wave) -> None:
    days = tranches(wave.closes_on + DECIDED_AFTER)
    opened_by = [report_due_on(PROGRAMME, days[place : place + 2]) for place in (0, 1)]
    for report_on, paid_on, due_on in zip(opened_by, days[:-1], days[1:], strict=True):
        assert paid_on < report_on < due_on


@pytest.mark.parametrize("wave", PROGRAMME.waves, ids=lambda wave: wave.id)
def test_silence_decides_nothing_before_the_state_can(wave: Wave) -> None:
    assert wave.closes_on + DECIDED_AFTER < answer_due_on(PROGRAMME, wave.closes_on)


@pytest.mark.parametrize(
    ("awarded_on", "first"),
    [
        (date(2021, 1, 31), date(2022, 2, 14)),
        (date(2021, 11, 14), date(2022, 2, 14)),
        (date(2021, 11, 15), date(2023, 2, 14)),
    ],
)
def test_tranches_fall_due_on_the_yearly_day_some_months_after_the_award(
    awarded_on: date, first: date
) -> None:
    assert tranches(awarded_on) == [
        first,
        first.replace(year=first.year + 1),
        first.replace(year=first.year + 2),
    ]


def test_the_last_report_is_due_months_after_its_calendar_year() -> None:
    assert report_due_on(PROGRAMME, [date(2024, 2, 14)]) == date(2025, 6, 30)


@pytest.mark.parametrize(
    ("decided_on", "until"),
    [
        (date(2021, 6, 23), date(2021, 8, 24)),
        (date(2020, 12, 31), date(2021, 3, 1)),  # a shorter month
        (date(2021, 3, 7), date(2021, 5, 10)),  # a Saturday
        (date(2021, 3, 12), date(2021, 5, 14)),  # Ascension Day
        (date(2021, 9, 10), date(2021, 11, 12)),  # 11 November, a Thursday
    ],
)
def test_an_appeal_may_wait_until_a_working_day(decided_on: date, until: date) -> None:
    assert appeal_until(given_days(0), decided_on) == until


@pytest.mark.parametrize("days_on_its_way", [0, 1, 15])
def test_no_appeal_is_late_before_the_day_that_its_letter_tells(days_on_its_way: int) -> None:
    """Given a letter that comes days after the decision, its reader has the months it tells from then on."""
    decided_on = date(2021, 6, 23)
    told = appeal_until(given_days(0), decided_on + timedelta(days=days_on_its_way))
    assert appeal_until(PROGRAMME, decided_on) >= told
    assert (appeal_until(given_days(0), decided_on) >= told) is (days_on_its_way == 0), (
        "the control"
    )


def given_days(delivery_days: int) -> Programme:
    authority = PROGRAMME.authority.model_copy(update={"delivery_days": delivery_days})
    return PROGRAMME.model_copy(update={"authority": authority})
