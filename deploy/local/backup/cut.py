"""Makes one moment's log of one copied while it grew: nothing in it follows from what came after.

Streams are copied one after the other. One that was copied late holds facts whose cause came into another
stream after that one was copied: they go, and what follows from them. What a database of the copy said stays.
"""

import re
from dataclasses import dataclass

from nats.aio.client import Client
from sqlalchemy import select

from deploy.keeper.saying import STREAM as CHECKPOINTS_STREAM
from deploy.keeper.store import last_checkpoint
from deploy.local.database.remembered_log import JOURNAL
from deploy.local.log.reading import read_stream, stream_names
from shared.contract.keeper import LogSealed
from shared.contract.topology import DEAD_LETTERS, KEEPER, SERVICES
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine

# A timer's name is none.
AN_EVENT = re.compile(r"[A-Z_]+-[0-9]{12}-[0-9]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Caused:
    stream: str
    place: int
    event_id: str
    cause_id: str


async def drop_what_follows_nothing(client: Client, settings: Settings) -> int:
    """Returns how many facts it took out of the streams."""
    said = {event_id for service in SERVICES for event_id in _said(settings, service)}
    there: set[str] = set()
    caused: list[Caused] = []
    for stream in await stream_names(client):
        async for stored in read_stream(client, stream):
            there.add(stored.event_id)
            follows = stream != DEAD_LETTERS and AN_EVENT.fullmatch(stored.cause_id)
            if follows and stored.event_id not in said:
                caused.append(Caused(stream, stored.sequence, stored.event_id, stored.cause_id))
    gone: list[Caused] = []
    while lost := [
        fact for fact in caused if fact.event_id in there and fact.cause_id not in there
    ]:
        there.difference_update(fact.event_id for fact in lost)
        gone += lost
    for fact in gone:
        await client.jetstream().delete_msg(fact.stream, fact.place)
    return len(gone)


async def drop_later_checkpoints(client: Client, settings: Settings) -> None:
    """Those that came after the keeper's database was copied are of a log that went on elsewhere.

    Proofs of erasures, in the same stream, stay true.
    """
    engine = open_engine(settings.database_url(KEEPER))
    try:
        last = last_checkpoint(engine)
    finally:
        engine.dispose()
    last_number = last.number if last else 0
    async for stored in read_stream(client, CHECKPOINTS_STREAM):
        if stored.is_of(LogSealed) and int(stored.dossier) > last_number:
            await client.jetstream().delete_msg(CHECKPOINTS_STREAM, stored.sequence)


def _said(settings: Settings, service: str) -> list[str]:
    engine = open_engine(settings.database_url(service))
    try:
        with engine.connect().execution_options(reads_only=True) as connection:
            return list(connection.scalars(select(JOURNAL.outbox.c.event_id)))
    finally:
        engine.dispose()
