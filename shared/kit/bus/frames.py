"""Writes many messages to a connection at once: what nats-py would do one by one, in one go.

A thousand small writes cost more than what they carry. This is the fast path of the network, and it knows nats-py's
buffer: it is the one file to change when that does.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from nats.aio.client import Client
from nats.errors import ConnectionClosedError

HEADER_LINE = "NATS/1.0\r\n"
ACK = b"+ACK"


def frame(subject: str, body: bytes, headers: dict[str, str] | None = None, reply: str = "") -> bytes:
    """One message as it goes over the wire. Raises ValueError for a header that would end its line."""
    if not headers:
        return f"PUB {subject} {reply} {len(body)}\r\n".encode() + body + b"\r\n"
    lines = "\r\n".join([f"{name}: {value}" for name, value in headers.items()])
    if lines.count("\n") >= len(headers):
        raise ValueError("a header holds a line break")
    head = f"{HEADER_LINE}{lines}\r\n\r\n".encode()
    sizes = f"{len(head)} {len(head) + len(body)}"
    return f"HPUB {subject} {reply} {sizes}\r\n".encode() + head + body + b"\r\n"


async def send(connection: Client, frames: Sequence[bytes]) -> None:
    """Raises ConnectionClosedError. While the connection is away, messages wait in its buffer.

    What waits is written at once, here: nats-py would wake a task for it. An error on the way is its reader's to find.
    """
    if connection.is_closed:
        raise ConnectionClosedError
    client: Any = connection
    await client._send_command(b"".join(frames))
    if not client.is_connected or not client._pending:
        return
    waiting = client._pending
    client._pending = []
    client._pending_data_size = 0
    client._transport.writelines(waiting)
    with suppress(OSError):
        await client._transport.drain()


def ack(reply: str) -> bytes:
    return frame(reply, ACK)


def nak(reply: str, wait_seconds: float) -> bytes:
    """Brings the message back after so long."""
    return frame(reply, b'-NAK {"delay": %d}' % int(wait_seconds * 1e9))
