"""What is written: lines that fit a terminal, JSON that holds everything, warnings that are counted."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import nats.errors
import pytest
import structlog
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from shared.kit.errors import Temporary
from shared.kit.logs import chain
from shared.kit.logs.causes import cause_of
from shared.kit.logs.chain import ALLOWED, Foreign, configure_logs, tell_repeated
from shared.kit.logs.console import COLUMNS, console_line
from shared.kit.logs.outputs import OUTPUTS, Record
from shared.kit.logs.repeats import WINDOW_SECONDS, Repeats
from shared.kit.settings import Settings, SettingsInvalid
from tests.architecture.sources import log_calls, sources
from tests.logs import logs_on

HEAD = {
    "timestamp": "2026-01-05T10:00:00Z",
    "service": "eligibility",
    "programme": "p",
    "mode": "rehearsal",
}
SECRET = "FR7630006000011234567890189"
CLOSING = tuple(sorted(ALLOWED - {"event", "level", "timestamp", "service", "programme", "mode"}))


def shapes() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(place, event, keys) of each call of a logger in the code, and of the consumer's closing line."""
    yield "consumer", "candidature instruction requested", CLOSING
    for source in sources():
        for _, event, call in log_calls(source.tree):
            keys = tuple(keyword.arg for keyword in call.keywords if keyword.arg)
            yield f"{source.name}:{call.lineno}", event, keys


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a process says as JSON, from its configuration on."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    with logs_on("notify"):
        yield stream


