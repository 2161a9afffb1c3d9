"""`python -m deploy.monitoring`: metrics and operators' page on one port, told all by the environment.

Ends with 0 when told to stop, with 4 when it could not start: whoever runs it starts it again.
"""

import sys

import structlog
from pydantic import ValidationError

from deploy.monitoring.gathering import Platform
from deploy.monitoring.pages import NAME, Pages
from deploy.monitoring.settings import MonitoringSettings
from deploy.pages_process import Served, serve_pages
from deploy.privacy import keep_to_ourselves
from deploy.starting import NOT_STARTED
from shared.kit.logs.causes import one_line
from shared.kit.settings import Settings, SettingsInvalid


def main() -> int:
    keep_to_ourselves()
    try:
        settings, own = Settings(), MonitoringSettings()
    except (SettingsInvalid, ValidationError) as error:
        print(f"{NAME}: {one_line(str(error))}", file=sys.stderr)
        return NOT_STARTED

    def opened() -> Served:
        pages = Pages(Platform(settings))
        structlog.get_logger().info("metrics open", port=own.port)
        return Served(pages.app(), pages.stopping.set)

    # No proxy is believed: who looks is known by the connection alone, because the page opens here only.
    return serve_pages(
        NAME, settings, opened, host=own.host, port=own.port, lifespan="off", proxy_headers=False
    )


if __name__ == "__main__":
    sys.exit(main())
