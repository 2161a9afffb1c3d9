"""Where the communes' town halls stand, as far as an imported file gives their points."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.eligibility.datasets.parsed import CommuneRow
from services.eligibility.datasets.projections import Floats

EARTH_RADIUS_METRES = 6_371_000.0
NEAREST_METRES_MAX = 30_000.0
NEIGHBOURS = 6


@dataclass(frozen=True, slots=True)
class TownHall:
    commune_code: str
    metres: float


class TownHalls:
    """Immutable. Every row has its point."""

    def __init__(self, rows: Sequence[CommuneRow]) -> None:
        self._codes = [row.code for row in rows]
        self._places = {code: place for place, code in enumerate(self._codes)}
        self._lats = np.array([row.latitude for row in rows], dtype=np.float64)
        self._lons = np.array([row.longitude for row in rows], dtype=np.float64)

    def metres_from(self, code: str, longitude: float, latitude: float) -> float | None:
        """On a sphere, half a percent off: it only tells a mistake of coordinates."""
        hall = self.point(code)
        if hall is None:
            return None
        hall_longitude, hall_latitude = hall
        north = math.radians(hall_latitude - latitude)
        east = math.radians(hall_longitude - longitude) * math.cos(math.radians(latitude))
        return EARTH_RADIUS_METRES * math.hypot(north, east)

    def reach_metres(self, code: str) -> float | None:
        """How far the town halls of the nearest neighbours are: a commune hardly goes on behind them."""
        hall = self.point(code)
        if hall is None or len(self._codes) <= NEIGHBOURS:
            return None
        nearest_first = np.partition(self._squares_from(*hall), NEIGHBOURS)
        degrees = math.sqrt(float(nearest_first[NEIGHBOURS]))
        return EARTH_RADIUS_METRES * math.radians(degrees)

    def nearest(self, longitude: float, latitude: float) -> TownHall | None:
        """Within 30 km, None beyond."""
        place = int(np.argmin(self._squares_from(longitude, latitude)))
        code = self._codes[place]
        metres = self.metres_from(code, longitude, latitude)
        if metres is None or metres > NEAREST_METRES_MAX:
            return None
        return TownHall(code, metres)

    def point(self, code: str) -> tuple[float, float] | None:
        """(longitude, latitude)."""
        place = self._places.get(code)
        if place is None:
            return None
        return float(self._lons[place]), float(self._lats[place])

    def points(self) -> list[tuple[float, float]]:
        return list(zip(self._lons.tolist(), self._lats.tolist(), strict=True))

    def _squares_from(self, longitude: float, latitude: float) -> Floats:
        """Squared distances to every town hall, in degrees of latitude."""
        east = (self._lons - longitude) * np.cos(np.radians(latitude))
        north = self._lats - latitude
        squares: Floats = north**2 + east**2
        return squares
