"""How much a laureate gets: inside the yearly cap and the ceiling, to the cent, never more than was asked."""

from dataclasses import replace

import pytest

from services.funding.domain.selection.amounts import bounded_award, cut_to
from services.funding.domain.selection.rederivation import in_proportion
from tests.rules.selection.small_waves import POLICY


def test_a_request_within_the_bounds_is_awarded_as_it_is():
    assert bounded_award((5_000_000, 4_000_000, 1), POLICY) == (5_000_000, 4_000_000, 1)


def test_no_year_gets_more_than_the_yearly_cap():
    assert bounded_award((9_000_000, 5_000_001, 3), POLICY) == (5_000_000, 5_000_000, 3)


def test_the_whole_is_cut_to_the_ceiling_in_proportion():
    low = replace(POLICY, ceiling_cents=9_000_000)

    assert bounded_award((5_000_000, 5_000_000, 5_000_000), low) == (
        3_000_000,
        3_000_000,
        3_000_000,
    )
    assert bounded_award((5_000_000, 5_000_000, 2_000_000), low) == (
        3_750_000,
        3_750_000,
        1_500_000,
    )


@pytest.mark.parametrize(
    ("years", "total", "expected"),
    [
        ((10, 10, 10), 29, (10, 10, 9)),
        ((10, 10, 10), 10, (4, 3, 3)),
        ((10, 10, 10), 11, (4, 4, 3)),
        ((0, 10, 10), 19, (0, 10, 9)),
        ((1, 1, 1), 2, (1, 1, 0)),
        ((3, 0, 3), 1, (1, 0, 0)),
        ((10, 10), 0, (0, 0)),
        ((10, 10), 20, (10, 10)),
        ((10, 10), 21, (10, 10)),
    ],
)
def test_odd_cents_go_to_the_earliest_years_that_were_cut(years, total, expected):
    assert cut_to(years, total) == expected


@pytest.mark.parametrize(("years", "total"), [((10, 10, 10), 29), ((0, 7, 5), 9), ((5, 5, 5), 1)])
def test_the_verifier_cuts_alike_by_its_own_arithmetic(years, total):
    assert tuple(in_proportion(list(years), total)) == cut_to(years, total)
