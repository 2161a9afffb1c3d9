"""Draws a pull subscription empty in large handfuls: who reads a whole stream pays for no timer a message."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from nats.aio.msg import Msg
from nats.js.client import JetStreamContext

EXPIRES_SECONDS = 30.0


async def handfuls(
    subscription: JetStreamContext.PullSubscription, ask: int, silence_seconds: float
) -> AsyncIterator[list[Msg]]:
    """What came, as it comes; the next `ask` messages are asked for while these are read.

    Ends when nothing came for so long, or when the broker says that it brings no more on a request.
    """
    inner: Any = subscription._sub
    request = json.dumps({"batch": ask, "expires": int(EXPIRES_SECONDS * 1e9)}).encode()
    credit = 0
    while True:
        while credit <= ask // 2:
            await subscription._nc.publish(subscription._nms, request, subscription._deliver)
            credit += ask
        try:
            async with asyncio.timeout(silence_seconds):
                messages = [await inner._pending_queue.get()]
        except TimeoutError:
            return
        while not inner._pending_queue.empty():
            messages.append(inner._pending_queue.get_nowait())
        inner._pending_size -= sum(len(message.data) for message in messages)
        told = [message for message in messages if JetStreamContext.is_status_msg(message) is None]
        credit -= len(told)
        if told:
            yield told
        if len(told) < len(messages):
            return
