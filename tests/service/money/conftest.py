"""A treasury for each test, on a copy of one migrated database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.funding.app import NAME
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate
from tests.service.money.treasury import Treasury

YEARS = (5_000_000, 4_000_000, 3_000_000)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("funding") / "template.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine, NAME)
    engine.dispose()
    return path


@pytest.fixture
def treasury(tmp_path: Path, template: Path) -> Iterator[Treasury]:
    made = Treasury.beginning(tmp_path, template)
    yield made
    made.must_hold()
    made.engine.dispose()


@pytest.fixture
def grant(treasury: Treasury) -> str:
    """One grant of 50 000, 40 000 and 30 000 euros, signed, with a verified account."""
    made = treasury.award(YEARS)
    treasury.ready(made)
    return made
