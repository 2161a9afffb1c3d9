"""What the tests of delivery share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local.installation.front_ends import keep_front_ends
from shared.kit.bus.connection import connect
from tests.broker.counting import NAME, Counting
from tests.broker.two_front_ends import FRONT_ENDS
from tests.conftest import platform_in
from tests.platform import Platform
from tests.servers import Bus, local_bus


@pytest.fixture
async def counting(platform: Platform) -> AsyncIterator[Counting]:
    """The counting service, under intake's identity and on intake's durables."""
    connection = await connect(platform.settings, NAME)
    service = Counting(platform, connection)
    try:
        yield service
    finally:
        await connection.close()
        service.engine.dispose()


@pytest.fixture(scope="module")
def bus_of_two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    home = tmp_path_factory.mktemp("two-front-ends")
    keep_front_ends(home, FRONT_ENDS)
    with local_bus(home) as found:
        yield found


@pytest.fixture
async def counters(bus_of_two: Bus, tmp_path: Path) -> AsyncIterator[Platform]:
    """A platform with two front-ends of holders, `holders` and `portal`."""
    keep_front_ends(tmp_path, FRONT_ENDS)
    async with platform_in(tmp_path, bus_of_two) as made:
        yield made
