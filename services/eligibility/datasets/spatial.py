"""The perimeters of one projection in a spatial tree: points in, what holds them and what is nearest out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from services.eligibility.datasets.projections import Floats, geodesic_metres, to_degrees, to_metres
from services.eligibility.domain.territory.facts import Measure
from services.eligibility.domain.territory.territories import Territory

# A point this near an edge is on it: projecting and storing degrees costs millimetres.
EDGE_METRES = 0.01
SEARCH_METRES = 50_000.0
# An edge straight in degrees stays within a millimetre of itself once projected.
SEGMENT_DEGREES = 0.002
MILLIMETRES = 3  # decimals of a metre: nearer than this, two perimeters are equally near


class Tree:
    def __init__(self, territory: Territory, geometries: list[Any]) -> None:
        self._forward = to_metres(territory.epsg)
        self._back = to_degrees(f"EPSG:{territory.epsg}")
        self._geometries = self._flattened(geometries)
        self._tree = shapely.STRtree(self._geometries)

    def _flattened(self, geometries: list[Any]) -> Any:
        dense = shapely.segmentize(np.array(geometries, dtype=object), SEGMENT_DEGREES)
        flat = shapely.transform(dense, self._forward.transform, interleaved=False)
        broken = ~shapely.is_valid(flat)
        flat[broken] = shapely.make_valid(flat[broken])
        shapely.prepare(flat)
        return flat

    def fill(
        self,
        longitudes: Sequence[float],
        latitudes: Sequence[float],
        measures: list[Measure],
        members: list[int],
    ) -> None:
        """Completes the measures of these points. `members` are the positions of this tree's perimeters."""
        lons = np.array(longitudes, dtype=np.float64)
        lats = np.array(latitudes, dtype=np.float64)
        points = shapely.points(*self._forward.transform(lons, lats))
        self._fill_inside(points, measures, members)
        self._fill_nearest(points, lons, lats, measures, members)

    def _fill_inside(self, points: Any, measures: list[Measure], members: list[int]) -> None:
        rows, found = self._tree.query(points, predicate="dwithin", distance=EDGE_METRES)
        for row, position in sorted(zip(rows.tolist(), found.tolist(), strict=True)):
            measures[row].inside.append(members[position])

    def _fill_nearest(
        self,
        points: Any,
        lons: Floats,
        lats: Floats,
        measures: list[Measure],
        members: list[int],
    ) -> None:
        """Of those equally near, the first by code."""
        rows, found = self._tree.query_nearest(points, max_distance=SEARCH_METRES)
        distances = self._geodesic(
            points[rows],
            self._geometries[found],
            lons[rows],
            lats[rows],
        )
        nearest_first = np.lexsort((found, np.round(distances, MILLIMETRES), rows))
        for index in nearest_first.tolist():
            measure = measures[int(rows[index])]
            if measure.nearest is None:
                measure.nearest = members[int(found[index])]
                measure.distance_metres = 0.0 if measure.inside else float(distances[index])

    def _geodesic(self, points: Any, geometries: Any, lons: Floats, lats: Floats) -> Floats:
        """The plane tells which point of the perimeter is nearest, the ellipsoid how far it is."""
        ends = shapely.get_point(shapely.shortest_line(points, geometries), -1)
        end_lons, end_lats = self._back.transform(shapely.get_x(ends), shapely.get_y(ends))
        return geodesic_metres(lons, lats, end_lons, end_lats)
