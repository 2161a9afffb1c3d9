"""What commands print: JSON for programs, tables and lines for people."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

WIDTH_IN_FILES = 180


def print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=2, default=_plain))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """Columns whose name starts with `#` hold numbers and are set to the right."""
    named = any(columns)
    table = Table(title=title or None, title_justify="left", box=SIMPLE, pad_edge=False, show_header=named)
    for column in columns:
        table.add_column(column.lstrip("#"), justify="right" if column.startswith("#") else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console().print(table)


def print_pairs(data: Mapping[str, Any], title: str = "") -> None:
    """One line for each thing that is known; what is nested is printed as compact JSON."""
    print_table(("", ""), ((key.replace("_", " "), value) for key, value in data.items()), title)


def print_line(text: str) -> None:
    console().print(text, markup=False, highlight=False, soft_wrap=True)


def console() -> Console:
    """As wide as the terminal; wide enough for every column in a pipe or a file."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=WIDTH_IN_FILES)


def euros(cents: int | None) -> str:
    return "" if cents is None else f"{cents / 100:,.2f} €".replace(",", " ")


def moment(instant: str) -> str:
    """An instant to the minute, in the zone it was written in."""
    return instant[:16].replace("T", " ")


def as_data(value: Any) -> Any:
    """A report as plain data: a dataclass, a pydantic model, or what it is already."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return sorted(value) if isinstance(value, set | frozenset) else str(value)
