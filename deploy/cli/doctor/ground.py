"""What the checks stand on: the platform's settings, and connections that are open while they look."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from nats.aio.client import Client

from deploy.cli.connection.bus import Bus
from deploy.cli.connection.whereabouts import programme_of
from shared.contract.front_ends import OPERATORS, FrontEnd
from shared.contract.permissions import PROVISIONER
from shared.kit.bus.connection import connect
from shared.kit.clock import told_time
from shared.kit.settings import Settings


@dataclass(frozen=True, slots=True)
class Ground:
    """`bus` is the operators', for questions and dead letters; `owner` alone sees every stream and consumer.

    `now` is the broker's time.
    """

    settings: Settings
    front_ends: tuple[FrontEnd, ...]
    bus: Bus
    owner: Client
    now: datetime


@asynccontextmanager
async def stand_on(settings: Settings) -> AsyncIterator[Ground]:
    """Raises NotConnected, Temporary or a nats error where the broker is not there."""
    owner = await connect(settings, PROVISIONER, attempts=1)
    try:
        operators = await connect(settings, OPERATORS, attempts=1)
        try:
            bus = Bus(operators, programme_of(settings), settings)
            yield Ground(settings, settings.front_ends(), bus, owner, await told_time(owner))
        finally:
            await operators.close()
    finally:
        await owner.close()
