"""One message of the log, with the broker's stamp to the nanosecond: an outside event is known by it."""

import asyncio
import base64
import json
from datetime import datetime
from email.parser import BytesParser
from typing import Any

from nats.js.api import ConsumerInfo

from deploy.cli.connection.bus import Bus
from deploy.cli.terminal.failures import CommandFailed
from shared.contract.accounts import LOG_PREFIX
from shared.contract.topology import TABLE, Durable, Stream
from shared.kit.bus.lag import floor_of
from shared.kit.bus.log_places import nanoseconds
from shared.kit.delivery import Logged

NOT_FOUND = 10037
SECONDS_MAX = 5.0


async def logged(
    bus: Bus, stream: str, sequence: int | None = None, subject: str = ""
) -> Logged | None:
    """The message of this sequence; the next one of `subject` from there; or, with a subject alone, its last.

    The client library rounds the stamp to microseconds, so the server is asked directly.
    """
    request: dict[str, Any] = {"seq": sequence} if sequence else {}
    if subject:
        request["next_by_subj" if sequence else "last_by_subj"] = subject
    reply = await bus.client.request(
        f"{LOG_PREFIX}.STREAM.MSG.GET.{stream}", json.dumps(request).encode(), timeout=SECONDS_MAX
    )
    answer = json.loads(reply.data)
    if error := answer.get("error"):
        if error.get("err_code") == NOT_FOUND:
            return None
        raise CommandFailed(f"the bus refused: {error.get('description', error)}")
    message = answer["message"]
    return Logged(
        subject=message["subject"],
        sequence=message["seq"],
        stamped_ns=nanoseconds(message["time"]),
        headers=_headers(base64.b64decode(message.get("hdrs", ""))),
        body=base64.b64decode(message.get("data", "")),
    )


async def all_logged(bus: Bus, stream: str, subject: str) -> list[Logged]:
    """Every message of a subject, or of a pattern of subjects, in order."""
    found = []
    sequence = 1
    while message := await logged(bus, stream, sequence, subject):
        found.append(message)
        sequence = message.sequence + 1
    return found


async def oldest_waiting(bus: Bus, durable: Durable, info: ConsumerInfo) -> datetime | None:
    """The stamp of the first event it hears after the last that it acknowledged in order."""
    if not (info.num_pending or info.num_ack_pending):
        return None
    first = floor_of(info) + 1
    filters = durable.filters(bus.programme.id)
    found = await asyncio.gather(
        *(logged(bus, durable.stream, first, subject) for subject in filters)
    )
    return min((message.stamped for message in found if message), default=None)


async def logged_streams(bus: Bus) -> dict[str, Stream]:
    """The platform's streams that exist, by name, each with its row of the topology."""
    names: list[str] = []
    total = 1
    while len(names) < total:
        answer = await _log_names(bus, len(names))
        total = answer["total"]
        names += answer["streams"] or []
    return {name: row for row in TABLE for name in sorted(names) if row.is_kind_of(name)}


async def _log_names(bus: Bus, offset: int) -> dict[str, Any]:
    reply = await bus.client.request(
        f"{LOG_PREFIX}.STREAM.NAMES", json.dumps({"offset": offset}).encode(), timeout=SECONDS_MAX
    )
    answer: dict[str, Any] = json.loads(reply.data)
    if error := answer.get("error"):
        raise CommandFailed(f"the bus refused: {error.get('description', error)}")
    return answer


def _headers(block: bytes) -> dict[str, str]:
    _, _, lines = block.partition(b"\r\n")
    return {key: str(value) for key, value in BytesParser().parsebytes(lines).items()}
