"""The contours of communes in use: which one holds a point, and how far it is from a commune's own."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely

from services.eligibility.datasets.landmarks import Drawn
from services.eligibility.datasets.town_halls import EARTH_RADIUS_METRES
from services.eligibility.domain.territory.dataset import DatasetRef

ORIGIN = shapely.Point(0, 0)


class Contours:
    """Immutable. Of two versions that have a commune, the later one counts."""

    def __init__(self, drawn: Sequence[Drawn]) -> None:
        self._drawn = {contour.code: (contour, ref) for contour, ref in drawn}
        self._codes = list(self._drawn)
        self._tree = shapely.STRtree([contour.geometry for contour, _ in self._drawn.values()])

    def holding(self, longitude: float, latitude: float) -> list[str]:
        """The codes whose contour holds the point, edges included, in their order."""
        found = self._tree.query(shapely.Point(longitude, latitude), predicate="intersects")
        return sorted(self._codes[place] for place in found.tolist())

    def metres_from(self, codes: Iterable[str], longitude: float, latitude: float) -> float | None:
        """To the nearest of these communes' contours, 0 within; None where none is held."""
        found = [self._drawn[code] for code in codes if code in self._drawn]
        distances = [_metres(contour.geometry, longitude, latitude) for contour, _ in found]
        return min(distances, default=None)

    def source(self, codes: Iterable[str]) -> DatasetRef | None:
        """The version that has the first of these communes."""
        for code in codes:
            if code in self._drawn:
                _, ref = self._drawn[code]
                return ref
        return None


def _metres(geometry: Any, longitude: float, latitude: float) -> float:
    """On a sphere, half a percent off: it only tells a place that lies elsewhere."""
    scale = np.array([math.cos(math.radians(latitude)), 1.0])
    around = shapely.transform(geometry, lambda points: (points - [longitude, latitude]) * scale)
    return EARTH_RADIUS_METRES * math.radians(float(shapely.distance(around, ORIGIN)))
