"""Reads a programme file; a wrong file is refused with every mistake at once, each with its line."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.programme.checking import Mistake, mistakes_among
from shared.programme.lines import line_of, lines_of
from shared.programme.model import Criterion, Gathering, Indicator, Programme, Wave
from shared.programme.zones import Zone

DOCUMENT_TEMPLATES = "document-templates"  # the folder beside a programme file
LISTS: dict[str, type[Any]] = {
    "waves": Wave,
    "criteria": Criterion,
    "indicators": Indicator,
    "zones": Zone,
    "agenda": Gathering,
}


SYNTAX_PLACE = re.compile(r" \(at line ([0-9]+), column [0-9]+\)")


@dataclass(frozen=True, slots=True)
class Told:
    """A mistake as people read it. `line` is None for what no line is about, `place` such as `waves.0.id`."""

    line: int | None
    place: str
    told: str

    def __str__(self) -> str:
        return (
            f"line {self.line}: {self.place}: {self.told}"
            if self.line
            else f"{self.place}: {self.told}"
        )


class ProgrammeInvalid(ValueError):
    """The file cannot be used; `mistakes` has one line for each thing to mend.

    `placed` has those of its content, each with its line.
    """

    def __init__(self, path: Path, mistakes: Sequence[str | Told]) -> None:
        self.path = path
        self.mistakes = [str(mistake) for mistake in mistakes]
        self.placed = [mistake for mistake in mistakes if isinstance(mistake, Told)]
        super().__init__(f"{path}: " + " · ".join(self.mistakes))


def load_programme(path: Path) -> Programme:
    """Raises ProgrammeInvalid for a file that is missing, not TOML, or wrong anywhere."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ProgrammeInvalid(path, [str(error)]) from error
    return programme_in(text, path)


def programme_in(text: str, path: Path) -> Programme:
    """The programme of a text, whether it is that of the file already or not. Raises ProgrammeInvalid."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProgrammeInvalid(path, [_no_toml(str(error))]) from error
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
    return [str(mistake) for mistake in placed_in(path, mistakes)]


def placed_in(path: Path, mistakes: list[Mistake]) -> list[Told]:
    return _told(mistakes, path.read_text(encoding="utf-8-sig"))


def _no_toml(error: str) -> str | Told:
    found = SYNTAX_PLACE.search(error)
    return Told(int(found[1]), "syntax", SYNTAX_PLACE.sub("", error)) if found else error


def _readable_parts(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What is right by itself: a part that is wrong hides no mistake between the others."""
    for name, kind in LISTS.items():
        items = data.get(name)
        if isinstance(items, list):
            yield (
                name,
                [
                    (place, item)
                    for place, given in enumerate(items)
                    for item in _readable(kind, given)
                ],
            )
    for name, field in Programme.model_fields.items():
        if name in data and name not in LISTS:
            yield from ((name, part) for part in _readable(field.rebuild_annotation(), data[name]))


def _readable(kind: Any, given: Any) -> list[Any]:
    try:
        return [TypeAdapter(kind).validate_python(given)]
    except ValidationError:
        return []


def _told(mistakes: list[Mistake], text: str) -> list[Told]:
    """In the order of the lines; what no line is about comes first."""
    lines = lines_of(text)
    placed = [
        Told(line_of(place, lines), ".".join(map(str, place)) or "programme", told)
        for place, told in mistakes
    ]
    return sorted(placed, key=lambda one: (one.line or 0, one.place, one.told))
