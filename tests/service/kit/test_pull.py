"""What the reader asks the broker for, and what it makes of the answers."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.kit.bus.subscriber import _is_refusal, _Puller


@pytest.mark.parametrize(
    ("described", "refused"),
    [
        ("Batch Completed", False),
        ("Message Size Exceeds MaxBytes", False),
        ("Consumer Deleted", True),
    ],
)
def test_only_a_refusal_makes_the_reader_wait(described: str, refused: bool) -> None:
    """The broker ends a pull request with one number for good and bad."""
    ended = Msg(Client(), headers={"Status": "409", "Description": described})
    assert _is_refusal(ended) is refused


async def test_a_reader_whose_messages_went_along_with_anothers_asks_for_more_without_being_woken() -> (
    None
):
    asked: list[bytes] = []

    async def publish(_subject: str, body: bytes, _reply: str) -> None:
        asked.append(body)

    queue: asyncio.Queue[Msg] = asyncio.Queue()
    subscription: Any = SimpleNamespace(
        _sub=SimpleNamespace(_pending_queue=queue, _pending_size=0),
        _nc=SimpleNamespace(stats={"reconnects": 0}, publish=publish),
        _nms="next",
        _deliver="inbox",
    )
    puller = _Puller(subscription, batch_max=4)
    woken = asyncio.create_task(puller.wait())
    await asyncio.sleep(0)
    assert len(asked) == 1
    for _ in range(4):
        queue.put_nowait(Msg(Client(), subject="fabriques.frontdesk.withdrawal.requested.v1.x"))
    assert len(await puller.drain(4, ahead=False)) == 4
    assert len(asked) == 2, "the request is used up, and nobody else would notice"
    woken.cancel()
    subscription._nc.stats["reconnects"] = 1
    await puller.drain(0, ahead=False)
    assert len(asked) == 3, "a new connection knows of no request"
