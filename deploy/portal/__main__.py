"""`python -m deploy.portal`: the pages alone, told everything by their environment.

Ends with 0 when told to stop, with 4 when it could not start: whoever runs it starts it again.
"""

import asyncio
import sys

import structlog
import uvicorn
from setproctitle import setproctitle

from deploy.local.log_files import BoundedLog
from deploy.local.plan import log_file
from deploy.portal.app import build
from deploy.portal.portal import open_portal
from deploy.portal.settings import PortalSettings
from deploy.privacy import keep_to_ourselves
from shared.kit.bus.connection import knock
from shared.kit.bus.reaching import NotConnected
from shared.kit.logs.causes import one_line
from shared.kit.logs.chain import configure_logs
from shared.kit.settings import Settings, SettingsInvalid

NAME = "portal"
NOT_STARTED = 4
HEADER_BYTES_MAX = 16_384
STOP_SECONDS_MAX = 5


async def look_for_broker(settings: Settings, identity: str) -> None:
    """A broker that is away is waited for, and the pages say so.

    Raises NotConnected for what no waiting mends.
    """
    try:
        await knock(settings, identity)
    except NotConnected as failure:
        if failure.hopeless:
            raise
        structlog.get_logger().warning("broker away", cause=str(failure))


def main() -> int:
    keep_to_ourselves()
    try:
        settings = Settings()
    except SettingsInvalid as error:
        print("\n".join(f"{NAME}: {reason}" for reason in error.reasons), file=sys.stderr)
        return NOT_STARTED
    own = PortalSettings()
    setproctitle(f"fabriques {NAME}")
    file = BoundedLog(log_file(settings.home, NAME)) if settings.log_format == "console" else None
    configure_logs(NAME, settings.log_format or "json", settings.log_level, file)
    try:
        asyncio.run(look_for_broker(settings, own.front_end))
        app = build(open_portal(settings, own))
    except Exception as error:
        structlog.get_logger().critical("cannot serve", cause=one_line(f"{type(error).__name__}: {error}"))
        return NOT_STARTED
    structlog.get_logger().info("pages open", port=own.port)
    uvicorn.run(
        app,
        host=own.host,
        port=own.port,
        forwarded_allow_ips=own.proxies,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=HEADER_BYTES_MAX,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
