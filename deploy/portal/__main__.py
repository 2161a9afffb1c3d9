"""`python -m deploy.portal`: the pages alone, told everything by their environment.

Ends with 0 when told to stop, with 4 when it could not start: whoever runs it starts it again.
"""

import asyncio
import sys

import structlog

from deploy.local.home.unfinished import require_restored
from deploy.pages_process import Served, serve_pages
from deploy.portal.app import build
from deploy.portal.portal import open_portal
from deploy.portal.settings import PortalSettings
from deploy.privacy import keep_to_ourselves
from deploy.starting import NOT_STARTED, look_for_broker
from shared.kit.settings import Settings, SettingsInvalid

NAME = "portal"
HEADER_BYTES_MAX = 16_384


def main() -> int:
    keep_to_ourselves()
    try:
        settings = Settings()
    except SettingsInvalid as error:
        print("\n".join(f"{NAME}: {reason}" for reason in error.reasons), file=sys.stderr)
        return NOT_STARTED
    own = PortalSettings()
    if settings.http_certificate:
        own = own.over_tls()

    def opened() -> Served:
        require_restored(settings.home)
        asyncio.run(look_for_broker(settings, own.front_end))
        pages = build(open_portal(settings, own))
        structlog.get_logger().info("pages open", port=own.port)
        return Served(pages)

    return serve_pages(
        NAME,
        settings,
        opened,
        host=own.host,
        port=own.port,
        forwarded_allow_ips=own.proxies,
        h11_max_incomplete_event_size=HEADER_BYTES_MAX,
    )


if __name__ == "__main__":
    sys.exit(main())
