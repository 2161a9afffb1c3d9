"""What the tests of delivery share."""

from collections.abc import AsyncIterator

import pytest

from shared.kit.bus.connection import connect
from tests.broker.counting import NAME, Counting
from tests.platform import Platform


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
