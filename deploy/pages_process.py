"""A process that serves pages: named, with its log, and ended by an exit code where it cannot start."""

from collections.abc import Callable
from typing import Any

import structlog
import uvicorn
from setproctitle import setproctitle

from deploy.local.log_files import BoundedLog
from deploy.local.plan import log_file
from deploy.starting import NOT_STARTED
from shared.kit.logs.causes import one_line
from shared.kit.logs.chain import configure_logs
from shared.kit.settings import Settings

STOP_SECONDS_MAX = 5


def serve_pages(name: str, settings: Settings, opened: Callable[[], Any], **options: Any) -> int:
    """Serves what `opened` makes, until told to stop; `options` are uvicorn's. Returns the exit code."""
    setproctitle(f"fabriques {name}")
    file = BoundedLog(log_file(settings.home, name)) if settings.log_format == "console" else None
    configure_logs(name, settings.log_format or "json", settings.log_level, file)
    try:
        pages = opened()
    except Exception as error:
        structlog.get_logger().critical("cannot serve", cause=one_line(f"{type(error).__name__}: {error}"))
        return NOT_STARTED
    uvicorn.run(
        pages,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
        **options,
    )
    return 0