def records(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_record_of_the_code_fits_a_terminal_and_a_warning_loses_nothing() -> None:
    for place, event, keys in shapes():
        assert set(keys) <= ALLOWED, f"{place}: a key that is not allowed is dropped without a word"
        values: dict[str, Any] = {key: f"<{key}-and-some-more>" for key in keys}
        values |= {key: 4_000_000 for key in keys if key.endswith("_cents")}
        for level in ("info", "warning"):
            line = console_line({**HEAD, "level": level, "event": event, **values})
            assert max(map(len, line.splitlines())) <= COLUMNS, place
        whole = " ".join(line.split())
        assert all(str(value) in whole for value in values.values()), place


def test_the_records_are_found() -> None:
    """The control: an empty search would prove nothing."""
    events = {event for _, event, _ in shapes()}
    assert {
        "notice sent",
        "sender failed",
        "mail away",
        "service started",
        "publish failed",
    } <= events


def test_a_good_event_is_one_line_for_people() -> None:
    record = {
        **HEAD,
        "level": "info",
        "event": "candidature registered",
        "dossier": "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11",
        "fact": "CandidatureSubmitted",
        "result": "registered",
        "receipt_number": "FABT-2020-4-00012",
        "said": ["CandidatureRegistered 0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c12"],
        "ms": 1.2,
    }
    assert console_line(record)[9:] == (
        "eligibility candidature registered 0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11  FABT-2020-4-00012"
    )


def test_one_chain_serves_our_records_and_those_of_libraries(written: io.StringIO) -> None:
    structlog.get_logger().info("service started", seconds=None)
    logging.getLogger("sqlalchemy.pool").warning("connection %r is gone", SECRET)
    [ours, theirs] = records(written)
    assert list(ours) == ["timestamp", "level", "service", "event"], "what is not known is absent"
    assert (theirs["service"], theirs["event"], theirs["logger"], theirs["cause"]) == (
        "notify",
        "library",
        "sqlalchemy.pool",
        "connection %r is gone",
    )


def test_a_failure_is_told_in_one_line_without_its_data(written: io.StringIO) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        structlog.get_logger().error("timer failed", exc_info=True)
        logging.getLogger("asyncio").exception("never retrieved %s", SECRET)
    text = written.getvalue()
    assert SECRET not in text
    assert "Traceback" not in text
    assert [record["cause"].partition(" in ")[0] for record in records(written)] == [
        "ValueError"
    ] * 2


def test_a_key_that_is_not_allowed_is_not_told(written: io.StringIO) -> None:
    structlog.get_logger().warning("mail away", address="a@b.fr")
    assert "a@b.fr" not in written.getvalue()


def test_a_warning_that_repeats_itself_is_said_once_and_counted(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    for attempt in range(313):
        structlog.get_logger().warning("publish failed", cause="no room", attempt=attempt)
    structlog.get_logger().warning("publish failed", cause="another")
    monkeypatch.setattr(chain.REPEATS, "_clock", lambda: float("inf"))
    tell_repeated()
    [first, other, counted] = records(written)
    assert (first["attempt"], other["cause"]) == (0, "another")
    assert (counted["repeated"], counted["seconds"], counted["cause"]) == (
        312,
        WINDOW_SECONDS,
        "no room",
    )
    assert counted["attempt"] == 312, "the latest of them"


def test_a_window_without_a_repetition_ends_in_silence_and_the_next_warning_is_said() -> None:
    seconds = 0.0
    repeats = Repeats(lambda: seconds)
    record: Record = {"event": "database away", "cause": "disk full"}
    assert [repeats.is_new(record), repeats.is_new(record)] == [True, False]
    seconds = WINDOW_SECONDS
    assert [told["repeated"] for told in repeats.over()] == [1]
    assert not repeats.is_new(record), "it goes on: its next window has begun"
    seconds = 2 * WINDOW_SECONDS
    assert [told["repeated"] for told in repeats.over()] == [1]
    seconds = 3 * WINDOW_SECONDS
    assert repeats.over() == []
    assert repeats.is_new(record)


@pytest.mark.parametrize(
    "failure, told",
    [
        (Temporary("the broker does not tell the time"), "the broker does not tell the time"),
        (
            OperationalError("UPDATE", {}, Exception("attempt to write a readonly database")),
            "OperationalError: attempt to write a readonly database",
        ),
        (OSError(28, "No space left on device", "letter.eml"), "OSError: No space left on device"),
        (nats.errors.NoServersError(), "NoServersError: nats: no servers available for connection"),
        (
            ProgrammingError("INSERT", {}, InsufficientPrivilege("permission denied for table x")),
            "ProgrammingError: permission denied for table x",
        ),
        (IntegrityError("INSERT", {}, Exception(f"Key ({SECRET}) exists")), "IntegrityError in"),
        (KeyError(SECRET), "KeyError in"),
    ],
)
def test_a_cause_keeps_its_words_where_they_quote_nothing(failure: Exception, told: str) -> None:
    assert cause_of(failure).startswith(told)
    assert SECRET not in cause_of(failure)


def test_a_wrong_setting_is_one_clear_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABRIQUES_LOG_LEVEL", "loud")
    monkeypatch.setenv("FABRIQUES_LOG_FORMAT", "xml")
    with pytest.raises(SettingsInvalid) as wrong:
        Settings()
    assert wrong.value.reasons == (
        "FABRIQUES_LOG_LEVEL is 'loud': Input should be 'debug', 'info', 'warning' or 'error'",
        "FABRIQUES_LOG_FORMAT is 'xml': Input should be 'console' or 'json'",
    )


@pytest.mark.parametrize("no_color, coloured", [("", True), ("1", False)])
def test_a_terminal_has_colours_unless_no_color_is_set(
    no_color: str, coloured: bool, monkeypatch: pytest.MonkeyPatch, written: io.StringIO
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(written, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", written)
    configure_logs("notify", "console")
    structlog.get_logger().warning("mail away")
    assert ("\033[33m" in written.getvalue()) == coloured


def test_warnings_alone_are_told_where_that_is_asked_for(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", written)
    configure_logs("notify", level="warning")
    structlog.get_logger().info("service started")
    structlog.get_logger().warning("mail away")
    assert [record["event"] for record in records(written)] == ["mail away"]
    assert not OUTPUTS.tells_info
    assert isinstance(logging.getLogger().handlers[0], Foreign)
