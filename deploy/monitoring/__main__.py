"""`python -m deploy.monitoring`: the metrics of a platform on one port, told everything by the environment.

Ends with 0 when told to stop, with 4 when it could not start: whoever runs it starts it again.
"""

import json
import sys

import structlog
from pydantic import ValidationError

from deploy.monitoring.gathering import Platform
from deploy.monitoring.settings import MonitoringSettings
from deploy.pages_process import serve_pages
from deploy.privacy import keep_to_ourselves
from deploy.probes import Answer, Pages
from deploy.starting import NOT_STARTED
from shared.kit.logs.causes import one_line
from shared.kit.metrics.exposition import CONTENT_TYPE, exposition
from shared.kit.settings import Settings, SettingsInvalid

NAME = "monitoring"


def pages_of(platform: Platform) -> Pages:
    async def health() -> Answer:
        return 200, "application/json", json.dumps({"service": NAME, "alive": True}).encode()

    async def metrics() -> Answer:
        return 200, CONTENT_TYPE, exposition(await platform.figures())

    return Pages({"/health": health, "/metrics": metrics})


def main() -> int:
    keep_to_ourselves()
    try:
        settings, own = Settings(), MonitoringSettings()
    except (SettingsInvalid, ValidationError) as error:
        print(f"{NAME}: {one_line(str(error))}", file=sys.stderr)
        return NOT_STARTED

    def opened() -> Pages:
        pages = pages_of(Platform(settings))
        structlog.get_logger().info("metrics open", port=own.port)
        return pages

    return serve_pages(NAME, settings, opened, host=own.host, port=own.port, lifespan="off")


if __name__ == "__main__":
    sys.exit(main())
