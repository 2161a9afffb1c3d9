"""One chain of processors for our records and foreign ones.

Keys are an allow-list: nobody's personal data gets in.
"""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Protocol, TextIO

import structlog
from pydantic_core import to_json

ALLOWED = frozenset(
    """event level timestamp service logger fact dossier result attempt ms age_ms reason cause consumer stream
    sequence
    subject count programme mode wave seconds error exception rows batch question signal due port""".split()
)
COLOURS = {"warning": "33", "error": "31", "critical": "1;31"}


def _only_allowed(_logger: Any, _name: str, record: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: value for key, value in record.items() if key in ALLOWED or key.startswith("_")}


class Lines:
    """Where records go.

    While `held`, lines gather, and are written together: one write for a batch, not one a line.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream, self._held, self.readable = stream, False, True
        self._lines: list[str] = []

    def msg(self, line: str) -> None:
        self._lines.append(line)
        if not self._held:
            self._flush()

    debug = info = warning = error = critical = exception = log = msg

    @contextmanager
    def held(self) -> Iterator[None]:
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self._flush()

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            with suppress(OSError):  # a full disk costs records, not work
                self.stream.write("\n".join(lines) + "\n")
                self.stream.flush()


LINES = Lines(sys.stderr)


def write_closing_lines(service: str, records: Sequence[dict[str, Any]]) -> None:
    """One closing line for each event of a batch.

    They have no key but those given here, and are written in one go.
    """
    if not records:
        return
    if LINES.readable:
        log = structlog.get_logger()
        with LINES.held():
            for record in records:
                (log.warning if record.get("cause") else log.info)("event", **record)
        return
    stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    with LINES.held():
        for record in records:
            level = "warning" if record.get("cause") else "info"
            line = {"service": service, **record, "event": "event", "level": level, "timestamp": stamp}
            LINES.msg(to_json(line).decode())


def readable_line(_logger: Any, _name: str, record: structlog.typing.EventDict) -> str:
    """For people to read: `14:02:11 intake      CandidatureSubmitted      registered  0198f2c4-…  2.1 ms`."""
    clock = datetime.fromisoformat(record.pop("timestamp")).astimezone().strftime("%H:%M:%S")
    level, service, event = record.pop("level"), record.pop("service", ""), record.pop("event")
    known = {key: value for key, value in record.items() if value is not None}
    if fact := known.pop("fact", None):
        took = f"  {known.pop('ms'):g} ms" if "ms" in known else ""
        event = f"{fact:26} {known.pop('result', event):16} {known.pop('dossier', '')}{took}"
        if known.get("attempt") == 1:
            del known["attempt"]
        known.pop("age_ms", None)
    rest = "  ".join(f"{key}={value}" for key, value in known.items())
    line = f"{clock} {service:11} {event}  {rest}".rstrip()
    if not sys.stderr.isatty():
        return line if level == "info" else f"{line}  [{level}]"
    return f"\033[{COLOURS.get(level, '0')}m{line}\033[0m"


class Written(Protocol):
    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...


def _beside(file: Written) -> structlog.typing.Processor:
    """Each record goes to the file as a JSON line, whatever the terminal shows of it."""
    render = structlog.processors.JSONRenderer()

    def write(logger: Any, name: str, record: structlog.typing.EventDict) -> structlog.typing.EventDict:
        file.write(str(render(logger, name, record)) + "\n")
        file.flush()
        return record

    return write


def configure_logs(service: str, readable: bool = False, file: Written | None = None) -> None:
    """JSON lines on standard error, or readable ones for a terminal; in a `file`, all as JSON lines, too."""
    LINES.stream, LINES.readable = sys.stderr, readable
    chain: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        lambda _l, _n, record: {"service": service, **record},
        _only_allowed,
    ]
    last: list[structlog.typing.Processor] = [_beside(file)] if file else []
    last.append(readable_line if readable else structlog.processors.JSONRenderer())
    structlog.configure(
        processors=[*chain, *last],
        logger_factory=lambda *_: LINES,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=chain, processors=[strip, *last])
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
