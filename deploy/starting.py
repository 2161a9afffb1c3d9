"""How a process of its own starts: its broker is looked for, and whoever runs it is told when it cannot."""

import structlog

from shared.kit.bus.connection import knock
from shared.kit.bus.reaching import NotConnected
from shared.kit.settings import Settings

NOT_STARTED = 4  # the exit code


async def look_for_broker(settings: Settings, identity: str) -> None:
    """A broker that is away is waited for, and told. Raises NotConnected for what no waiting mends."""
    try:
        await knock(settings, identity)
    except NotConnected as failure:
        if failure.hopeless:
            raise
        structlog.get_logger().warning("broker away", cause=str(failure))
