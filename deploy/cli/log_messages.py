"""One message of the log, with the broker's stamp to the nanosecond: an outside event is known by it."""

import base64
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesParser
from typing import Any

from deploy.cli.bus import Bus
from deploy.cli.failures import CommandFailed

NOT_FOUND = 10037
SECONDS_MAX = 5.0
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Logged:
    subject: str
    sequence: int
    stamped_ns: int
    headers: dict[str, str]
    body: bytes

    @property
    def stamped(self) -> datetime:
        return datetime.fromtimestamp(self.stamped_ns / 1e9, UTC)


async def logged(bus: Bus, stream: str, sequence: int | None = None, subject: str = "") -> Logged | None:
    """The message of this sequence; the next one of `subject` from there; or, with a subject alone, its last.

    The client library rounds the stamp to microseconds, so the server is asked directly.
    """
    request: dict[str, Any] = {"seq": sequence} if sequence else {}
    if subject:
        request["next_by_subj" if sequence else "last_by_subj"] = subject
    reply = await bus.client.request(
        f"$JS.API.STREAM.MSG.GET.{stream}", json.dumps(request).encode(), timeout=SECONDS_MAX
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


def nanoseconds(instant: str) -> int:
    """Nanoseconds since 1970 of an RFC 3339 instant, every digit of it."""
    match = _INSTANT.fullmatch(instant)
    if match is None:
        raise CommandFailed(f"the bus told an instant that cannot be read: {instant}")
    seconds = datetime.fromisoformat(match[1] + ("+00:00" if match[3] == "Z" else match[3]))
    return int(seconds.timestamp()) * 10**9 + int((match[2] or "").ljust(9, "0"))


def _headers(block: bytes) -> dict[str, str]:
    _, _, lines = block.partition(b"\r\n")
    return {key: str(value) for key, value in BytesParser().parsebytes(lines).items()}
