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
        self._places = {code: i for i, code in enumerate(self._codes)}
        self._lats = np.array([row.latitude for row in rows], dtype=np.float64)
        self._lons = np.array([row.longitude for row in rows], dtype=np.float64)

    def metres_from(self, code: str, longitude: float, latitude: float) -> float | None:
        """On a sphere, half a percent off: it only tells a mistake of coordinates."""
        place = self._places.get(code)
        if place is None:
            return None
        north = math.radians(float(self._lats[place]) - latitude)
        east = math.radians(float(self._lons[place]) - longitude) * math.cos(math.radians(latitude))
        return EARTH_RADIUS_METRES * math.hypot(north, east)

    def reach_metres(self, code: str) -> float | None:
        """How far the town halls of the nearest neighbours are: a commune hardly goes on behind them."""
        place = self._places.get(code)
        if place is None or len(self._codes) <= NEIGHBOURS:
            return None
        flat = self._flat(float(self._lons[place]), float(self._lats[place]))
        degrees = float(np.sqrt(np.partition(flat, NEIGHBOURS)[NEIGHBOURS]))
        return EARTH_RADIUS_METRES * math.radians(degrees)

    def _flat(self, longitude: float, latitude: float) -> Floats:
        """Squared distances to every town hall, in degrees of latitude."""
        east = (self._lons - longitude) * np.cos(np.radians(latitude))
        found: Floats = (self._lats - latitude) ** 2 + east**2
        return found

    def nearest(self, longitude: float, latitude: float) -> TownHall | None:
        """Within 30 km, None beyond."""
        code = self._codes[int(np.argmin(self._flat(longitude, latitude)))]
        metres = self.metres_from(code, longitude, latitude)
        return TownHall(code, metres) if metres is not None and metres <= NEAREST_METRES_MAX else None

    def point(self, code: str) -> tuple[float, float] | None:
        """(longitude, latitude)."""
        place = self._places.get(code)
        return None if place is None else (float(self._lons[place]), float(self._lats[place]))

    def points(self) -> list[tuple[float, float]]:
        return list(zip(self._lons.tolist(), self._lats.tolist(), strict=True))
