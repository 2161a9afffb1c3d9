from collections.abc import Iterator
from pathlib import Path

import pytest

from services.notify.tables import JOURNAL, STATE_TABLES
from shared.kit.storage.state_tables import by_kind
from shared.kit.storage.states import States
from tests.databases import opened


@pytest.fixture
def states(tmp_path: Path) -> Iterator[States]:
    engine = opened(tmp_path, "notify")
    with engine.begin() as connection:
        yield States(connection, STATE_TABLES | by_kind(*JOURNAL.state_tables))
    engine.dispose()
