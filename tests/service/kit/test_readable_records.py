"""Every record our code writes can be read by people: none of them breaks the line that shows it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.kit.logs import ALLOWED, readable_line

ROOT = Path(__file__).parents[3]
HEAD = {"timestamp": "2026-01-05T10:00:00Z", "service": "notify"}
NUMBERS = {"ms": 1.25, "age_ms": 12, "count": 3, "attempt": 2, "rows": 4, "seconds": 0.5}
CLOSING = (
    "fact",
    "dossier",
    "result",
    "attempt",
    "ms",
    "age_ms",
    "reason",
    "cause",
)  # one event, as the consumer ends it


def shapes() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(place, event, keys) of each call of a logger in the code, and of the consumer's closing line."""
    yield "consumer", "event", CLOSING
    for folder in ("services", "shared", "deploy"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for call in logger_calls(ast.parse(path.read_text(encoding="utf-8"))):
                assert isinstance(call.args[0], ast.Constant)
                keys = tuple(keyword.arg for keyword in call.keywords if keyword.arg)
                yield f"{path.relative_to(ROOT)}:{call.lineno}", str(call.args[0].value), keys


def logger_calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = ast.unparse(node.func)
            if name.startswith(("log.", "(log.", "log.info if", "structlog.get_logger()")):
                yield node


SHAPES = list(shapes())


@pytest.mark.parametrize("place, event, keys", SHAPES, ids=[f"{place} {event}" for place, event, _ in SHAPES])
def test_a_record_of_this_shape_is_shown_on_one_line(place: str, event: str, keys: tuple[str, ...]) -> None:
    assert set(keys) <= ALLOWED, f"{place}: a key that is not allowed is dropped without a word"
    for absent in ((), *((key,) for key in keys if key not in HEAD)):
        values: dict[str, Any] = {
            key: None if key in absent else NUMBERS.get(key, f"<{key}>") for key in keys
        }
        line = readable_line(None, "", {**HEAD, "level": "warning", "event": event, **values})
        assert "\n" not in line
        assert all(
            str(value) in line for key, value in values.items() if value and key not in ("age_ms", "service")
        )


def test_the_records_are_found() -> None:
    """The control: an empty search would prove nothing."""
    events = {event for _, event, _ in SHAPES}
    assert {"event", "notice", "sender", "mail away", "service started", "publish failed"} <= events
