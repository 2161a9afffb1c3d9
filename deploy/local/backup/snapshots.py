"""Saves one stream and brings it back by the server's own snapshots: places and times stay."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.nuid import NUID

from shared.contract.permissions import inbox_of

CHUNK_BYTES = 256 * 1024
SILENCE_SECONDS_MAX = 30.0
IDENTITY = "provisioner"


class SnapshotFailed(RuntimeError):
    """The server did not give or take a snapshot; the message is its own."""


async def save_stream(
    client: Client, stream: str, write: Callable[[bytes], object]
) -> dict[str, Any]:
    """Hands the snapshot over, chunk by chunk. Returns {"config", "state"}, which bring it back.

    Raises SnapshotFailed.
    """
    subject = f"{inbox_of(IDENTITY)}.{NUID().next().decode()}"
    chunks: asyncio.Queue[bytes] = asyncio.Queue()

    async def on_chunk(message: Msg) -> None:
        await chunks.put(message.data)
        if message.reply:
            await client.publish(message.reply, b"")

    subscription = await client.subscribe(subject, cb=on_chunk)
    try:
        request = {"deliver_subject": subject, "no_consumers": True, "chunk_size": CHUNK_BYTES}
        answer = await _ask(client, f"$JS.API.STREAM.SNAPSHOT.{stream}", request)
        while chunk := await asyncio.wait_for(chunks.get(), SILENCE_SECONDS_MAX):
            write(chunk)
    except TimeoutError:
        raise SnapshotFailed(f"the snapshot of {stream} stopped before its end") from None
    finally:
        await subscription.unsubscribe()
    return {"config": answer["config"], "state": answer["state"]}


async def load_stream(client: Client, stream: str, path: Path, described: dict[str, Any]) -> None:
    """Brings a stream back that does not exist. Raises SnapshotFailed."""
    answer = await _ask(client, f"$JS.API.STREAM.RESTORE.{stream}", described)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            reply = await client.request(
                answer["deliver_subject"], chunk, timeout=SILENCE_SECONDS_MAX
            )
            _checked(reply, stream)
    _checked(
        await client.request(answer["deliver_subject"], b"", timeout=SILENCE_SECONDS_MAX), stream
    )


async def _ask(client: Client, subject: str, request: dict[str, Any]) -> dict[str, Any]:
    reply = await client.request(subject, json.dumps(request).encode(), timeout=SILENCE_SECONDS_MAX)
    return _checked(reply, subject.rpartition(".")[2])


def _checked(reply: Msg, stream: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(reply.data) if reply.data else {}
    if error := answer.get("error"):
        raise SnapshotFailed(f"{stream}: {error.get('description', error)}")
    return answer
