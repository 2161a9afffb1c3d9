"""A service and the log must tell the same story.

An older copy of either is refused before anything is decided.

A database that was copied before the broker's last word would decide, pay and write again what was decided,
paid and written. A store made anew would give places, receipts and payment ids a second time.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from nats.aio.client import Client
from nats.js.errors import NotFoundError
from sqlalchemy import Engine

from shared.contract.topology import TABLE, Durable
from shared.kit.bus.lag import floor_of
from shared.kit.bus.log_places import last_message, message_at, next_message
from shared.kit.delivery import Delivery, Logged
from shared.kit.errors import OlderCopy
from shared.kit.storage.journal import Journal
from shared.kit.storage.log_memory import Known, Memory

OTHERS_MAX = 64  # how many messages that are not its own are passed over to find the last that is


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the log that the records of a service must know, and why they must."""

    event_id: str
    stream: str
    place: int
    because: str


async def check_continuity(
    client: Client,
    engine: Engine,
    journal: Journal,
    service: str,
    programme: str,
    durables: Iterable[Durable],
) -> None:
    """Raises OlderCopy. What the log tells is looked at first: another replica may write on meanwhile."""
    said = [told async for told in _said(client, service, programme)]
    floors = [(durable, await _floor(client, durable)) for durable in durables]
    memory = Memory(engine, journal, service)
    await check_stores(client, memory.places())
    for durable, floor in floors:
        said += [told async for told in _acknowledged(client, durable, floor, memory, programme)]
    if missing := next((told for told in said if not memory.knows(told.event_id)), None):
        raise OlderCopy(
            f"the database of {service} is older than the broker: it does not know event {missing.event_id}, "
            f"at place {missing.place} of {missing.stream}, {missing.because}. Go back to the newer copy, "
            f"or bring this one up to date: `fabriques replay {service}`"
        )


async def check_stores(client: Client, known: Iterable[Known]) -> None:
    """Raises OlderCopy where a store is gone, ends before a known place, or holds another event there."""
    for one in known:
        if found := await _store_mistake(client, one):
            raise OlderCopy(
                f"the store of stream {one.stream} is not the one that {one.service} knows: {found}. "
                "Bring back the newer store, or the whole platform from one backup: `fabriques restore`"
            )


async def _store_mistake(client: Client, known: Known) -> str:
    try:
        end = (await client.jetstream().stream_info(known.stream)).state.last_seq
    except NotFoundError:
        return f"it is gone, and {known.service} knows of place {known.place}"
    if end < known.place:
        return f"it ends at place {end}, and {known.service} knows of place {known.place}"
    found = await message_at(client, known.stream, known.place)
    # A place that holds nothing may have been purged with age: it proves nothing.
    if found and known.event_id and _event_id(known.stream, found) != known.event_id:
        return f"place {known.place} holds another event than {known.event_id}"
    return ""


async def _said(client: Client, service: str, programme: str) -> AsyncIterator[Told]:
    """The last fact of a stream that this service alone writes: its outbox knows it."""
    source = f"/{programme}/{service}"
    for stream in TABLE:
        own = stream.written_by == (service,) and await _exists(client, stream.name)
        if own and (last := await _last_own(client, stream.name, source)):
            yield Told(_event_id(stream.name, last), stream.name, last.sequence, "which it said")


async def _last_own(client: Client, stream: str, source: str) -> Logged | None:
    last = await last_message(client, stream, ">")
    end = last.sequence if last else 0
    for place in range(end, max(0, end - OTHERS_MAX), -1):
        found = await message_at(client, stream, place)
        if found and found.headers.get("ce-source") == source:
            return found
    return None


async def _acknowledged(
    client: Client, durable: Durable, floor: int, memory: Memory, programme: str
) -> AsyncIterator[Told]:
    """Of each kind of fact, what was acknowledged after the furthest place on record: mostly nothing."""
    after = memory.furthest_heard(durable)
    for subject in durable.filters(programme) if floor > after else ():
        place = after
        while (
            found := await next_message(client, durable.stream, subject, place + 1)
        ) and found.sequence <= floor:
            place = found.sequence
            yield Told(
                _event_id(durable.stream, found), durable.stream, place, "which it acknowledged"
            )


async def _floor(client: Client, durable: Durable) -> int:
    """Up to where all is acknowledged; a missing durable is told by the check of the topology."""
    try:
        return floor_of(await client.jetstream().consumer_info(durable.stream, durable.name))
    except NotFoundError:
        return 0


async def _exists(client: Client, stream: str) -> bool:
    try:
        await client.jetstream().stream_info(stream)
    except NotFoundError:
        return False
    return True


def _event_id(stream: str, found: Logged) -> str:
    return Delivery.again(found, stream, "", 1, "", 0).event_id
