"""Tells a service manager that the event loop turns: systemd starts again what is silent (WatchdogSec)."""

import asyncio
import os
import socket
from contextlib import suppress

BEAT_SECONDS = 5.0
BEAT = b"WATCHDOG=1"


async def beat_for_manager(seconds: float = BEAT_SECONDS) -> None:
    """Until it is cancelled; at once where nobody listens. An address that begins with @ is no file."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    place = f"\0{address[1:]}" if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as manager:
        while True:
            with suppress(OSError):  # a manager that restarts listens again soon
                manager.sendto(BEAT, place)
            await asyncio.sleep(seconds)
