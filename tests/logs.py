"""Logs as a process of ours has them, for one test."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from shared.kit.logs import chain
from shared.kit.logs.outputs import OUTPUTS
from shared.kit.logs.repeats import Repeats
from shared.kit.settings import LogLevel


@contextmanager
def logs_on(service: str, level: LogLevel = "info") -> Iterator[None]:
    """JSON lines on standard error, and nothing left behind."""
    root = logging.getLogger()
    handlers, root_level = root.handlers[:], root.level
    chain.configure_logs(service, level=level)
    try:
        yield
    finally:
        chain.REPEATS = Repeats()
        root.handlers, OUTPUTS.each, OUTPUTS.tells_info = handlers, [], True
        root.setLevel(root_level)
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
