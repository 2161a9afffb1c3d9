"""What `make mutants` says of a sample: the score it saw, and where the score of the whole lies."""

import pytest

from tests.mutants import BARS_PERCENT, ROOT, WORDING, Score, bar_percent


def test_a_sample_tells_the_interval_that_holds_the_whole() -> None:
    ninety = Score(count=2_000, killed=90, survivors=["one"] * 8, untested=["two"] * 2)

    assert (ninety.tried, ninety.percent) == (100, 90.0)
    # Wilson's, as tables give it.
    assert ninety.interval_percent() == pytest.approx((82.6, 94.5), abs=0.05)


def test_a_whole_run_leaves_no_doubt() -> None:
    assert Score(count=100, killed=90, survivors=["one"] * 10).interval_percent() == (90.0, 90.0)


def test_money_and_selection_have_a_higher_bar_and_so_have_their_parts() -> None:
    assert {bar_percent(package) for package in BARS_PERCENT} == {90}
    assert bar_percent("services/funding/domain/money/proof") == 90
    assert bar_percent("services/intake/domain") == 85


def test_each_package_with_a_bar_of_its_own_is_there_and_so_is_the_wording_that_gets_no_fault() -> (
    None
):
    assert all((ROOT / package).is_dir() for package in BARS_PERCENT)
    assert list((ROOT / "services").rglob(WORDING))
