"""The communes as every source taken together knows them: the shipped table, an imported COG, town halls' points."""

import hashlib
import math
from dataclasses import dataclass

import numpy as np

from services.eligibility.territory.answer import CommuneFacts, DatasetRef
from services.eligibility.territory.parsed import CommuneRow
from shared.reference import Communes, load_communes
from shared.reference.communes import TABLE

FAR_FROM_TOWN_HALL_METRES = 60_000.0
VAST_DEPARTMENTS = ("973",)  # communes of Guyane may be 150 km across
EARTH_RADIUS_METRES = 6_371_000.0
NEAREST_TOWN_HALL_METRES = 30_000.0


@dataclass(frozen=True, slots=True)
class TownHall:
    commune_code: str
    metres: float


class Catalogue:
    """Immutable."""

    def __init__(self, cog: list[CommuneRow], located: list[CommuneRow]) -> None:
        self._communes = load_communes()
        self._cog = {row.code: row for row in cog}
        self._members: dict[str, list[str]] = {}
        for code, current in self._communes.former_codes.items():
            self._members.setdefault(current, []).append(code)
        points = [row for row in located if row.latitude is not None and row.longitude is not None]
        self._points = {row.code: i for i, row in enumerate(points)}
        self._codes = [row.code for row in points]
        self._lats = np.array([row.latitude for row in points], dtype=np.float64)
        self._lons = np.array([row.longitude for row in points], dtype=np.float64)
        self.source = _source(self._communes)

    def commune(self, code: str) -> CommuneFacts | None:
        """The commune in force for a code, old and arrondissement codes included."""
        row = self._cog.get(code)
        found = self._communes.get(code) or (self._communes.get(row.codes) if row and row.codes else None)
        if found is not None:
            return CommuneFacts(found.code, found.name, found.department, found.epci_nature, found.epci_name)
        if row is None or (row.codes and row.codes not in self._cog):
            return None
        current = self._cog[row.codes] if row.codes else row
        department = current.code[:3] if current.code.startswith(("97", "98")) else current.code[:2]
        return CommuneFacts(current.code, current.name, department, None, None, epci_known=False)

    def codes_to_look_up(self, given: str, commune: CommuneFacts) -> list[tuple[str, ...]]:
        """Under which codes an older or newer file may hold the commune, best first; members of a merger together."""
        return [(given,), (commune.code,), tuple(self._members.get(commune.code, ()))]

    def metres_from_town_hall(self, code: str, longitude: float, latitude: float) -> float | None:
        """On a sphere, half a percent off: it only tells a mistake of coordinates."""
        position = self._points.get(code)
        if position is None:
            return None
        north = math.radians(float(self._lats[position]) - latitude)
        east = math.radians(float(self._lons[position]) - longitude) * math.cos(math.radians(latitude))
        return EARTH_RADIUS_METRES * math.hypot(north, east)

    def nearest_town_hall(self, longitude: float, latitude: float) -> TownHall | None:
        """Within 30 km, None beyond or where no imported file gives points."""
        if not self._codes:
            return None
        flat = (self._lats - latitude) ** 2 + ((self._lons - longitude) * np.cos(np.radians(latitude))) ** 2
        code = self._codes[int(np.argmin(flat))]
        metres = self.metres_from_town_hall(code, longitude, latitude)
        return TownHall(code, metres) if metres is not None and metres <= NEAREST_TOWN_HALL_METRES else None

    def town_hall(self, code: str) -> tuple[float, float] | None:
        """(longitude, latitude), where an imported file gives it."""
        position = self._points.get(code)
        return None if position is None else (float(self._lons[position]), float(self._lats[position]))

    def town_halls(self) -> list[tuple[float, float]]:
        return list(zip(self._lons.tolist(), self._lats.tolist(), strict=True))

    def contradicts(self, commune: CommuneFacts, longitude: float, latitude: float) -> bool:
        metres = self.metres_from_town_hall(commune.code, longitude, latitude)
        far = metres is not None and metres > FAR_FROM_TOWN_HALL_METRES
        return far and commune.department not in VAST_DEPARTMENTS


def _source(communes: Communes) -> DatasetRef:
    package, version = communes.version.rsplit(" ", 1)
    digest = hashlib.sha256(TABLE.read_bytes()).hexdigest()
    return DatasetRef(f"communes-{version}", "communes", version, package, "Licence Ouverte 2.0", digest)
