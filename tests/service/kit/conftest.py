"""What tests of the kit have in common."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.installation.preparing import Hosts, prepare
from shared.kit.settings import Settings


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the keys that services are built with."""
    folder = tmp_path_factory.mktemp("platform")
    prepare(
        Settings(home=folder), Hosts(("localhost",), ("localhost",), "localhost"), datetime.now(UTC)
    )
    return folder
