"""What commands print: JSON for programs, tables and lines for people."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console, JustifyMethod
from rich.table import Table

WIDTH_IN_FILES = 180
NOTHING = "—"
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"


def print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=2, default=_plain))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """Columns that start with `#` hold numbers and are set to the right; those with `=` are never cut."""
    named = any(columns)
    table = Table(title=title or None, title_justify="left", box=SIMPLE, pad_edge=False, show_header=named)
    for column in columns:
        justify: JustifyMethod = "right" if column.startswith("#") else "left"
        table.add_column(
            column.lstrip("#="), justify=justify, overflow="fold", no_wrap=column.startswith("=")
        )
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console().print(table)


def print_pairs(data: Mapping[str, Any], title: str = "") -> None:
    """One line for each thing that is known, in words."""
    print_table(("", ""), (named(key, value) for key, value in data.items()), title)


def print_named(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """A table of some fields of each row, in words."""
    print_table(names, ([named(name, row[name])[1] for name in names] for row in rows))


def print_line(text: str) -> None:
    console().print(text, markup=False, highlight=False, soft_wrap=True)


def console() -> Console:
    """As wide as the terminal; wide enough for every column in a pipe or a file."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=WIDTH_IN_FILES)


def euros(cents: int | None) -> str:
    return NOTHING if cents is None else f"{cents / 100:,.2f} €".replace(",", THIN_SPACE)


def moment(instant: str) -> str:
    """An instant to the minute, in the zone it was written in."""
    return instant[:16].replace("T", " ")


def as_data(value: Any) -> Any:
    """A report as plain data: a dataclass, a pydantic model, or what it is already."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def named(key: str, value: Any) -> tuple[str, str]:
    """A name and its value in words: `paid_cents` 150 is `paid` 1.50 €."""
    name = key.removesuffix("_cents")
    if name == key or isinstance(value, dict):
        return name.replace("_", " "), _cell(value)
    cents = value if isinstance(value, list | tuple) else [value]
    return name.replace("_", " "), ", ".join(map(euros, cents)) or NOTHING


def _cell(value: Any) -> str:
    """What a person reads: nested things as words, nothing as a dash."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(" ".join(named(str(key), one)) for key, one in value.items()) or NOTHING
    if isinstance(value, list | tuple):
        between = "; " if any(isinstance(one, dict) for one in value) else ", "
        return between.join(map(_cell, value)) or NOTHING
    return (
        NOTHING if value is None or value == "" else str(_plain(value) if isinstance(value, Enum) else value)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return sorted(value) if isinstance(value, set | frozenset) else str(value)
