"""The runbook says of the cluster's nodes what the experiment runs."""

import pytest

from tests.architecture.test_monitoring import RUNBOOK
from tests.faults.nodes import IN_THE_RUNBOOK


@pytest.mark.parametrize("command", IN_THE_RUNBOOK)
def test_the_runbook_says_the_commands_that_the_experiment_runs(command: str) -> None:
    assert command in RUNBOOK
