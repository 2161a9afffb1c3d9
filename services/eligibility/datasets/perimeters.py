"""Checks the perimeters of a file: codes, generation, repaired and merged geometries, departments it can answer for."""

import re
from collections.abc import Iterable
from typing import Any

import shapely

from services.eligibility.datasets.columns import QPV_CODE, QPV_COMMUNE, QPV_DEPARTMENT, QPV_NAME
from services.eligibility.datasets.geographic import Feature, Features, in_france
from services.eligibility.datasets.parsed import ImportRefusedError, Parsed, Perimeter, Progress
from services.eligibility.domain.territory.dataset import QPV

CODE = re.compile(r"Q[PN][0-9A-Z]{6}")
COMMUNE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}")
MISTAKES_SHOWN = 5
NATIONAL_COUNT = 1_200  # the 2014 generation has 1 514 perimeters, the 2024 one 1 362 in mainland France alone
MAINLAND = (*(f"{n:02}" for n in range(1, 96) if n != 20), "2A", "2B")


def parse_perimeters(features: Features, advance: Progress) -> Parsed:
    """Raises ImportRefusedError for a file without a usable perimeter, or with wrong codes, or of two generations."""
    if not features.rows:
        raise ImportRefusedError(["the file is empty: it has no perimeter"])
    coded = [(_value(row, QPV_CODE).upper(), row) for row in features.rows]
    if refused := _code_mistakes(coded):
        raise ImportRefusedError(refused)
    generations = {code[:2] for code, _ in coded}
    parsed = Parsed(QPV, "2014" if generations == {"QP"} else "2024", notes=list(features.notes))
    untold = _fill(parsed, coded, advance)
    parsed.departments = coverage(parsed.perimeters, untold)
    return parsed


def _code_mistakes(coded: list[tuple[str, Feature]]) -> list[str]:
    """One true reason a row: a row without a code says nothing of the file's generation."""
    columns = sorted({name for _, row in coded for name in row.properties})
    if not any(name in columns for name in QPV_CODE):
        return [f"no column of QPV codes (expected {', '.join(QPV_CODE[:3])}…); found: {', '.join(columns) or 'none'}"]
    mistakes = [
        f"row {place}: no QPV code" if not code else f"row {place}: {code[:20]} is no QPV code (expected QP… or QN…)"
        for place, (code, _) in enumerate(coded, 1)
        if not CODE.fullmatch(code)
    ]
    if len(mistakes) > MISTAKES_SHOWN:
        mistakes[MISTAKES_SHOWN:] = [f"and {len(mistakes) - MISTAKES_SHOWN} more rows without a valid QPV code"]
    generations = {code[:2] for code, _ in coded if CODE.fullmatch(code)}
    if len(generations) > 1:
        mistakes.append("the file mixes the generations 2014 (QP) and 2024 (QN): import them apart")
    return mistakes


def coverage(perimeters: Iterable[Perimeter], untold: set[str]) -> tuple[str, ...]:
    """The departments for which absence means absence: those present, all of the mainland for a national file."""
    held = list(perimeters)
    departments = {perimeter.department for perimeter in held}
    if len(held) >= NATIONAL_COUNT:
        departments |= set(MAINLAND)
    return tuple(sorted(departments - untold))


def _fill(parsed: Parsed, coded: list[tuple[str, Feature]], advance: Progress) -> set[str]:
    """Fills the perimeters; gives the departments where one could not be read, which are then not covered."""
    parts: dict[str, list[Any]] = {}
    first: dict[str, Feature] = {}
    untold: set[str] = set()
    unusable: list[str] = []
    for done, (code, row) in enumerate(coded, 1):
        geometry = _usable(row.geometry, parsed)
        if geometry is None:
            unusable.append(code)
            untold.add(_department(code, row))
        else:
            parts.setdefault(code, []).append(geometry)
            first.setdefault(code, row)
        advance(done, len(coded))
    if unusable:
        parsed.notes.append(
            f"{len(unusable)} QPV without a readable perimeter in France ({', '.join(unusable[:5])}): "
            f"departments not covered {', '.join(sorted(untold))}."
        )
    if not parts:
        raise ImportRefusedError(["no perimeter of this file can be read as one in France", *parsed.notes])
    merged_count = sum(len(geometries) > 1 for geometries in parts.values())
    if merged_count:
        parsed.notes.append(f"{merged_count} QPV of several rows, joined.")
    parsed.perimeters = [_perimeter(code, first[code], geometries) for code, geometries in sorted(parts.items())]
    return untold


def _usable(geometry: Any, parsed: Parsed) -> Any:
    if geometry is None or not in_france(geometry):
        return None
    if not geometry.is_valid:
        geometry = shapely.make_valid(geometry)
        parsed.repaired_count += 1
    return geometry if geometry.area > 0 else None


def _perimeter(code: str, row: Feature, geometries: list[Any]) -> Perimeter:
    whole = geometries[0] if len(geometries) == 1 else shapely.union_all(geometries)
    communes = tuple(sorted(set(COMMUNE.findall(_value(row, QPV_COMMUNE)))))
    return Perimeter(code, _value(row, QPV_NAME) or code, _department(code, row), communes, whole)


def _department(code: str, row: Feature) -> str:
    """Stated, or that of the commune, or the three characters that follow QP or QN (QP066007, QN97101X)."""
    stated = _value(row, QPV_DEPARTMENT).upper()
    if re.fullmatch(r"[0-9]{2,3}|2[AB]", stated):
        return stated.lstrip("0") if len(stated) == 3 and stated.startswith("0") else stated
    commune = COMMUNE.search(_value(row, QPV_COMMUNE))
    if commune:
        return commune[0][:3] if commune[0].startswith(("97", "98")) else commune[0][:2]
    return code[2:5] if code[2] == "9" else code[3:5]


def _value(row: Feature, names: Iterable[str]) -> str:
    """Of the first column that a row fills: a copy may keep an empty column beside the one it renamed."""
    return next((row.properties[name] for name in names if row.properties.get(name)), "")
