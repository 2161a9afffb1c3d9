"""Checks the perimeters of a file: codes, generation, geometries, departments it can answer for."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from services.eligibility.datasets.columns import (
    CODE,
    QPV_CODE,
    QPV_COMMUNE,
    QPV_DEPARTMENT,
    QPV_NAME,
)
from services.eligibility.datasets.geographic import Feature, Features
from services.eligibility.datasets.parsed import ImportRefusedError, Parsed, Perimeter, Progress
from services.eligibility.datasets.surfaces import Surfaces
from services.eligibility.domain.territory.dataset import QPV
from services.eligibility.domain.territory.territories import department_of_code

CODE_FORM = re.compile(r"Q[PN][0-9A-Z]{6}")
COMMUNE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}")
DEPARTMENT = re.compile(r"[0-9]{2,3}|2[AB]")
MISTAKES_SHOWN = 5
NATIONAL_COUNT = 1_200  # 1 514 perimeters in 2014, 1 362 in 2024 in mainland France alone
MAINLAND = (*(f"{n:02}" for n in range(1, 96) if n != 20), "2A", "2B")
Coded = tuple[str, Feature]  # a QPV code as the file has it, in capitals, and its row


@dataclass(slots=True)
class _Reading:
    """Rows by QPV code, while they are read. `untold` are departments where a perimeter could not be read."""

    surfaces: Surfaces = field(default_factory=Surfaces)
    rows: dict[str, Feature] = field(default_factory=dict)
    unusable: list[str] = field(default_factory=list)
    untold: set[str] = field(default_factory=set)


def parse_perimeters(features: Features, advance: Progress) -> Parsed:
    """Raises ImportRefusedError for wrong codes, two generations, or no usable perimeter."""
    if not features.rows:
        raise ImportRefusedError(["the file is empty: it has no perimeter"])
    coded = [(value_of(row, QPV_CODE).upper(), row) for row in features.rows]
    mistakes = _code_mistakes(coded)
    if mistakes:
        raise ImportRefusedError(mistakes)
    reading = _read(coded, advance)
    notes = [*features.notes, *_notes(reading)]
    if not reading.surfaces.parts:
        raise ImportRefusedError(["no perimeter of this file can be read as one in France", *notes])
    perimeters = [_perimeter(code, reading) for code in sorted(reading.surfaces.parts)]
    return Parsed(
        QPV,
        generation=_generation(coded),
        perimeters=perimeters,
        departments=coverage(perimeters, reading.untold),
        repaired_count=reading.surfaces.repaired_count,
        notes=notes,
    )


def coverage(perimeters: Iterable[Perimeter], untold: set[str]) -> tuple[str, ...]:
    """Where absence means absence: the departments present, all of the mainland for a national file."""
    held = list(perimeters)
    departments = {perimeter.department for perimeter in held}
    if len(held) >= NATIONAL_COUNT:
        departments |= set(MAINLAND)
    return tuple(sorted(departments - untold))


def shown_mistakes(mistakes: Sequence[str], what: str) -> list[str]:
    """The first few, and how many more: a wrong file may have as many mistakes as rows."""
    if len(mistakes) <= MISTAKES_SHOWN:
        return [*mistakes]
    rest = len(mistakes) - MISTAKES_SHOWN
    return [*mistakes[:MISTAKES_SHOWN], f"and {rest} more rows without a valid {what}"]


def value_of(row: Feature, names: Iterable[str]) -> str:
    """Of the first column that a row fills: a copy may keep an empty column beside the one it renamed."""
    return next((row.properties[name] for name in names if row.properties.get(name)), "")


def _generation(coded: Sequence[Coded]) -> str:
    first_code, _ = coded[0]
    if first_code.startswith("QP"):
        return "2014"
    return "2024"


def _code_mistakes(coded: Sequence[Coded]) -> list[str]:
    """One true reason a row: a row without a code says nothing of the file's generation."""
    columns = sorted({name for _, row in coded for name in row.properties})
    if not any(name in columns for name in QPV_CODE):
        qpv = ", ".join(QPV_CODE[:3])
        communes = ", ".join(CODE[:3])
        found = ", ".join(columns) or "none"
        return [f"no column of QPV codes ({qpv}…) or commune codes ({communes}…); found: {found}"]
    mistakes = shown_mistakes(_row_mistakes(coded), "QPV code")
    generations = {code[:2] for code, _ in coded if CODE_FORM.fullmatch(code)}
    if len(generations) > 1:
        mistakes.append("the file mixes the generations 2014 (QP) and 2024 (QN): import them apart")
    return mistakes


def _row_mistakes(coded: Sequence[Coded]) -> list[str]:
    mistakes = []
    for place, (code, _) in enumerate(coded, 1):
        if not code:
            mistakes.append(f"row {place}: no QPV code")
        elif not CODE_FORM.fullmatch(code):
            mistakes.append(f"row {place}: {code[:20]} is no QPV code (expected QP… or QN…)")
    return mistakes


def _read(coded: Sequence[Coded], advance: Progress) -> _Reading:
    reading = _Reading()
    for done, (code, row) in enumerate(coded, 1):
        if reading.surfaces.add(code, row.geometry):
            reading.rows.setdefault(code, row)
        else:
            reading.unusable.append(code)
            reading.untold.add(_department(code, row))
        advance(done, len(coded))
    return reading


def _notes(reading: _Reading) -> list[str]:
    notes = []
    if reading.unusable:
        some = ", ".join(reading.unusable[:5])
        departments = ", ".join(sorted(reading.untold))
        notes.append(
            f"{len(reading.unusable)} QPV without a readable perimeter in France ({some}): "
            f"departments not covered {departments}."
        )
    if reading.surfaces.joined_count:
        notes.append(f"{reading.surfaces.joined_count} QPV of several rows, joined.")
    return notes


def _perimeter(code: str, reading: _Reading) -> Perimeter:
    row = reading.rows[code]
    communes = sorted(set(COMMUNE.findall(value_of(row, QPV_COMMUNE))))
    return Perimeter(
        code=code,
        name=value_of(row, QPV_NAME) or code,
        department=_department(code, row),
        communes=tuple(communes),
        geometry=reading.surfaces.whole(code),
    )


def _department(code: str, row: Feature) -> str:
    """Stated, or that of the commune, or the three characters that follow QP or QN (QP066007, QN97101X)."""
    stated = value_of(row, QPV_DEPARTMENT).upper()
    if DEPARTMENT.fullmatch(stated):
        return _in_short(stated)
    commune = COMMUNE.search(value_of(row, QPV_COMMUNE))
    if commune:
        return department_of_code(commune[0])
    return code[2:5] if code[2] == "9" else code[3:5]


def _in_short(department: str) -> str:
    """Some producers write 031."""
    if len(department) == 3 and department.startswith("0"):
        return department.removeprefix("0")
    return department
