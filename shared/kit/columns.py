"""Column types that keep what they are given, on SQLite and on PostgreSQL alike."""

import json
from datetime import UTC, datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Dialect, String, Text
from sqlalchemy.types import TypeDecorator


class InstantColumn(TypeDecorator[datetime]):
    """An instant as ISO 8601 text in UTC, of fixed width, so that text order is time order."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        in_utc = value if value.tzinfo is UTC else value.astimezone(UTC)
        return f"{in_utc.isoformat(timespec='microseconds')[:26]}Z"

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromisoformat(value)


class JsonColumn(TypeDecorator[Any]):
    """A small value as JSON text. Arrays come back as tuples, so that states stay frozen."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else to_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else frozen(json.loads(value))


def frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: frozen(item) for key, item in value.items()}
    return value
