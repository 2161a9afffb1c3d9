"""Has a server that runs read its accounts anew, and waits until it serves them."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from deploy.local.home.beside import server_home
from deploy.local.home.plan import SERVER, running_record
from deploy.local.server.nats_server import CONFIG, configurations, write_accounts
from shared.contract.front_ends import FrontEnd
from shared.kit.bus.connection import knock
from shared.kit.bus.reaching import NotConnected
from shared.kit.settings import Settings

LOOK_SECONDS = 0.3
SERVED_SECONDS_MAX = 20.0
Condition = Callable[[], Awaitable[bool]]


class ReloadFailed(RuntimeError):
    """The server does not serve the accounts as they are written; the message says what to do."""


def require_configuration(home: Path) -> None:
    """Before anything is made: the accounts are a part of it."""
    if not configurations(server_home(home)):
        where = "where the server's configuration and the keys are kept"
        raise ReloadFailed(f"{home / 'nats' / CONFIG} is not there: do this {where}")


async def serve_accounts(
    settings: Settings, front_ends: tuple[FrontEnd, ...], served: Condition
) -> None:
    """Has the server read the accounts until it serves them: new imports take it two readings."""
    write_accounts(settings.home, settings.programme().id, front_ends)
    record = running_record(server_home(settings.home))
    server = record.pids.get(SERVER) if record else None

    async def reloaded_and_served() -> bool:
        if server:
            os.kill(server, signal.SIGHUP)
            await asyncio.sleep(LOOK_SECONDS)
        return await served()

    await until(
        reloaded_and_served,
        "the accounts are written, but not served: have each server reload twice (SIGHUP)",
    )


async def until(condition: Condition, otherwise: str) -> None:
    """Raises ReloadFailed."""
    deadline = time.monotonic() + SERVED_SECONDS_MAX
    while not await condition():
        if time.monotonic() > deadline:
            raise ReloadFailed(otherwise)
        await asyncio.sleep(LOOK_SECONDS)


async def is_let_in(settings: Settings, identity: str, seed: Path) -> bool:
    try:
        await knock(settings, identity, seed)
    except NotConnected:
        return False
    return True


async def is_shut_out(settings: Settings, identity: str, seed: Path | None = None) -> bool:
    """Refused by the server itself: one that cannot be reached has refused nobody."""
    try:
        await knock(settings, identity, seed)
    except NotConnected as failure:
        return failure.hopeless
    return False
