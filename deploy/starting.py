"""How a process of its own starts: its broker is looked for, and whoever runs it is told when it cannot."""

import structlog

from shared.kit.bus.connection import knock
from shared.kit.bus.reaching import NotConnected
from shared.kit.logs.causes import one_line
from shared.kit.settings import Settings

NOT_STARTED = 4  # the exit code


def cannot_serve(failure: Exception) -> int:
    """Tells why. Returns the exit code."""
    structlog.get_logger().critical(
        "cannot serve", cause=one_line(f"{type(failure).__name__}: {failure}")
    )
    return NOT_STARTED


async def look_for_broker(settings: Settings, identity: str) -> None:
    """A broker that is away is waited for, and told. Raises NotConnected for what no waiting mends."""
    try:
        await knock(settings, identity)
    except NotConnected as failure:
        if failure.hopeless:
            raise
        structlog.get_logger().warning("broker away", cause=str(failure))
