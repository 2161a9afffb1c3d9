"""Recognises a table by its columns: density grid, urban units, attraction areas, COG, QPV list."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.eligibility.datasets import rows
from services.eligibility.datasets.columns import (
    CODE,
    LATITUDE,
    LEVEL,
    LONGITUDE,
    NAME,
    QPV_CODES,
    UNITS,
)
from services.eligibility.datasets.parsed import ImportRefusedError, Parsed, Progress
from services.eligibility.datasets.rows import RowReader, collected
from services.eligibility.datasets.tabular import Table
from services.eligibility.domain.territory.dataset import (
    AAV,
    COMMUNES,
    DENSITY,
    QPV_COMMUNES,
    URBAN_UNIT,
)

QPV_CODE = re.compile(r"Q[PN][0-9A-Z]{6}")
DENSITY_LEVELS = range(1, 8)
SHOWN_MAX = 5
NATIONAL_COUNT = 5_000  # a file of more communes than this is no extract
EXPECTED = (
    "columns not recognised: expected a commune code (CODGEO, insee_com…) with a density level (DENS), "
    "an urban unit (UU2020, TUU2017), an attraction area (AAV2020) or QPV codes (code_qp); "
    "or the COG file of communes (TYPECOM, COM)"
)


@dataclass(slots=True)
class _Columns:
    """Where a table has what, by the first of several possible names."""

    table: Table

    def named(self, names: Iterable[str]) -> int | None:
        for name in names:
            if name in self.table.columns:
                return self.table.columns.index(name)
        return None

    def matching(self, pattern: str) -> int | None:
        for place, name in enumerate(self.table.columns):
            if re.fullmatch(pattern, name):
                return place
        return None


def parse_tables(tables: Sequence[Table], advance: Progress) -> list[Parsed]:
    """What the tables hold: often one dataset, two for INSEE's table of urban units and attraction areas."""
    classes = _unit_classes(tables)
    found: list[Parsed] = []
    for table in tables:
        found += _parse_table(table, classes, advance)
    if not found:
        names = sorted({name for table in tables for name in table.columns if name})
        raise ImportRefusedError([f"{EXPECTED}; found: {', '.join(names) or 'no header'}"])
    return _first_of_each_kind(found)


def _first_of_each_kind(found: Sequence[Parsed]) -> list[Parsed]:
    first: dict[str, Parsed] = {}
    for parsed in found:
        first.setdefault(parsed.kind, parsed)
    return list(first.values())


def _parse_table(table: Table, classes: dict[str, int], advance: Progress) -> list[Parsed]:
    columns = _Columns(table)
    code = columns.named(CODE)
    if code is None:
        return []
    if "typecom" in table.columns:
        return [collected(table, COMMUNES, _cog_reader(columns), advance)]
    qpv = columns.named(QPV_CODES)
    if qpv is not None:
        reader = _commune_reader(columns, code, level=None, group=qpv)
        return [_qpv_list(collected(table, QPV_COMMUNES, reader, advance))]
    level = columns.named(LEVEL)
    if level is not None:
        reader = _commune_reader(columns, code, level=level, group=None)
        return [_density(collected(table, DENSITY, reader, advance))]
    return _parse_units(columns, code, classes, advance)


def _parse_units(
    columns: _Columns, code: int, classes: dict[str, int], advance: Progress
) -> list[Parsed]:
    found = []
    unit = columns.matching(UNITS["uu"])
    if unit is not None:
        size = columns.matching(UNITS["tuu"])
        reader = _commune_reader(columns, code, level=size, group=unit, classes=classes)
        found.append(_with_levels(collected(columns.table, URBAN_UNIT, reader, advance)))
    area = columns.matching(UNITS["aav"])
    if area is not None:
        category = columns.matching(UNITS["cateaav"])
        reader = _commune_reader(columns, code, level=category, group=area)
        found.append(collected(columns.table, AAV, reader, advance))
    return found


def _unit_classes(tables: Sequence[Table]) -> dict[str, int]:
    """INSEE's workbook gives the size class on the sheet of units, not on that of communes."""
    classes: dict[str, int] = {}
    for table in tables:
        columns = _Columns(table)
        unit = columns.matching(UNITS["uu"])
        size = columns.matching(UNITS["tuu"])
        if unit is None or size is None:
            continue
        for cells in table.rows:
            level = rows.level(rows.cell(cells, size))
            if level is not None:
                classes[rows.cell(cells, unit)] = level
    return classes


def _commune_reader(
    columns: _Columns,
    code: int,
    level: int | None,
    group: int | None,
    classes: dict[str, int] | None = None,
) -> RowReader:
    return rows.commune_reader(
        rows.Places(
            code=code,
            name=columns.named(NAME),
            level=level,
            group=group,
            latitude=columns.named(LATITUDE),
            longitude=columns.named(LONGITUDE),
        ),
        classes or {},
    )


def _cog_reader(columns: _Columns) -> RowReader:
    return rows.cog_reader(
        kind=columns.named(["typecom"]),
        code=columns.named(["com"]),
        name=columns.named(["libelle", "nccenr"]),
        parent=columns.named(["comparent"]),
    )


def _with_levels(parsed: Parsed) -> Parsed:
    if not any(row.level is not None for row in parsed.communes):
        raise ImportRefusedError(
            ["no size class (TUU): import the workbook of INSEE, which has it"]
        )
    return parsed


def _density(parsed: Parsed) -> Parsed:
    known = {None, *DENSITY_LEVELS}
    wrong = [row for row in parsed.communes if row.level not in known]
    if wrong:
        shown = ", ".join(f"{row.code}: {row.level}" for row in wrong[:SHOWN_MAX])
        raise ImportRefusedError([f"{len(wrong)} density levels are not 1 to 7 ({shown})"])
    parsed = _without_empty_levels(parsed)
    highest = max(row.level or 0 for row in parsed.communes)
    if len(parsed.communes) > NATIONAL_COUNT and highest <= 4:
        raise ImportRefusedError(
            ["this is the density grid of 3 or 4 levels: the one of 7 levels is needed"]
        )
    return parsed


def _without_empty_levels(parsed: Parsed) -> Parsed:
    empty = [row.code for row in parsed.communes if row.level is None]
    parsed.communes = [row for row in parsed.communes if row.level is not None]
    if not parsed.communes:
        raise ImportRefusedError(["no density level in this file can be read"])
    if empty:
        some = ", ".join(empty[:SHOWN_MAX])
        parsed.notes.append(f"{len(empty)} communes without a level left out: {some}.")
    return parsed


def _qpv_list(parsed: Parsed) -> Parsed:
    codes = [code for row in parsed.communes for code in row.codes.split()]
    wrong = [code for code in codes if not QPV_CODE.fullmatch(code)]
    generations = {code[:2] for code in codes}
    if wrong or len(generations) != 1:
        shown = ", ".join(wrong[:SHOWN_MAX]) or "two generations in one file"
        raise ImportRefusedError([f"QPV codes are not valid ({shown})"])
    parsed.generation = "2014" if generations == {"QP"} else "2024"
    return parsed
