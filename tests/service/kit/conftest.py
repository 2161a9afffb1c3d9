"""What tests of the kit have in common."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from deploy.local.installation.preparing import Hosts, prepare
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from tests.service.kit.counting import CountingTable, on_withdrawal_requested
from tests.service.kit.side_by_side import Replica, Rule


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the keys that services are built with."""
    folder = tmp_path_factory.mktemp("platform")
    prepare(
        Settings(home=folder), Hosts(("localhost",), ("localhost",), "localhost"), datetime.now(UTC)
    )
    return folder


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    """The database of the counting service."""
    made = open_engine(postgres_url)
    CountingTable.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def replica(engine: Engine, postgres_url: str) -> Iterator[Callable[..., Replica]]:
    """Opens one more replica on that database, under a rule of its own."""
    made: list[Replica] = []

    def open_one(rule: Rule = on_withdrawal_requested) -> Replica:
        made.append(Replica(postgres_url, rule))
        return made[-1]

    yield open_one
    for one in made:
        one.close()
