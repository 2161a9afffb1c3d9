"""At which line of a TOML file a value stands, so that a mistake can be found with an editor."""

import re
from collections.abc import Mapping

HEADER = re.compile(r"\s*(\[{1,2})\s*([A-Za-z0-9_.-]+)\s*\]{1,2}")
KEY = re.compile(r"\s*([A-Za-z0-9_.-]+)\s*=")
Place = tuple[str | int, ...]


def lines_of(text: str) -> dict[Place, int]:
    """Place → line, for tables and keys as programme files write them: one key a line, none quoted."""
    found: dict[Place, int] = {}
    counts: dict[str, int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = HEADER.match(line)
        key = KEY.match(line)
        if header:
            brackets, name = header.groups()
            table = tuple(name.split("."))
            if brackets == "[[":
                index = counts.get(name, 0)
                counts[name] = index + 1
                table = (*table, index)
            found.setdefault(table, number)
        elif key:
            place = (*table, *key[1].split("."))
            found.setdefault(place, number)
    return found


def line_of(place: Place, lines: Mapping[Place, int]) -> int | None:
    """The line of a place, or of the table it is missing from; None for what no line is about."""
    for depth in range(len(place), 0, -1):
        line = lines.get(place[:depth])
        if line is not None:
            return line
    return None
