"""What commands print: JSON for programs, tables and lines for people. No command prints past it."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from enum import Enum
from typing import Any
from unicodedata import category

from rich.box import SIMPLE
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

WIDTH_IN_FILES = 180
NOTHING = "—"
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
UNSEEN = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))  # controls, directions, line breaks
REPLACED = "\N{REPLACEMENT CHARACTER}"
SET_IN = "  "
MINUTES_FROM_SECONDS = 600
HOURS_FROM_SECONDS = 6_000


class Screen(Console):
    """Everything that people read goes through it: the terminal obeys its styles, and nobody's words."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield segment._replace(text=visible(segment.text))


class OneLine(Text):
    """A line of several styles that stays one, whatever is put into it."""

    def __init__(self, text: str = "", style: str = "") -> None:
        super().__init__(_kept_on_one_line(text), style)

    def append(self, text: Text | str, style: Style | str | None = None) -> Text:
        if isinstance(text, str):
            return super().append(_kept_on_one_line(text), style)
        return super().append(text, style)


def print_json(data: Any) -> None:
    print(json_of(data, indent=2))


def print_rows(rows: Iterable[Any]) -> None:
    """One JSON value a line (NDJSON): a program reads each as it comes."""
    for row in rows:
        print(json_of(row))


def json_of(data: Any, indent: int | None = None) -> str:
    """What a terminal would obey, or hide, stands as an escape: a program reads the same."""
    text = json.dumps(data, ensure_ascii=False, indent=indent, default=_plain)
    return "\n".join(line if line.isprintable() else _escaped(line) for line in text.split("\n"))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """Columns that start with `#` hold numbers and are set to the right; those with `=` are never cut."""
    heading = Text(title, style="table.title") if title else None
    table = Table(title=heading, title_justify="left", box=SIMPLE, pad_edge=False)
    table.show_header = any(columns)
    for column in columns:
        justify: JustifyMethod = "right" if column.startswith("#") else "left"
        never_cut = column.startswith("=")
        table.add_column(column.lstrip("#="), justify=justify, overflow="fold", no_wrap=never_cut)
    for row in rows:
        # A cell is never markup: a place may be named [/b], and no name becomes a link.
        table.add_row(*(Text(visible(_cell(value))) for value in row))
    console().print(table)


def print_pairs(data: Mapping[str, Any], title: str = "") -> None:
    """One line for each thing that is known, in words."""
    print_table(("", ""), (named(key, value) for key, value in data.items()), title)


def print_named(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """A table of some fields of each row, in words."""
    print_table(names, ([in_words(name, row[name]) for name in names] for row in rows))


def print_line(text: str) -> None:
    console().print(visible(text), markup=False, highlight=False, soft_wrap=True)


def print_lines(lines: Iterable[OneLine]) -> None:
    out = console()
    for line in lines:
        out.print(line, soft_wrap=True)


def print_failure(reasons: Sequence[str], as_json: bool) -> None:
    """On standard error, one line for each reason."""
    if as_json:
        print(json_of({"error": list(reasons)}), file=sys.stderr)
        return
    for reason in reasons:
        print(f"fabriques: {on_one_line(reason)}", file=sys.stderr)


def visible(text: str) -> str:
    """What a terminal would obey, or hide, is shown as a sign: people write what is printed."""
    if text.isprintable():
        return text
    lines = text.replace("\r\n", "\n")
    return "".join(REPLACED if _is_unseen(one) else one for one in lines)


def on_one_line(text: str) -> str:
    """What somebody wrote, where a line of theirs could be taken for one of ours."""
    return visible(" ".join(text.split()))


def indented(text: str) -> str:
    """The same of a long text: each of its lines but the first is set in."""
    return visible(text).replace("\n", f"\n{SET_IN}")


def set_in(text: str) -> str:
    """The same of a long text that begins a line."""
    return SET_IN + indented(text)


def _kept_on_one_line(text: str) -> str:
    """As wide as it is: columns stay below each other."""
    return visible(text).replace("\n", " ").replace("\t", " ")


def _escaped(text: str) -> str:
    return "".join(json.dumps(one)[1:-1] if _is_unseen(one) else one for one in text)


def _is_unseen(character: str) -> bool:
    return category(character) in UNSEEN and character not in "\n\t"


def console(stderr: bool = False) -> Screen:
    """As wide as the terminal or as COLUMNS says; wide enough for every column in a pipe or a file."""
    out = Screen(highlight=False, stderr=stderr)
    if not out.is_terminal and "COLUMNS" not in os.environ:
        out.width = WIDTH_IN_FILES
    return out


def euros(cents: int | None) -> str:
    if cents is None:
        return NOTHING
    return f"{cents / 100:,.2f} €".replace(",", THIN_SPACE)


def duration(seconds: float, between: str = " ") -> str:
    """`95` → `95 s`; empty below a second. `between` stands before the unit."""
    if seconds < 1:
        return ""
    if seconds < MINUTES_FROM_SECONDS:
        return f"{seconds:.0f}{between}s"
    if seconds < HOURS_FROM_SECONDS:
        return f"{seconds / 60:.0f}{between}min"
    return f"{seconds / 3600:.0f}{between}h"


def as_data(value: Any) -> Any:
    """A report as plain data: a dataclass, a pydantic model, or what it is already."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return value


def named(key: str, value: Any) -> tuple[str, str]:
    """A name and its value in words: `paid_cents` 150 is `paid` 1.50 €."""
    return key.removesuffix("_cents").replace("_", " "), in_words(key, value)


def in_words(key: str, value: Any) -> str:
    if not key.endswith("_cents") or isinstance(value, dict):
        return _cell(value)
    amounts = value if isinstance(value, list | tuple) else [value]
    return ", ".join(map(euros, amounts)) or NOTHING


def _cell(value: Any) -> str:
    """What a person reads: nested things as words, nothing as a dash."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(" ".join(named(str(key), one)) for key, one in value.items()) or NOTHING
    if isinstance(value, list | tuple):
        return _listed(value) or NOTHING
    if isinstance(value, Enum):
        return str(value.value)
    return str(value) or NOTHING


def _listed(values: Sequence[Any]) -> str:
    between = "; " if any(isinstance(one, dict) for one in values) else ", "
    return between.join(map(_cell, values))


def _plain(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
