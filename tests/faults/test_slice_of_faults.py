"""The slice of the faults that is part of every test run: each promise holds, and each control fails."""

import pytest
from rich.console import Console

from tests.faults.__main__ import line_of, run
from tests.faults.catalogue import EXPERIMENTS
from tests.faults.experiment import Experiment, Size

SEED = 20_201_230
SLICED = [experiment for experiment in EXPERIMENTS if experiment.counts.get(Size.SLICE)]


@pytest.mark.long
@pytest.mark.parametrize("experiment", SLICED, ids=lambda experiment: experiment.name)
def test_nothing_is_lost_or_done_twice_and_without_the_protection_it_is(
    experiment: Experiment,
) -> None:
    result = run(experiment, Size.SLICE, SEED, Console(quiet=True))
    if result.skipped:
        pytest.skip(result.skipped)
    assert (result.lost, result.doubled, result.stuck, result.wrong) == (0, 0, 0, []), line_of(
        result
    )
    assert result.control_failed, line_of(result)
