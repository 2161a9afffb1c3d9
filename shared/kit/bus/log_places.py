"""One message of the log by its place, with the broker's nanosecond stamp: both name an outside event."""

import asyncio
import json
import re
from datetime import datetime
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.kit.delivery import Logged
from shared.kit.errors import Temporary

SECONDS_MAX = 5.0
NOT_FOUND = "404"
END_OF_BATCH = "204"
BATCH_BYTES_MAX = 4_000_000
PLACE_HEADERS = ("Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Time-Stamp")
BATCH_HEADERS = ("Nats-Num-Pending", "Nats-Last-Sequence")
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII
)


async def message_at(client: Client, stream: str, sequence: int) -> Logged | None:
    """None where the log holds nothing there. Raises nats.errors.Error when the broker does not answer."""
    return await _read(client, stream, {"seq": sequence})


async def last_message(client: Client, stream: str, subject: str) -> Logged | None:
    """The newest of this subject. Raises as `message_at` does."""
    return await _read(client, stream, {"last_by_subj": subject})


async def next_message(client: Client, stream: str, subject: str, first: int) -> Logged | None:
    """The first of this subject at this place or after it. Raises as `message_at` does."""
    return await _read(client, stream, {"seq": first, "next_by_subj": subject})


async def _read(client: Client, stream: str, wanted: dict[str, Any]) -> Logged | None:
    """The server's headers come after the sender's: the last of a name counts, a forged one does not."""
    reply = await client.request(
        f"$JS.API.DIRECT.GET.{stream}", json.dumps(wanted).encode(), timeout=SECONDS_MAX
    )
    return None if _says_the_end(reply) else _logged(reply)


async def messages_from(client: Client, stream: str, first: int, count: int) -> list[Logged]:
    """Up to `count` messages of a stream as they lie, in order, from this place on.

    Each names the one before it: nothing that was lost on the way passes for a hole.
    Raises TimeoutError where nothing comes, Temporary where the stream is away, nats errors.
    """
    inbox = client.new_inbox()
    replies = await client.subscribe(inbox)
    wanted = {"seq": first, "batch": count, "max_bytes": BATCH_BYTES_MAX}
    await client.publish(f"$JS.API.DIRECT.GET.{stream}", json.dumps(wanted).encode(), reply=inbox)
    found: list[Logged] = []
    try:
        while not _says_the_end(reply := await _next(replies)):
            headers = reply.headers or {}
            # While a stream is deleted and made again, the server's 503 has no place in it.
            if "Nats-Last-Sequence" not in headers:
                raise Temporary(f"{stream} is away: the bus says {headers.get('Status')}")
            before = int(headers["Nats-Last-Sequence"])
            if before != (found[-1].sequence if found else 0):
                break
            found.append(_logged(reply))
    finally:
        await replies.unsubscribe()
    return found


async def _next(replies: Any) -> Msg:
    """nats-py's own makes a task and a timer for each message, at hand or not. Raises TimeoutError."""
    queue: asyncio.Queue[Msg] = replies._pending_queue
    if not queue.empty():
        return queue.get_nowait()
    async with asyncio.timeout(SECONDS_MAX):
        return await queue.get()


def _says_the_end(reply: Msg) -> bool:
    """A sender may write the header `Status` too, and never where the server names a place."""
    headers = reply.headers or {}
    return headers.get("Status") in (NOT_FOUND, END_OF_BATCH) and "Nats-Sequence" not in headers


def _logged(reply: Msg) -> Logged:
    headers = dict(reply.headers or {})
    _, subject, sequence, stamp = (headers.pop(name) for name in PLACE_HEADERS)
    for name in BATCH_HEADERS:
        headers.pop(name, None)
    return Logged(subject, int(sequence), nanoseconds(stamp), headers, reply.data)


def nanoseconds(instant: str) -> int:
    """Nanoseconds since 1970 of an RFC 3339 instant, every digit of it. Raises ValueError."""
    match = _INSTANT.fullmatch(instant)
    if match is None:
        raise ValueError(f"the bus told an instant that cannot be read: {instant}")
    whole, fraction, zone = match.groups()
    # Python's datetime ends at microseconds: two events of one microsecond would get one stamp.
    seconds = datetime.fromisoformat(whole + zone.replace("Z", "+00:00")).timestamp()
    nanoseconds_of_second = (fraction or "").ljust(9, "0")
    return int(seconds) * 10**9 + int(nanoseconds_of_second)
