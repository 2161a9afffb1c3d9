"""Where the communes' town halls stand, as far as an imported file gives their points."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.eligibility.territory.parsed import CommuneRow

EARTH_RADIUS_METRES = 6_371_000.0
NEAREST_METRES_MAX = 30_000.0


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

    def nearest(self, longitude: float, latitude: float) -> TownHall | None:
        """Within 30 km, None beyond."""
        flat = (self._lats - latitude) ** 2 + ((self._lons - longitude) * np.cos(np.radians(latitude))) ** 2
        code = self._codes[int(np.argmin(flat))]
        metres = self.metres_from(code, longitude, latitude)
        return TownHall(code, metres) if metres is not None and metres <= NEAREST_METRES_MAX else None

    def point(self, code: str) -> tuple[float, float] | None:
        """(longitude, latitude)."""
        place = self._places.get(code)
        return None if place is None else (float(self._lons[place]), float(self._lats[place]))

    def points(self) -> list[tuple[float, float]]:
        return list(zip(self._lons.tolist(), self._lats.tolist(), strict=True))
