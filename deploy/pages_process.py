"""A process that serves pages: named, with its log, and ended by an exit code where it cannot start."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

import uvicorn
from setproctitle import setproctitle
from starlette.types import ASGIApp

from deploy.local.home.plan import log_file
from deploy.local.running.log_files import BoundedLog
from deploy.starting import NOT_STARTED, cannot_serve
from shared.kit.logs.chain import configure_logs
from shared.kit.settings import Settings

STOP_SECONDS_MAX = 5


@dataclass(frozen=True, slots=True)
class Served:
    """`told_to_stop` is called before open answers are waited for: those without an end must find one."""

    app: ASGIApp
    told_to_stop: Callable[[], None] | None = None


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, told_to_stop: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._told_to_stop = told_to_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._told_to_stop:
            self._told_to_stop()
        super().handle_exit(sig, frame)


def serve_pages(name: str, settings: Settings, opened: Callable[[], Served], **options: Any) -> int:
    """Serves what `opened` makes, until told to stop; `options` are uvicorn's. Returns the exit code."""
    setproctitle(f"fabriques {name}")
    file = BoundedLog(log_file(settings.home, name)) if settings.log_format == "console" else None
    configure_logs(name, settings.log_format or "json", settings.log_level, file)
    try:
        served = opened()
    except Exception as error:
        return cannot_serve(error)
    config = uvicorn.Config(
        served.app,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
        ssl_certfile=settings.http_certificate,
        **options,
    )
    server = Server(config, served.told_to_stop)
    with suppress(KeyboardInterrupt):
        server.run()
    return 0 if server.started else NOT_STARTED
