"""Tables of a form: a row for each thing, of which what is blank is left out and a half one is completed."""

from dataclasses import dataclass
from typing import Any

from deploy.portal.forms.fields import Field, Mistake, Typed
from deploy.portal.forms.reading import values_of

HALF_WRITTEN = "Complétez la ligne, ou videz-la."


@dataclass(frozen=True, slots=True)
class Rows:
    """`name` is the list in the event, `parts` are the fields of a row, `empty` is said where none is."""

    name: str
    parts: tuple[str, ...]
    count: int
    empty: str

    def names(self, number: int) -> tuple[str, ...]:
        """The fields of one row as they are named in the page, in the order of `parts`."""
        return tuple(f"{self.name}.{number}.{part}" for part in self.parts)


def read_rows(
    rows: Rows, fields: tuple[Field, ...], typed: Typed
) -> tuple[dict[str, Any], list[dict[str, Any]], list[Mistake]]:
    """Every value by its field, the rows that were written, and what is wrong with any of it."""
    values, mistakes = values_of(fields, typed)
    wrong = {mistake.field for mistake in mistakes}
    written = []
    for number in range(rows.count):
        names = rows.names(number)
        blank = [name for name in names if values[name] is None]
        if len(blank) == len(names) or not wrong.isdisjoint(names):
            continue
        mistakes += [Mistake(name, HALF_WRITTEN) for name in blank]
        row = [values[name] for name in names]
        written.append(dict(zip(rows.parts, row, strict=True)))
    if not written and not mistakes:
        mistakes.append(Mistake(rows.names(0)[0], rows.empty))
    return values, written, mistakes
