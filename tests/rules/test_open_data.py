"""What is published of grants, and by when: agreements above the threshold within three months."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.funding.domain.open_data import (
    AGREEMENT_THRESHOLD_CENTS,
    publication_deadline,
    publications_due,
    subvention_of,
)
from services.funding.domain.states import Grant
from tests.rules.waves import given as waves
from tests.rules.waves.labels import label, of, taken
from tests.subventions import ROW, dates


@pytest.mark.parametrize(
    ("signed_on", "publish_by"),
    [
        (date(2021, 4, 20), date(2021, 7, 20)),
        (date(2020, 11, 30), date(2021, 2, 28)),
        (date(2023, 11, 30), date(2024, 2, 29)),
        (date(2020, 12, 31), date(2021, 3, 31)),
        (date(2021, 10, 1), date(2022, 1, 1)),
    ],
)
def test_an_agreement_is_published_within_three_months(signed_on: date, publish_by: date) -> None:
    assert publication_deadline(signed_on) == publish_by


@given(signed_on=dates, later_days=st.integers(0, 400))
def test_who_signs_later_is_never_due_earlier(signed_on: date, later_days: int) -> None:
    deadline = publication_deadline(signed_on)

    assert 89 <= (deadline - signed_on).days <= 92
    assert publication_deadline(signed_on + timedelta(days=later_days)) >= deadline


def test_a_label_of_fewer_years_than_the_programmes_is_published_with_its_own() -> None:
    of_one_year = label(awarded_cents=(5_000_000,), due_on=(date(2020, 2, 14),))
    [grant] = of(Grant, taken(of_one_year).changes)
    published = subvention_of(waves.programme(), grant, [date(2020, 2, 18)], None)
    assert published.purpose.endswith("sur 1 an")


def test_agreements_above_the_threshold_are_listed_the_most_urgent_first() -> None:
    at_threshold = replace(ROW, decision_reference="A", amount_cents=AGREEMENT_THRESHOLD_CENTS)
    above = replace(ROW, decision_reference="B", amount_cents=AGREEMENT_THRESHOLD_CENTS + 1)
    urgent = replace(ROW, decision_reference="C", agreement_on=date(2021, 1, 2))

    due = publications_due([at_threshold, above, urgent])

    assert [(one.decision_reference, one.publish_by) for one in due] == [
        ("C", date(2021, 4, 2)),
        ("B", date(2021, 7, 20)),
    ]
