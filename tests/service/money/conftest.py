"""A treasury for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.money.treasury import Treasury

YEARS = (5_000_000, 4_000_000, 3_000_000)


@pytest.fixture
def treasury(tmp_path: Path) -> Iterator[Treasury]:
    made = Treasury.beginning(tmp_path)
    yield made
    made.must_hold()
    made.engine.dispose()


@pytest.fixture
def grant(treasury: Treasury) -> str:
    """One grant of 50 000, 40 000 and 30 000 euros, signed, with a verified account."""
    made = treasury.award(YEARS)
    treasury.ready(made)
    return made
