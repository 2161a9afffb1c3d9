"""Reads a programme file; a wrong file is refused with every mistake at once, each with its line."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.programme.checking import Mistake, mistakes_among
from shared.programme.lines import line_of, lines_of
from shared.programme.model import Criterion, Indicator, Programme, Wave

DOCUMENT_TEMPLATES = "document-templates"  # the folder beside a programme file
LISTS: dict[str, type[Any]] = {
    "waves": Wave,
    "criteria": Criterion,
    "indicators": Indicator,
}


class ProgrammeInvalid(ValueError):
    """The file cannot be used; `mistakes` has one line for each thing to mend."""

    def __init__(self, path: Path, mistakes: list[str]) -> None:
        self.path, self.mistakes = path, mistakes
        super().__init__(f"{path}: " + " · ".join(mistakes))


def load_programme(path: Path) -> Programme:
    """Raises ProgrammeInvalid for a file that is missing, not TOML, or wrong anywhere."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProgrammeInvalid(path, [str(error)]) from error
    parts = dict(_readable_parts(data))
    found = mistakes_among(parts)
    try:
        programme = Programme.model_validate(data)
    except ValidationError as error:
        found += [(tuple(m["loc"]), m["msg"].removeprefix("Value error, ")) for m in error.errors()]
        raise ProgrammeInvalid(path, _told(found, text)) from error
    if found:
        raise ProgrammeInvalid(path, _told(found, text))
    return programme


def with_lines(path: Path, mistakes: list[Mistake]) -> list[str]:
    """What only something outside of the file could tell, said as its own mistakes are."""
    return _told(mistakes, path.read_text(encoding="utf-8-sig"))


def _readable_parts(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What is right by itself: a part that is wrong hides no mistake between the others."""
    for name, kind in LISTS.items():
        items = data.get(name)
        if isinstance(items, list):
            yield (
                name,
                [(place, item) for place, given in enumerate(items) for item in _readable(kind, given)],
            )
    for name, field in Programme.model_fields.items():
        if name in data and name not in LISTS:
            yield from ((name, part) for part in _readable(field.rebuild_annotation(), data[name]))


def _readable(kind: Any, given: Any) -> list[Any]:
    try:
        return [TypeAdapter(kind).validate_python(given)]
    except ValidationError:
        return []


def _told(mistakes: list[Mistake], text: str) -> list[str]:
    """In the order of the lines; what no line is about comes first."""
    lines = lines_of(text)
    placed = [
        (line_of(place, lines) or 0, ".".join(map(str, place)) or "programme", told)
        for place, told in mistakes
    ]
    return [
        f"line {line}: {place}: {told}" if line else f"{place}: {told}"
        for line, place, told in sorted(placed)
    ]
