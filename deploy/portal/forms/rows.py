"""Tables of a form: a row for each thing, of which what is blank is left out and a half one is completed."""

from dataclasses import dataclass
from typing import Any

from deploy.portal.forms.fields import Field, Mistake, Typed
from deploy.portal.forms.reading import values_of


@dataclass(frozen=True, slots=True)
class Rows:
    """`name` is the list in the event, `parts` are the fields of a row, `empty` is said where none is."""

    name: str
    parts: tuple[str, ...]
    count: int
    empty: str

    def field(self, number: int, part: str) -> str:
        return f"{self.name}.{number}.{part}"


def read_rows(
    rows: Rows, fields: tuple[Field, ...], typed: Typed
) -> tuple[dict[str, Any], list[dict[str, Any]], list[Mistake]]:
    """Every value by its field, the rows that were written, and what is wrong with any of it."""
    values, mistakes = values_of(fields, typed)
    written = _written(rows, values, mistakes)
    mistakes += [missing for number, row in written.items() for missing in _missing_in(rows, number, row)]
    if not written and not mistakes:
        mistakes.append(Mistake(rows.field(0, rows.parts[0]), rows.empty))
    return values, list(written.values()), mistakes


def _written(rows: Rows, values: dict[str, Any], mistakes: list[Mistake]) -> dict[int, dict[str, Any]]:
    """By number, the rows that hold something and that nothing is said against yet."""
    found = {}
    for number in range(rows.count):
        row = {part: values[rows.field(number, part)] for part in rows.parts}
        wrong = any(mistake.field.startswith(f"{rows.name}.{number}.") for mistake in mistakes)
        if any(part is not None for part in row.values()) and not wrong:
            found[number] = row
    return found


def _missing_in(rows: Rows, number: int, row: dict[str, Any]) -> list[Mistake]:
    missing = [part for part, value in row.items() if value is None]
    return [Mistake(rows.field(number, part), "Complétez la ligne, ou videz-la.") for part in missing]
