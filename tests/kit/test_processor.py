"""A process knows from what Linux counts for it whether others want its processor."""

import subprocess
import sys
from pathlib import Path

import pytest

from shared.kit import processor
from shared.kit.processor import Processor


@pytest.fixture
def scheduled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    counts = tmp_path / "schedstat"
    counts.write_text("1000 900 5\n")
    monkeypatch.setattr(processor, "SCHEDULED", counts)
    return counts


@pytest.mark.parametrize(("ran_ns", "waited_ns", "contended"), [(100, 101, True), (100, 100, False), (0, 0, False)])
def test_others_want_it_when_it_waited_longer_than_it_ran(
    scheduled: Path, ran_ns: int, waited_ns: int, contended: bool
) -> None:
    asked = Processor()
    scheduled.write_text(f"{1000 + ran_ns} {900 + waited_ns} 9\n")
    assert asked.contended() is contended


def test_what_was_before_it_was_last_asked_counts_no_more(scheduled: Path) -> None:
    asked = Processor()
    scheduled.write_text("1100 2000 9\n")
    assert asked.contended()
    scheduled.write_text("1200 2000 9\n")
    assert not asked.contended()


@pytest.mark.parametrize("written", [None, "", "no counts\n"])
def test_where_the_system_does_not_say_nobody_else_wants_it(scheduled: Path, written: str | None) -> None:
    scheduled.unlink()
    if written is not None:
        scheduled.write_text(written)
    assert not Processor().contended()


@pytest.mark.skipif(not processor.SCHEDULED.exists(), reason="the system does not count how long a process waits")
def test_a_process_that_shares_a_processor_with_others_that_never_rest_learns_it() -> None:
    """It works until it is told so; with nobody beside it on a quiet machine it would go on for ever."""
    script = """
import os, subprocess, sys
from shared.kit.processor import Processor
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
asked = Processor()
others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
try:
    while not asked.contended():
        sum(range(1_000_000))
finally:
    for other in others:
        other.kill()
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0
