"""One message of the log by its place, with the broker's nanosecond stamp: both name an outside event."""

import json
import re
from datetime import datetime
from typing import Any

from nats.aio.client import Client

from shared.kit.delivery import Logged

SECONDS_MAX = 5.0
NOT_FOUND = "404"
PLACE_HEADERS = ("Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Time-Stamp")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII)


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
    headers = dict(reply.headers or {})
    if headers.get("Status") == NOT_FOUND and "Nats-Sequence" not in headers:
        return None
    _, subject, sequence, stamp = (headers.pop(name) for name in PLACE_HEADERS)
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
