"""Recognises a table by its columns and checks its rows: density grid, urban units, attraction areas, COG, QPV list."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.eligibility.datasets.columns import CODE, LATITUDE, LEVEL, LONGITUDE, NAME, QPV_CODES, UNITS
from services.eligibility.datasets.parsed import CommuneRow, ImportRefusedError, Parsed, Progress
from services.eligibility.datasets.tabular import Table
from services.eligibility.domain.territory.dataset import AAV, COMMUNES, DENSITY, QPV_COMMUNES, URBAN_UNIT
from shared.contract.identity import is_digits

COMMUNE_CODE = re.compile(r"([0-9]{2}|2[AB])[0-9]{3}")
QPV_CODE = re.compile(r"Q[PN][0-9A-Z]{6}")
EXPECTED = (
    "columns not recognised: expected a commune code (CODGEO, insee_com…) with a density level (DENS), "
    "an urban unit (UU2020, TUU2017), an attraction area (AAV2020) or QPV codes (code_qp); "
    "or the COG file of communes (TYPECOM, COM)"
)


@dataclass(slots=True)
class _Reader:
    """Cells of a table by the first of several possible column names."""

    table: Table

    def column(self, names: Iterable[str]) -> int | None:
        return next((self.table.columns.index(name) for name in names if name in self.table.columns), None)

    def matching(self, pattern: str) -> int | None:
        return next((i for i, name in enumerate(self.table.columns) if re.fullmatch(pattern, name)), None)


def parse_tables(tables: list[Table], advance: Progress) -> list[Parsed]:
    """What the tables hold: often one dataset, two for INSEE's table that has urban units and attraction areas."""
    found: list[Parsed] = []
    readers = [_Reader(table) for table in tables]
    classes = _unit_classes(readers)
    for reader in readers:
        found += _parse_table(reader, classes, advance)
    if not found:
        names = sorted({name for table in tables for name in table.columns if name})
        raise ImportRefusedError([f"{EXPECTED}; found: {', '.join(names) or 'no header'}"])
    merged = {parsed.kind: parsed for parsed in reversed(found)}
    return [parsed for parsed in found if merged[parsed.kind] is parsed]


def _parse_table(reader: _Reader, classes: dict[str, int], advance: Progress) -> list[Parsed]:
    code = reader.column(CODE)
    if code is None:
        return []
    if "typecom" in reader.table.columns:
        return [_collected(reader, COMMUNES, _cog_row(reader), advance)]
    if (qpv := reader.column(QPV_CODES)) is not None:
        return [_qpv_list(_collected(reader, QPV_COMMUNES, _plain_row(reader, code, None, qpv), advance))]
    if (level := reader.column(LEVEL)) is not None:
        return [_density(_collected(reader, DENSITY, _plain_row(reader, code, level, None), advance))]
    found = []
    if (unit := reader.matching(UNITS["uu"])) is not None:
        size = reader.matching(UNITS["tuu"])
        row = _plain_row(reader, code, size, unit, classes)
        found.append(_with_levels(_collected(reader, URBAN_UNIT, row, advance)))
    if (area := reader.matching(UNITS["aav"])) is not None:
        row = _plain_row(reader, code, reader.matching(UNITS["cateaav"]), area)
        found.append(_collected(reader, AAV, row, advance))
    return found


def _unit_classes(readers: list[_Reader]) -> dict[str, int]:
    """INSEE's workbook gives the size class on the sheet of units, not on that of communes."""
    classes: dict[str, int] = {}
    for reader in readers:
        unit, size = reader.matching(UNITS["uu"]), reader.matching(UNITS["tuu"])
        if unit is not None and size is not None:
            for row in reader.table.rows:
                if (level := _level(_at(row, size))) is not None:
                    classes[_at(row, unit)] = level
    return classes


def _at(row: list[str], column: int | None) -> str:
    return row[column] if column is not None and column < len(row) else ""


def _level(cell: str) -> int | None:
    """`7`, `07`, `7.0`, `1 - Grands centres urbains`; None for a cell that starts with no number."""
    match = re.match(r"([0-9]{1,2})(?:[.,]0+)?(?![0-9]|[.,][0-9])", cell)
    return int(match[1]) if match else None


def _number(cell: str) -> float | None:
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None


def _code(cell: str) -> str:
    """A spreadsheet drops the first zero of 01001."""
    code = cell.upper().removesuffix(".0")
    return code.zfill(5) if is_digits(code) else code


RowReader = Callable[[list[str]], CommuneRow | None]


def _plain_row(
    reader: _Reader, code: int, level: int | None, codes: int | None, classes: dict[str, int] | None = None
) -> RowReader:
    name, lat, lon = reader.column(NAME), reader.column(LATITUDE), reader.column(LONGITUDE)

    def read(row: list[str]) -> CommuneRow:
        group = _at(row, codes)
        value = _level(_at(row, level))
        if value is None and classes:
            value = classes.get(group)
        point = _point(_number(_at(row, lat)), _number(_at(row, lon)))
        return CommuneRow(_code(_at(row, code)), _at(row, name), value, group, *point)

    return read


