from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.kit.storage.states import States
from tests.databases import states_in


@pytest.fixture
def states(tmp_path: Path) -> Iterator[States]:
    with states_in(tmp_path, "notify") as found:
        yield found
