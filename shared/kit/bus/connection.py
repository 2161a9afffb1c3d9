"""Opens a connection to the bus under one identity, with an inbox nobody else may read."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from faststream.nats import NatsBroker
from faststream.nats.security import NatsNKey
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nkeys import NkeysError

from shared.contract.accounts import LOG_PREFIX
from shared.contract.permissions import inbox_of
from shared.kit.bus.reaching import ROUNDS_TO_PATIENCE, Attempts, Enough, NotConnected, checked_urls, trusted
from shared.kit.settings import Settings

RECONNECT_WAIT_SECONDS = 1
CONNECT_SECONDS_MAX = 4.0
LEAVE_SECONDS_MAX = 0.5
PENDING_BYTES_MAX = 64 * 1024 * 1024
BLANKS = " \t\n\r\x0b\f"


def open_broker(settings: Settings, service: str, on_closed: Callable[[], Awaitable[None]]) -> NatsBroker:
    """A FastStream broker that never gives up reconnecting: a client that gave up would spin."""
    return NatsBroker(
        checked_urls(settings.nats_urls),
        name=service,
        security=NatsNKey(settings.key_file(service), ssl_context=trusted(settings)),
        inbox_prefix=inbox_of(service),
        max_reconnect_attempts=-1,
        reconnect_time_wait=RECONNECT_WAIT_SECONDS,
        pending_size=PENDING_BYTES_MAX,
        closed_cb=on_closed,
        error_cb=_quiet,
        logger=logging.getLogger("fabriques.bus"),
        apply_types=False,  # handlers take what the kit decoded: solving their arguments anew costs more than a rule
        graceful_timeout=10.0,
    )


async def connect(settings: Settings, identity: str, attempts: int = 3) -> Client:
    """A plain connection, for the commands. `attempts` at each server; -1 never gives up.

    Raises NotConnected with the cause. What no waiting mends, such as a wrong key, is told at the first attempt.
    """
    client, watched = Client(), Attempts(settings, identity, max(1, attempts) if attempts >= 0 else attempts)
    waits = not 0 <= attempts < ROUNDS_TO_PATIENCE
    try:
        async with asyncio.timeout(None if waits else CONNECT_SECONDS_MAX):
            await client.connect(
                checked_urls(settings.nats_urls),
                name=identity,
                nkeys_seed=str(settings.key_file(identity)),
                inbox_prefix=inbox_of(identity),
                connect_timeout=3,
                max_reconnect_attempts=attempts,
                allow_reconnect=attempts != 0,
                tls=trusted(settings),
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


async def knock(settings: Settings, identity: str) -> None:
    """One attempt at each server. Raises NotConnected."""
    client = await connect(settings, identity, attempts=0)
    await client.close()


def log_of(client: Client) -> JetStreamContext:
    """The log as operators read it, from an account beside the services': under a prefix of its own."""
    return client.jetstream(prefix=LOG_PREFIX)


def _tolerant(build: Any) -> Any:
    """A subject is bytes to the server and text to us: one that is not UTF-8 must not end the reading of all others.

    It is read with replacement characters, which no dossier's id has: the consumer makes it a dead letter.
    """

    def build_message(
        self: Client, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Any:
        return build(self, sid, subject.decode("utf-8", "replace").encode(), reply, data, headers)

    return build_message


def header_lines(raw: bytes) -> dict[str, str]:
    """The headers of a message as nats-py reads them, in a third of the time: it looks at each letter of each name."""
    found = {}
    for line in raw.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        name = name.strip(BLANKS)
        if colon and name.isascii() and name.split() == [name]:
            found[name] = value.strip(BLANKS)
    return found


# nats-py has no other doors for these two
setattr(Client, "_build_message", _tolerant(Client._build_message))  # noqa: B010
setattr(Client, "_parse_header_lines", staticmethod(header_lines))  # noqa: B010


async def _quiet(error: Exception) -> None:
    logging.getLogger("fabriques.bus").info("bus: %r", error)