def _point(latitude: float | None, longitude: float | None) -> tuple[float | None, float | None]:
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None, None
    return latitude, longitude


def _cog_row(reader: _Reader) -> RowReader:
    kind, code = reader.column(["typecom"]), reader.column(["com"])
    name, parent = reader.column(["libelle", "nccenr"]), reader.column(["comparent"])

    def read(row: list[str]) -> CommuneRow:
        current = "" if _at(row, kind) == "COM" else _code(_at(row, parent))
        return CommuneRow(_code(_at(row, code)), _at(row, name), None, current)

    return read


def _collected(reader: _Reader, kind: str, read: RowReader, advance: Progress) -> Parsed:
    """One row per commune. A code given twice with the same values is dropped, with others it refuses the file."""
    kept: dict[str, CommuneRow] = {}
    unreadable: list[str] = []
    contradictory: list[str] = []
    repeated_count = 0
    for position, cells in enumerate(reader.table.rows):
        row = read(cells)
        if row is None or not COMMUNE_CODE.fullmatch(row.code):
            unreadable.append(f"{position + 2} ({_at(cells, 0)[:20]})")
        elif (known := kept.get(row.code)) is None:
            kept[row.code] = row
        elif known == row:
            repeated_count += 1
        elif not (merged := _merged(kind, known, row)):
            contradictory.append(row.code)
        else:
            kept[row.code] = merged
        if position % 500 == 0:
            advance(position, len(reader.table.rows))
    advance(len(reader.table.rows), len(reader.table.rows))
    return _checked(Parsed(kind, communes=list(kept.values()), notes=list(reader.table.notes)), unreadable,
                    contradictory, repeated_count)  # fmt: skip


def _merged(kind: str, known: CommuneRow, row: CommuneRow) -> CommuneRow | None:
    """A QPV list may have a row per QPV, and a COG a delegated commune under its own commune's code."""
    if kind == QPV_COMMUNES:
        codes = " ".join(sorted({*known.codes.split(), *row.codes.split()}))
        return CommuneRow(known.code, known.name, None, codes)
    if kind == COMMUNES:
        return known if not known.codes else row
    return None


def _checked(parsed: Parsed, unreadable: list[str], contradictory: list[str], repeated_count: int) -> Parsed:
    refused = []
    if not parsed.communes:
        refused.append("the file is empty: no row has a commune code")
    elif len(unreadable) > max(5, len(parsed.communes) // 100):
        refused.append(f"{len(unreadable)} rows without a valid commune code: rows {', '.join(unreadable[:5])}…")
    if contradictory:
        shown = ", ".join(contradictory[:5])
        refused.append(f"{len(contradictory)} communes are there twice with different values: {shown}…")
    if refused:
        raise ImportRefusedError(refused)
    if unreadable:
        parsed.notes.append(f"{len(unreadable)} rows without a commune code left out: {', '.join(unreadable[:5])}.")
    if repeated_count:
        parsed.notes.append(f"{repeated_count} repeated rows left out.")
    return parsed


def _with_levels(parsed: Parsed) -> Parsed:
    if not any(row.level is not None for row in parsed.communes):
        raise ImportRefusedError(["no size class (TUU): import the workbook of INSEE, which has it"])
    return parsed


def _density(parsed: Parsed) -> Parsed:
    wrong = [row for row in parsed.communes if row.level is not None and not 1 <= row.level <= 7]
    if wrong:
        shown = ", ".join(f"{row.code}: {row.level}" for row in wrong[:5])
        raise ImportRefusedError([f"{len(wrong)} density levels are not 1 to 7 ({shown})"])
    parsed = _without_empty_levels(parsed)
    if len(parsed.communes) > 5_000 and max(row.level or 0 for row in parsed.communes) <= 4:
        raise ImportRefusedError(["this is the density grid of 3 or 4 levels: the one of 7 levels is needed"])
    return parsed


def _without_empty_levels(parsed: Parsed) -> Parsed:
    empty = [row for row in parsed.communes if row.level is None]
    parsed.communes = [row for row in parsed.communes if row.level is not None]
    if not parsed.communes:
        raise ImportRefusedError(["no density level in this file can be read"])
    if empty:
        parsed.notes.append(f"{len(empty)} communes without a level left out: {', '.join(r.code for r in empty[:5])}.")
    return parsed


def _qpv_list(parsed: Parsed) -> Parsed:
    codes = [code for row in parsed.communes for code in row.codes.split()]
    wrong = [code for code in codes if not QPV_CODE.fullmatch(code)]
    generations = {code[:2] for code in codes}
    if wrong or len(generations) != 1:
        shown = ", ".join(wrong[:5]) or "two generations in one file"
        raise ImportRefusedError([f"QPV codes are not valid ({shown})"])
    parsed.generation = "2014" if generations == {"QP"} else "2024"
    return parsed
