"""Column types that keep what they are given, on SQLite and on PostgreSQL alike.

They convert without the step that SQLAlchemy puts between a value and its type: texts need nothing of it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Dialect, String, Text
from sqlalchemy.types import TypeDecorator

INSTANTS_KEPT = 1_024
Processor = Callable[[Any], Any]


class InstantColumn(TypeDecorator[datetime]):
    """An instant as ISO 8601 text in UTC, of fixed width, so that text order is time order."""

    impl = String(27)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:  # noqa: ARG002
        return lambda instant: None if instant is None else _as_text(_in_utc(instant))

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:  # noqa: ARG002
        return lambda text: None if text is None else datetime.fromisoformat(text)


class JsonColumn(TypeDecorator[Any]):
    """A small value as JSON text. Arrays come back as tuples, so that states stay frozen."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:  # noqa: ARG002
        return lambda value: None if value is None else to_json(value).decode()

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:  # noqa: ARG002
        return lambda text: None if text is None else frozen(from_json(text))


def _in_utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


@lru_cache(INSTANTS_KEPT)
def _as_text(in_utc: datetime) -> str:
    """The rows that follow from one event hold the same instant several times.

    Only UTC may be looked up: the two hours of the night when clocks go back are equal in their own zone.
    """
    return f"{in_utc.isoformat(timespec='microseconds')[:26]}Z"


def frozen(value: Any) -> Any:
    """Most of what is in an array is a text or a number, which is asked for nothing."""
    if isinstance(value, list):
        return tuple([frozen(item) if isinstance(item, list | dict) else item for item in value])
    if isinstance(value, dict):
        return {key: frozen(item) for key, item in value.items()}
    return value
