"""A report is reminded of some days before it is due, on the day, and once when it is late: each once."""

from datetime import date, timedelta

import pytest

from services.funding.domain.money.impact import counts_of, impact
from services.funding.domain.money.reminders import LATE, Expected, remind, stage_on
from services.funding.domain.money.reports import ReportDue
from services.funding.domain.states import ReportReminder
from tests.rules.money import given

DUE_ON = date(2023, 1, 17)
DAYS = (30, 7)


def expected(state="missing", last=None, due_on=DUE_ON):
    reminder = None if last is None else ReportReminder(given.KEY, 1, DUE_ON, last)
    return Expected(
        ReportDue(given.KEY, given.RECEIPT, 1, due_on, state, date(2023, 2, 14)), reminder
    )


@pytest.mark.parametrize(
    ("days_left", "stage"),
    [(31, None), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-1, LATE), (-90, LATE)],
)
def test_the_stage_of_a_report_is_the_last_one_whose_day_has_come(days_left, stage):
    assert stage_on(DUE_ON - timedelta(days=days_left), DUE_ON, DAYS) == stage


def test_each_stage_is_said_once_and_says_when_the_report_is_due_and_what_it_opens():
    first = remind([expected()], DAYS, DUE_ON - timedelta(days=30))
    [fact] = first.facts
    [kept] = first.changes

    assert (fact.due_on, fact.days_left, fact.opens_on) == (DUE_ON, 30, date(2023, 2, 14))
    assert remind([expected(last=kept.days_left)], DAYS, DUE_ON - timedelta(days=29)).facts == ()
    assert [
        f.days_left for f in remind([expected(last=30)], DAYS, DUE_ON - timedelta(days=7)).facts
    ] == [7]


def test_what_passed_unsaid_while_the_platform_was_away_is_left_out():
    late = remind([expected()], DAYS, DUE_ON + timedelta(days=3))

    assert [(fact.days_left) for fact in late.facts] == [-3]
    assert remind([expected(last=LATE)], DAYS, DUE_ON + timedelta(days=9)).facts == ()


@pytest.mark.parametrize(
    ("state", "said"), [("missing", 1), ("returned", 1), ("submitted", 0), ("accepted", 0)]
)
def test_who_has_sent_the_report_is_not_reminded_of_it(state, said):
    assert len(remind([expected(state)], DAYS, DUE_ON).facts) == said


def test_a_report_whose_day_was_put_off_is_reminded_of_anew():
    later = DUE_ON + timedelta(days=180)

    assert remind([expected(last=LATE, due_on=later)], DAYS, later - timedelta(days=30)).facts != ()


def test_indicators_are_summed_by_year_in_the_programmes_order():
    accepted = [
        given.report(indicators={"people_trained": 3, "jobs": 1}),
        given.report(2, indicators={"people_trained": 4}),
    ]
    found = {
        one.indicator: (dict(one.by_year), one.total) for one in impact(given.programme(), accepted)
    }

    assert next(iter(found)) == "people_trained"
    assert found["people_trained"] == ({1: 3, 2: 4}, 7)
    assert found["tiers_lieux_helped"] == ({}, 0)


def test_the_open_data_has_a_line_for_each_year_and_indicator_of_a_beneficiary():
    grant = given.grant()
    counts = counts_of(
        given.programme(), grant, given.report(indicators={"jobs": 2, "partnerships": 1})
    )

    told = [
        (one.decision_reference, one.beneficiary_siret, one.indicator, one.count) for one in counts
    ]
    assert told == [
        (grant.receipt_number, grant.siret, "jobs", 2),
        (grant.receipt_number, grant.siret, "partnerships", 1),
    ]
    titles = {one.id: one.title for one in given.programme().indicators}
    assert [one.title for one in counts] == [titles.get("jobs", "jobs"), titles["partnerships"]]
