"""The FastStream broker of a service. Apart from plain connections: commands need not load FastStream."""

import logging
from collections.abc import Awaitable, Callable

from faststream.nats import NatsBroker
from faststream.nats.security import NatsNKey
from nats.aio.client import Client

from shared.contract.permissions import inbox_of
from shared.kit.bus.client import BusClient
from shared.kit.bus.reaching import checked_urls, trusted
from shared.kit.settings import Settings

RECONNECT_WAIT_SECONDS = 1
PENDING_BYTES_MAX = 64 * 1024 * 1024


class Broker(NatsBroker):
    """FastStream's broker, over our client."""

    async def _connect(self) -> Client:
        client = BusClient()
        await client.connect(**self._connection_kwargs)
        self.config.connect(client)
        return client


def open_broker(
    settings: Settings, service: str, on_closed: Callable[[], Awaitable[None]]
) -> Broker:
    """A FastStream broker that never gives up reconnecting: a client that gave up would spin."""
    return Broker(
        checked_urls(settings.nats_urls),
        name=service,
        security=NatsNKey(settings.key_file(service), ssl_context=trusted(settings, service)),
        inbox_prefix=inbox_of(service),
        max_reconnect_attempts=-1,
        reconnect_time_wait=RECONNECT_WAIT_SECONDS,
        pending_size=PENDING_BYTES_MAX,
        closed_cb=on_closed,
        error_cb=_quiet,
        logger=logging.getLogger("fabriques.faststream"),
        # handlers take what the kit decoded: solving their arguments anew costs more than a rule
        apply_types=False,
        serializer=None,
        graceful_timeout=10.0,
    )


async def _quiet(error: Exception) -> None:
    logging.getLogger("fabriques.bus").info("bus: %r", error)
