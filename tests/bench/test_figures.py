"""The arithmetic of the benchmark: what is printed follows from what was measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.figures import (
    Figure,
    at_least,
    at_most,
    last_over_first,
    nested,
    of_runs,
    percentile,
    ratios,
    serial_limit,
    time_at,
)
from tests.bench.limit import Bare

RATES = st.floats(min_value=1, max_value=1e6)


def test_given_four_pieces_then_the_limit_is_one_over_the_sum_of_their_costs() -> None:
    pieces = {"wire": 297_000.0, "pydantic": 98_000.0, "rows": 159_000.0, "publish": 255_000.0}
    assert serial_limit(pieces) == pytest.approx(42_000, rel=0.02)


@given(st.lists(RATES, min_size=1, max_size=6))
def test_the_limit_is_never_above_its_slowest_piece(rates: list[float]) -> None:
    pieces = {str(number): rate for number, rate in enumerate(rates)}
    assert serial_limit(pieces) <= min(rates) * 1.000_001


@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
def test_a_percentile_is_a_value_that_was_seen_and_so_many_do_not_exceed_it(
    values: list[float], percent: int
) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) >= percent / 100 * len(values)


def test_given_an_odd_run_among_five_then_the_median_does_not_follow_it() -> None:
    figure = of_runs("stage_over_limit", [0.6, 0.61, 0.59, 0.6, 9.0], bar=at_least(0.5))
    assert figure.value == 0.6
    assert figure.reached


def test_given_no_run_then_there_is_no_figure() -> None:
    with pytest.raises(ValueError, match="never measured"):
        of_runs("stage_over_limit", [])


@pytest.mark.parametrize(
    ("figure", "reached"),
    [
        (Figure("a", 0.5, bar=at_least(0.5)), True),
        (Figure("a", 0.499, bar=at_least(0.5)), False),
        (Figure("a", 40.0, bar=at_most(40)), True),
        (Figure("a", 40.1, bar=at_most(40)), False),
        (Figure("a", 40.1), None),
    ],
)
def test_a_bar_is_reached_on_its_own_side_only(figure: Figure, reached: bool | None) -> None:
    assert figure.reached is reached


def test_each_run_is_compared_with_the_reference_beside_it_so_a_slow_machine_slows_both() -> None:
    assert ratios([100.0, 50.0], [10.0, 5.0]) == [10.0, 10.0]
    with pytest.raises(ValueError):
        ratios([100.0], [10.0, 5.0])


def test_the_share_of_the_machine_is_the_bare_work_of_a_second_over_that_of_two_cores() -> None:
    bare = Bare({"intake": {"publish": 150.0, "rows": 50.0}, "funding": {"rows": 300.0}}, 500.0)
    assert bare.all_us == 1000.0
    assert bare.share(1_000) == 0.5


def test_given_looks_now_and_then_when_a_count_lies_between_them_then_its_time_does_too() -> None:
    series = [(0.0, 0), (1.0, 100), (3.0, 300)]
    assert time_at(series, 50) == 0.5
    assert time_at(series, 200) == 2.0
    with pytest.raises(ValueError, match="never reached"):
        time_at(series, 301)


def test_given_a_steady_drain_then_the_last_tenth_is_as_quick_as_the_first_whenever_it_began() -> (
    None
):
    series = [(0.0, 0), (5.0, 0), *((5.0 + second, second * 100) for second in range(1, 101))]
    assert last_over_first(series) == pytest.approx(1.0)


def test_given_a_drain_that_tires_then_the_last_tenth_tells() -> None:
    quick = [(float(second), second * 100) for second in range(1, 91)]
    tired = [(90.0 + 2 * step, 9_000 + step * 100) for step in range(1, 11)]
    assert last_over_first([*quick, *tired]) == pytest.approx(0.5, rel=0.02)


def test_dots_in_a_name_are_levels_of_the_results() -> None:
    figures = [
        Figure("latency_ms.at_40.p50", 3.456_78),
        Figure("latency_ms.at_40.p99", 9.0),
        Figure("ready_s", 1.2),
    ]
    assert nested(figures) == {"latency_ms": {"at_40": {"p50": 3.457, "p99": 9.0}}, "ready_s": 1.2}
