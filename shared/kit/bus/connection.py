"""Opens a connection to the bus under one identity, with an inbox nobody else may read."""

import asyncio
from contextlib import suppress
from pathlib import Path

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nkeys import NkeysError

from shared.contract.accounts import LOG_PREFIX
from shared.contract.permissions import inbox_of
from shared.kit.bus.client import BusClient
from shared.kit.bus.reaching import (
    ROUNDS_TO_PATIENCE,
    Attempts,
    Enough,
    NotConnected,
    checked_urls,
    trusted,
)
from shared.kit.settings import Settings

CONNECT_SECONDS_MAX = 4.0
LEAVE_SECONDS_MAX = 0.5


async def connect(
    settings: Settings, identity: str, attempts: int = 3, seed: Path | None = None
) -> BusClient:
    """A plain connection, for the commands. `attempts` at each server; -1 never gives up.

    `seed` is the file of a key that the identity does not speak with yet, or no more.
    Raises NotConnected with the cause; at the first attempt where no waiting mends it, as with a wrong key.
    """
    client = BusClient()
    watched = Attempts(settings, identity, max(1, attempts) if attempts >= 0 else attempts)
    waits = not 0 <= attempts < ROUNDS_TO_PATIENCE
    try:
        async with asyncio.timeout(None if waits else CONNECT_SECONDS_MAX):
            await client.connect(
                checked_urls(settings.nats_urls),
                name=identity,
                nkeys_seed=str(seed or settings.key_file(identity)),
                inbox_prefix=inbox_of(identity),
                connect_timeout=3,
                max_reconnect_attempts=attempts,
                allow_reconnect=attempts != 0,
                tls=trusted(settings, identity),
                error_cb=watched.note,
            )
    except NotConnected:
        raise
    except (FileNotFoundError, NkeysError) as error:  # there is no connection to close yet
        raise watched.failure(error) from None
    except (Enough, NatsError, OSError, TimeoutError) as error:
        await _leave(client)
        raise watched.failure(None if isinstance(error, Enough) else error) from None
    watched.over = True
    return client


async def _leave(client: Client) -> None:
    """After a handshake that failed the client library waits for ever for the end of the connection."""
    with suppress(TimeoutError, Enough):
        await asyncio.wait_for(client.close(), LEAVE_SECONDS_MAX)


async def knock(settings: Settings, identity: str, seed: Path | None = None) -> None:
    """One attempt at each server; `seed` as of `connect`. Raises NotConnected."""
    client = await connect(settings, identity, attempts=0, seed=seed)
    await client.close()


def log_of(client: Client) -> JetStreamContext:
    """The log as operators read it, from an account beside the services': under a prefix of its own."""
    return client.jetstream(prefix=LOG_PREFIX)
