"""One chain of processors for our records and foreign ones.

Keys are an allow-list: nobody's personal data gets in.
"""

import logging
import os
import sys
from collections.abc import Iterable
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from shared.kit.logs.causes import cause_of, one_line
from shared.kit.logs.console import console
from shared.kit.logs.outputs import OUTPUTS, Output, Record, Written, json_line
from shared.kit.logs.repeats import Repeats
from shared.kit.settings import LogFormat, LogLevel

BUS = "fabriques.bus"  # what our own connection says through the client library's logger

ALLOWED = frozenset(
    """event level timestamp service programme mode logger
    dossier fact result reasons said said_count waits_for actor front_end
    receipt_number wave order_id run_id reason_code
    amount_cents total_cents requested_cents awarded_cents amounts_cents freed_cents left_cents
    recovered_cents waived_cents
    event_id correlation_id trace_id stream sequence attempt age_ms ms
    cause count repeated rows seconds template process port""".split()
)
FIRST = ("timestamp", "level", "service", "programme", "mode", "event")
REPEATABLE = ("warning", "error")
REPEATS = Repeats()


def _cause(_logger: Any, _name: str, record: EventDict) -> EventDict:
    """A failure in one line: no traceback."""
    failure = record.pop("exc_info", None)
    if failure is True:
        failure = sys.exc_info()[1]
    if isinstance(failure, BaseException):
        record["cause"] = cause_of(failure)
    return record


def _only_allowed(_logger: Any, _name: str, record: EventDict) -> EventDict:
    """The same keys in the same places; what is not there is not told."""
    first = {name: record.get(name) for name in FIRST}
    told = {**first, **record}
    return {name: value for name, value in told.items() if value is not None and name in ALLOWED}


def _said_once(_logger: Any, name: str, record: EventDict) -> EventDict:
    if name in REPEATABLE and not REPEATS.is_new(record):
        raise structlog.DropEvent
    return record


STAMP = structlog.processors.TimeStamper(fmt="iso", utc=True)
CHAIN: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    STAMP,
    _cause,
    _only_allowed,
    _said_once,
]


def configure_logs(
    service: str, layout: LogFormat = "json", level: LogLevel = "info", file: Written | None = None
) -> None:
    """Lines on standard error, in a layout for people or programs; in a `file`, as JSON lines, too.

    The service's name is bound once, for all that this process says.
    """
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service)
    OUTPUTS.tells_info = level in ("debug", "info")
    OUTPUTS.each = [Output(file, json_line)] if file else []
    OUTPUTS.each.append(
        Output(sys.stderr, console(_colours()) if layout == "console" else json_line)
    )
    structlog.configure(
        processors=CHAIN,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: OUTPUTS,
    )
    of_libraries = logging.DEBUG if level == "debug" else logging.WARNING
    logging.basicConfig(handlers=[Foreign()], level=of_libraries, force=True)
    logging.captureWarnings(capture=True)


def _colours() -> bool:
    """On a terminal, unless NO_COLOR is set to anything (https://no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


class Foreign(logging.Handler):
    """Libraries speak through our chain, too; their words as their code has them, never filled in."""

    def emit(self, record: logging.LogRecord) -> None:
        level = max(logging.DEBUG, record.levelno // 10 * 10)
        structlog.get_logger().log(
            min(level, logging.CRITICAL), _event(record), logger=record.name, cause=_words(record)
        )


def _event(record: logging.LogRecord) -> str:
    return "bus" if record.name == BUS else "library"


def _words(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[1]:
        return cause_of(record.exc_info[1])
    if record.name == BUS:
        return one_line(record.getMessage())
    # What a library would fill in may be somebody's name or address.
    pattern, _, _ = str(record.msg).partition("\n")
    return one_line(pattern)


def line_head() -> Record:
    """What every line of a batch begins with: when, and who speaks."""
    head = {**STAMP(None, "", {}), "level": ""}
    bound = structlog.contextvars.get_contextvars()
    for name in FIRST:
        if name in bound:
            head[name] = bound[name]
    return head


def write_closing_lines(records: Iterable[Record]) -> None:
    """The closing lines of a batch in one go, past the chain: they have no key but allowed ones."""
    OUTPUTS.write([record for record in records if not _is_repetition(record)])


def _is_repetition(record: Record) -> bool:
    """What was put off, or is a dead letter, is told elsewhere too; a decision is told each time."""
    if record["level"] != "warning" or record.get("cause") is None:
        return False
    return not REPEATS.is_new(record)


def tell_repeated() -> None:
    """Says how often each warning came again. Called by whoever keeps the time of a process."""
    OUTPUTS.write(REPEATS.over())
