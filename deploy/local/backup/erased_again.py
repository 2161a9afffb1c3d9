"""A backup may be older than an erasure: who was erased since goes again, before a restored copy serves."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from nats.aio.client import Client

from deploy.keeper.erasing import take_out_files
from deploy.keeper.store import Store, person_of
from deploy.loading import part_of
from deploy.local.log.reading import read_stream
from shared.contract.personal import ERASED_PUBLISHERS
from shared.contract.topology import KEEPER, SERVICES, streams_of
from shared.kit.service import ERASED_AGAIN, Service
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.said_before import Retold


async def erase_again(client: Client, settings: Settings, dossiers: Sequence[str]) -> int:
    """Rows and messages; the services say it when they start. Returns how many messages were taken out."""
    if not dossiers:
        return 0
    for name in SERVICES:
        service: Service = part_of(name, "app").build(settings)
        try:
            for dossier in dossiers:
                _decide(service, dossier)
            await service.consumer.work.scrub()
        finally:
            service.consumer.work.engine.dispose()
    return await _erase_messages(client, settings, set(dossiers))


def _decide(service: Service, dossier: str) -> None:
    """What it says stays in the outbox: the next start says it."""
    told = Retold(f"{ERASED_AGAIN}{dossier}", datetime.now(UTC))
    handled = service.consumer.timer_event(told.name, told.now)
    decide = service.retakes[ERASED_AGAIN](told)
    service.consumer.work.run(lambda i, s: service.consumer.decider.announce(i, s, handled, decide))


async def _erase_messages(client: Client, settings: Settings, dossiers: set[str]) -> int:
    """Each by itself, its bytes overwritten, with its salt."""
    store = Store(open_engine(settings.database_url(KEEPER)), "")
    front_ends = settings.front_ends()
    taken_out = 0
    try:
        for stream in streams_of(front_ends):
            if ERASED_PUBLISHERS.isdisjoint(stream.publishers):
                continue
            async for stored in read_stream(client, stream.name):
                if person_of(stored.subject) in dossiers:
                    await client.jetstream().delete_msg(stream.name, stored.sequence)
                    await asyncio.to_thread(store.drop_salts, stream.name, [stored.sequence])
                    taken_out += 1
        await asyncio.to_thread(store.gone, list(dossiers))
        for dossier in dossiers:
            await take_out_files(client, front_ends, dossier)
    finally:
        store.engine.dispose()
    return taken_out
