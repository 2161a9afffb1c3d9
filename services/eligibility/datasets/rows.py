"""From the cells of a table to one row per commune, with every reason to refuse the file."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.eligibility.datasets.parsed import CommuneRow, ImportRefusedError, Parsed, Progress
from services.eligibility.datasets.tabular import Table
from services.eligibility.domain.territory.dataset import COMMUNES, QPV_COMMUNES
from shared.contract.identity import is_digits

COMMUNE_CODE = re.compile(r"([0-9]{2}|2[AB])[0-9]{3}")
LEVEL = re.compile(r"([0-9]{1,2})(?:[.,]0+)?(?![0-9]|[.,][0-9])")
HEADER_ROWS = 1
FIRST_ROW = 1 + HEADER_ROWS  # as a spreadsheet counts
ROWS_PER_PROGRESS = 500
UNREADABLE_MAX = 5
SHOWN_MAX = 5
RowReader = Callable[[Sequence[str]], CommuneRow]


@dataclass(frozen=True, slots=True)
class Places:
    """In which columns a row of communes has what; None where the table does not have it."""

    code: int
    name: int | None
    level: int | None
    group: int | None
    latitude: int | None
    longitude: int | None


@dataclass(slots=True)
class _Collection:
    """The rows of one file while they are read, by commune code."""

    kept: dict[str, CommuneRow] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    contradictory: list[str] = field(default_factory=list)
    repeated_count: int = 0

    def add(self, kind: str, row: CommuneRow) -> None:
        """A code given twice with the same values is dropped, with others it contradicts itself."""
        known = self.kept.get(row.code)
        if known is None:
            self.kept[row.code] = row
            return
        if known == row:
            self.repeated_count += 1
            return
        merged = _merged(kind, known, row)
        if merged is None:
            self.contradictory.append(row.code)
        else:
            self.kept[row.code] = merged


def collected(table: Table, kind: str, read: RowReader, advance: Progress) -> Parsed:
    """Raises ImportRefusedError for a file without communes, with wrong ones, or that contradicts itself."""
    found = _Collection()
    for position, cells in enumerate(table.rows):
        row = read(cells)
        if COMMUNE_CODE.fullmatch(row.code):
            found.add(kind, row)
        else:
            found.unreadable.append(f"{position + FIRST_ROW} ({cell(cells, 0)[:20]})")
        if position % ROWS_PER_PROGRESS == 0:
            advance(position, len(table.rows))
    advance(len(table.rows), len(table.rows))
    refused = _mistakes(found)
    if refused:
        raise ImportRefusedError(refused)
    return Parsed(
        kind,
        communes=list(found.kept.values()),
        notes=[*table.notes, *_notes(found)],
    )


def commune_reader(places: Places, classes: Mapping[str, int]) -> RowReader:
    """Where a row has no level of its own, that of its group: the size class of an urban unit."""

    def read(cells: Sequence[str]) -> CommuneRow:
        group = cell(cells, places.group)
        own_level = level(cell(cells, places.level))
        latitude, longitude = _point(cell(cells, places.latitude), cell(cells, places.longitude))
        return CommuneRow(
            code=commune_code(cell(cells, places.code)),
            name=cell(cells, places.name),
            level=classes.get(group) if own_level is None else own_level,
            codes=group,
            latitude=latitude,
            longitude=longitude,
        )

    return read


def cog_reader(
    kind: int | None, code: int | None, name: int | None, parent: int | None
) -> RowReader:
    """INSEE's COG: what is no commune in force names the one it is part of."""

    def read(cells: Sequence[str]) -> CommuneRow:
        in_force = cell(cells, kind) == "COM"
        current = "" if in_force else commune_code(cell(cells, parent))
        return CommuneRow(commune_code(cell(cells, code)), cell(cells, name), codes=current)

    return read


def cell(cells: Sequence[str], column: int | None) -> str:
    """Empty where the table has no such column, or the row ends before it."""
    if column is None or column >= len(cells):
        return ""
    return cells[column]


def level(text: str) -> int | None:
    """`7`, `07`, `7.0`, `1 - Grands centres urbains`; None for a cell that starts with no number."""
    match = LEVEL.match(text)
    return int(match[1]) if match else None


def commune_code(text: str) -> str:
    """A spreadsheet drops the first zero of 01001."""
    code = text.upper().removesuffix(".0")
    return code.zfill(5) if is_digits(code) else code


def _point(latitude_cell: str, longitude_cell: str) -> tuple[float | None, float | None]:
    latitude = _number(latitude_cell)
    longitude = _number(longitude_cell)
    if latitude is None or longitude is None:
        return None, None
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None, None
    return latitude, longitude


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _merged(kind: str, known: CommuneRow, row: CommuneRow) -> CommuneRow | None:
    """A QPV list may have a row per QPV, and a COG a delegated commune under its own commune's code."""
    if kind == QPV_COMMUNES:
        codes = sorted({*known.codes.split(), *row.codes.split()})
        return CommuneRow(known.code, known.name, codes=" ".join(codes))
    if kind == COMMUNES:
        return row if known.codes else known
    return None


def _mistakes(found: _Collection) -> list[str]:
    mistakes = []
    count = len(found.unreadable)
    if not found.kept:
        mistakes.append("the file is empty: no row has a commune code")
    elif count > max(UNREADABLE_MAX, len(found.kept) // 100):
        shown = ", ".join(found.unreadable[:SHOWN_MAX])
        mistakes.append(f"{count} rows without a valid commune code: rows {shown}…")
    if found.contradictory:
        shown = ", ".join(found.contradictory[:SHOWN_MAX])
        mistakes.append(
            f"{len(found.contradictory)} communes are there twice with different values: {shown}…"
        )
    return mistakes


def _notes(found: _Collection) -> list[str]:
    notes = []
    if found.unreadable:
        shown = ", ".join(found.unreadable[:SHOWN_MAX])
        notes.append(f"{len(found.unreadable)} rows without a commune code left out: {shown}.")
    if found.repeated_count:
        notes.append(f"{found.repeated_count} repeated rows left out.")
    return notes
