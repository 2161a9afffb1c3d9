"""Checks the contours of communes: codes, geometries, and that each lies where its department is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from services.eligibility.datasets.columns import CODE, NAME, QPV_CODE
from services.eligibility.datasets.geographic import Feature, Features
from services.eligibility.datasets.parsed import ImportRefusedError, Parsed, Perimeter, Progress
from services.eligibility.datasets.perimeters import shown_mistakes, value_of
from services.eligibility.datasets.rows import COMMUNE_CODE, commune_code
from services.eligibility.datasets.surfaces import Surfaces
from services.eligibility.domain.territory.dataset import CONTOURS
from services.eligibility.domain.territory.territories import (
    department_of_code,
    territory_at,
    territory_of_department,
)

AMBIGUOUS = "code"  # communes and QPV are both called so: what is written there tells
OF_QPV = ("qp", "quartier")
SURFACES = ("Polygon", "MultiPolygon", "GeometryCollection")
SHOWN_MAX = 5
# Half of France's communes have more than ten: what is smaller is something else.
SQUARE_KM_MIN = 1.0
KM_PER_DEGREE = 111.2
Coded = tuple[str, Feature]  # a commune code as the file has it, and its row


def are_contours(features: Features) -> bool:
    """A file of communes has their codes, and no column that speaks of QPV."""
    columns = {name for row in features.rows for name in row.properties}
    if any(word in name for name in columns for word in OF_QPV):
        return False
    if columns & {*CODE} - {AMBIGUOUS, *QPV_CODE}:
        return True
    return any(COMMUNE_CODE.fullmatch(row.properties.get(AMBIGUOUS, "")) for row in features.rows)


def parse_contours(features: Features, advance: Progress) -> Parsed:
    """Raises ImportRefusedError for wrong codes, no usable contour, or surfaces too small for communes."""
    rows = [row for row in features.rows if _is_of_communes(row)]
    coded = [(commune_code(value_of(row, CODE)), row) for row in rows]
    mistakes = _row_mistakes(coded)
    if mistakes:
        raise ImportRefusedError(shown_mistakes(mistakes, "commune code"))
    surfaces = Surfaces()
    names: dict[str, str] = {}
    lost: list[str] = []
    for done, (code, row) in enumerate(coded, 1):
        if _is_in_place(code, row.geometry) and surfaces.add(code, row.geometry):
            names.setdefault(code, value_of(row, NAME) or code)
        else:
            lost.append(code)
        advance(done, len(coded))
    passed_over_count = len(features.rows) - len(rows)
    notes = [*features.notes, *_notes(surfaces, lost, passed_over_count)]
    whole = sorted(surfaces.parts.keys() - set(lost))
    if not whole:
        raise ImportRefusedError(["no contour of this file can be read as one in France", *notes])
    contours = [_contour(code, names[code], surfaces) for code in whole]
    _require_size([contour.geometry for contour in contours])
    return Parsed(
        CONTOURS,
        perimeters=contours,
        departments=tuple(sorted({contour.department for contour in contours})),
        repaired_count=surfaces.repaired_count,
        notes=notes,
    )


def _is_of_communes(row: Feature) -> bool:
    """An archive of IGN holds departments, and the points of county towns, beside its communes."""
    is_surface = row.geometry is None or row.geometry.geom_type in SURFACES
    return is_surface and any(name in row.properties for name in CODE)


def _row_mistakes(coded: Sequence[Coded]) -> list[str]:
    mistakes = []
    for place, (code, _) in enumerate(coded, 1):
        if code.strip("0") == "":
            mistakes.append(f"row {place}: no commune code")
        elif not COMMUNE_CODE.fullmatch(code):
            mistakes.append(f"row {place}: {code[:20]} is no commune code (expected 31555)")
    return mistakes


def _is_in_place(code: str, geometry: Any) -> bool:
    """Some maps draw the overseas departments beside the mainland."""
    if geometry is None:
        return False
    longitude, latitude = shapely.get_coordinates(geometry)[0].tolist()
    return territory_at(longitude, latitude) is territory_of_department(department_of_code(code))


def _notes(surfaces: Surfaces, lost: Sequence[str], others_count: int) -> list[str]:
    """A commune that has lost a part is left out whole: places there would be told to lie elsewhere."""
    notes = []
    if lost:
        some = ", ".join(lost[:SHOWN_MAX])
        notes.append(
            f"{len(lost)} communes without a contour that can be read in its place ({some})."
        )
    if surfaces.joined_count:
        notes.append(f"{surfaces.joined_count} communes of several rows, joined.")
    if others_count:
        notes.append(f"{others_count} rows of something else than communes left out.")
    return notes


def _contour(code: str, name: str, surfaces: Surfaces) -> Perimeter:
    return Perimeter(code, name, department_of_code(code), (code,), surfaces.whole(code))


def _require_size(geometries: Sequence[Any]) -> None:
    """Raises ImportRefusedError: surfaces that have a commune's code may be anything else in it."""
    bounds = shapely.bounds(geometries)
    latitudes = np.radians((bounds[:, 1] + bounds[:, 3]) / 2)
    square_km = shapely.area(geometries) * KM_PER_DEGREE**2 * np.cos(latitudes)
    median = float(np.median(square_km))
    if median < SQUARE_KM_MIN:
        reason = f"half of the surfaces have less than {median:.2g} km²: these are no contours of communes"
        raise ImportRefusedError([reason])
