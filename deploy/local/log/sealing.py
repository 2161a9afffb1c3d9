"""Has the keeper sign a checkpoint of all that lies in the log by now, and waits until the log has it."""

import asyncio
import json
import time
from collections.abc import Mapping

from nats.aio.client import Client

from deploy.keeper.keeper import chained_streams
from deploy.keeper.saying import last_said
from shared.contract.front_ends import OPERATORS
from shared.contract.keeper import LogSealed
from shared.contract.subjects import ask_subject
from shared.contract.topology import KEEPER
from shared.kit.bus.connection import connect
from shared.kit.bus.log_places import last_message
from shared.kit.settings import Settings

ASKS_MAX = 6
ASK_SECONDS_MAX = 5.0
WAIT_SECONDS_MAX = 10.0  # for each: a keeper that was started again meanwhile knows of no question
LOOK_SECONDS = 0.1


class NotSealed(RuntimeError):
    """No checkpoint covers the log as it is; the message says why, and the way out."""


async def seal_what_lies_there(client: Client, settings: Settings) -> None:
    """`client` reads every stream. Raises NotSealed, NotConnected, nats errors."""
    programme = settings.programme().id
    wanted = await _ends(client, settings)
    if not wanted or await _is_covered(client, programme, wanted):
        return
    for _ in range(ASKS_MAX):
        told = await _ask(settings, ask_subject(programme, KEEPER, "seal"))
        if await _comes(client, programme, wanted):
            return
        if cause := told.get("cause"):
            raise NotSealed(
                f"the keeper signs nothing: {cause}. --as-sealed writes what it signed before"
            )
    raise NotSealed(
        "the keeper is behind: ask again once `fabriques status` tells that nothing waits there"
    )


async def _ends(client: Client, settings: Settings) -> dict[str, int]:
    """The last message that each stream has: an erasure may have taken out what came after it."""
    found = {name: await last_message(client, name, ">") for name in chained_streams(settings)}
    return {name: message.sequence for name, message in found.items() if message}


async def _ask(settings: Settings, subject: str) -> dict[str, object]:
    client = await connect(settings, OPERATORS)
    try:
        answer = await client.request(subject, b"{}", timeout=ASK_SECONDS_MAX)
    finally:
        await client.close()
    told: dict[str, object] = json.loads(answer.data)
    return told


async def _comes(client: Client, programme: str, wanted: Mapping[str, int]) -> bool:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not await _is_covered(client, programme, wanted):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_SECONDS)
    return True


async def _is_covered(client: Client, programme: str, wanted: Mapping[str, int]) -> bool:
    found = await last_said(client, programme)
    return bool(found and _covers(found[0], wanted))


def _covers(sealed: LogSealed, wanted: Mapping[str, int]) -> bool:
    """Whether its chains reach these places."""
    reached = {head.stream: head.sequence for head in sealed.streams}
    return all(reached.get(stream, 0) >= place for stream, place in wanted.items())
