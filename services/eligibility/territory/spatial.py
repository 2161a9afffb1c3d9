"""Perimeters in a spatial index: which hold a point, which is nearest and how far, many points at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from services.eligibility.territory.projections import (
    METROPOLE,
    TERRITORIES,
    Floats,
    Territory,
    geodesic_metres,
    territory_at,
    to_degrees,
    to_metres,
)

EDGE_METRES = 0.01  # a point this near an edge is on it: projecting and storing degrees costs millimetres
SEARCH_METRES = 50_000.0
SEGMENT_DEGREES = 0.002  # an edge straight in degrees stays within a millimetre of itself once projected


@dataclass(frozen=True, slots=True)
class Perimeter:
    """`geometry` in WGS84 degrees, longitude first, valid."""

    code: str
    name: str
    department: str
    communes: tuple[str, ...]
    geometry: Any


@dataclass(slots=True)
class Measure:
    """Perimeters that hold a point, edges included, and the nearest within 50 km. Both as positions in the index."""

    inside: list[int] = field(default_factory=list)
    nearest: int | None = None
    distance_metres: float | None = None


class PerimeterIndex:
    """Immutable. One tree for each projection; distances are geodesic, from the nearest point found in the plane."""

    def __init__(self, perimeters: Sequence[Perimeter]) -> None:
        self.perimeters = tuple(sorted(perimeters, key=lambda perimeter: perimeter.code))
        members: dict[str, list[int]] = {}
        for position, perimeter in enumerate(self.perimeters):
            point = shapely.point_on_surface(perimeter.geometry)
            members.setdefault((territory_at(point.x, point.y) or METROPOLE).name, []).append(position)
        self._trees = {
            territory.name: _Tree(territory, [self.perimeters[i].geometry for i in members[territory.name]])
            for territory in TERRITORIES
            if territory.name in members
        }
        self._members = members

    def measure(self, longitudes: Sequence[float], latitudes: Sequence[float]) -> list[Measure]:
        """One measure per point. A point outside every territory gets an empty one."""
        measures = [Measure() for _ in longitudes]
        groups: dict[str, list[int]] = {}
        for i, (longitude, latitude) in enumerate(zip(longitudes, latitudes, strict=True)):
            territory = territory_at(longitude, latitude)
            if territory is not None and territory.name in self._trees:
                groups.setdefault(territory.name, []).append(i)
        for name, rows in groups.items():
            lons = np.array([longitudes[i] for i in rows], dtype=np.float64)
            lats = np.array([latitudes[i] for i in rows], dtype=np.float64)
            self._trees[name].fill(lons, lats, [measures[i] for i in rows], self._members[name])
        return measures


class _Tree:
    def __init__(self, territory: Territory, geometries: list[Any]) -> None:
        self._territory = territory
        self._forward = to_metres(territory.epsg)
        dense = shapely.segmentize(np.array(geometries, dtype=object), SEGMENT_DEGREES)
        flat = shapely.transform(dense, self._forward.transform, interleaved=False)
        broken = ~shapely.is_valid(flat)
        flat[broken] = shapely.make_valid(flat[broken])
        shapely.prepare(flat)
        self._geometries = flat
        self._tree = shapely.STRtree(flat)

    def fill(self, lons: Floats, lats: Floats, measures: list[Measure], members: list[int]) -> None:
        points = shapely.points(*self._forward.transform(lons, lats))
        rows, found = self._tree.query(points, predicate="dwithin", distance=EDGE_METRES)
        for row, position in sorted(zip(rows.tolist(), found.tolist(), strict=True)):
            measures[row].inside.append(members[position])
        rows, found = self._tree.query_nearest(points, max_distance=SEARCH_METRES)
        distances = self._geodesic(points[rows], self._geometries[found], lons[rows], lats[rows])
        for index in np.lexsort((found, np.round(distances, 3), rows)).tolist():
            measure = measures[int(rows[index])]
            if measure.nearest is None:
                measure.nearest = members[int(found[index])]
                measure.distance_metres = 0.0 if measure.inside else float(distances[index])

    def _geodesic(self, points: Any, geometries: Any, lons: Floats, lats: Floats) -> Floats:
        """The plane tells which point of the perimeter is nearest, the ellipsoid how far it is."""
        ends = shapely.get_point(shapely.shortest_line(points, geometries), -1)
        back = to_degrees(f"EPSG:{self._territory.epsg}")
        return geodesic_metres(lons, lats, *back.transform(shapely.get_x(ends), shapely.get_y(ends)))
