"""`python -m deploy.monitoring`: the metrics of a platform on one port, told everything by the environment.

Ends with 0 when told to stop, with 4 when it could not start: whoever runs it starts it again.
"""

import json
import sys

import structlog
import uvicorn
from pydantic import ValidationError
from setproctitle import setproctitle

from deploy.local.log_files import BoundedLog
from deploy.local.plan import log_file
from deploy.monitoring.gathering import Platform
from deploy.monitoring.settings import MonitoringSettings
from deploy.privacy import keep_to_ourselves
from deploy.probes import Answer, Pages
from shared.kit.logs.causes import one_line
from shared.kit.logs.chain import configure_logs
from shared.kit.metrics.exposition import CONTENT_TYPE, exposition
from shared.kit.settings import Settings, SettingsInvalid

NAME = "monitoring"
NOT_STARTED = 4
STOP_SECONDS_MAX = 5


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
    setproctitle(f"fabriques {NAME}")
    file = BoundedLog(log_file(settings.home, NAME)) if settings.log_format == "console" else None
    configure_logs(NAME, settings.log_format or "json", settings.log_level, file)
    try:
        pages = pages_of(Platform(settings))
    except Exception as error:
        structlog.get_logger().critical("cannot serve", cause=one_line(f"{type(error).__name__}: {error}"))
        return NOT_STARTED
    structlog.get_logger().info("metrics open", port=own.port)
    uvicorn.run(
        pages,
        host=own.host,
        port=own.port,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
