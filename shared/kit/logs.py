"""One chain of processors for our records and foreign ones. Keys are an allow-list: nobody's personal data gets in."""

import logging
import sys
from typing import Any

import structlog

ALLOWED = frozenset(
    """event level timestamp service logger fact dossier result attempt ms age_ms reason cause consumer stream sequence
    subject count programme mode wave seconds error exception rows batch question signal due port""".split()
)


def _only_allowed(_logger: Any, _name: str, record: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: value for key, value in record.items() if key in ALLOWED or key.startswith("_")}


def configure_logs(service: str, readable: bool = False) -> None:
    """JSON lines on standard error, or readable ones for a terminal."""
    chain: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        lambda _l, _n, record: {"service": service, **record},
        _only_allowed,
    ]
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(pad_event_to=0) if readable else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*chain, last],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=chain, processors=[strip, last]))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
