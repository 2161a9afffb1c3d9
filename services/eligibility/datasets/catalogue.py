"""The communes as every source taken together knows them: the shipped table, an imported COG, town halls' points."""

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from services.eligibility.datasets.parsed import CommuneRow
from services.eligibility.domain.territory.dataset import DatasetRef
from services.eligibility.domain.territory.facts import CommuneFacts
from shared.contract.values import Reason
from shared.reference import Communes, load_communes
from shared.reference.commune_codes import code_mistake
from shared.reference.communes import TABLE

if TYPE_CHECKING:
    from services.eligibility.datasets.town_halls import TownHall, TownHalls

FAR_FROM_TOWN_HALL_METRES = 60_000.0  # where too few points are imported to know a commune's reach
REACHES_MAX = 2.0  # of its neighbours' town halls: beyond, a point is certainly elsewhere
REACH_METRES_MIN = 5_000.0
KNOWN_MAX = 10_000  # communes kept at hand: one programme asks for far fewer
VAST_DEPARTMENTS = ("973",)  # communes of Guyane may be 150 km across


class Catalogue:
    """Immutable."""

    def __init__(self, cog: list[CommuneRow], located: list[CommuneRow]) -> None:
        self._communes = load_communes()
        self._cog = {row.code: row for row in cog}
        self._members: dict[str, list[str]] = {}
        for code, current in self._communes.former_codes.items():
            self._members.setdefault(current, []).append(code)
        self._halls = _town_halls(located)
        self.source = _source(self._communes)
        self.commune = lru_cache(KNOWN_MAX)(self._commune)
        self.reach_metres = lru_cache(KNOWN_MAX)(self._reach_metres)

    def _commune(self, code: str) -> CommuneFacts | None:
        """The commune in force for a code, old and arrondissement codes included."""
        row = self._cog.get(code)
        found = self._communes.get(code) or (self._communes.get(row.codes) if row and row.codes else None)
        if found is not None:
            return CommuneFacts(
                found.code,
                found.name,
                found.department,
                found.epci_nature,
                found.epci_name,
                postal_codes=found.postal_codes,
            )
        if row is None or (row.codes and row.codes not in self._cog):
            return None
        current = self._cog[row.codes] if row.codes else row
        department = current.code[:3] if current.code.startswith(("97", "98")) else current.code[:2]
        return CommuneFacts(current.code, current.name, department, None, None, epci_known=False)

    def codes_to_look_up(self, given: str, commune: CommuneFacts) -> list[tuple[str, ...]]:
        """Under which codes an older or newer file may hold the commune, best first; members of a merger together."""
        return [(given,), (commune.code,), tuple(self._members.get(commune.code, ()))]

    def nearest_town_hall(self, longitude: float, latitude: float) -> "TownHall | None":
        """Within 30 km, None beyond or where no imported file gives points."""
        return self._halls.nearest(longitude, latitude) if self._halls else None

    def town_hall(self, code: str) -> tuple[float, float] | None:
        """(longitude, latitude), where an imported file gives it."""
        return self._halls.point(code) if self._halls else None

    def town_halls(self) -> list[tuple[float, float]]:
        return self._halls.points() if self._halls else []

    def _reach_metres(self, code: str) -> float | None:
        return self._halls.reach_metres(code) if self._halls else None

    def contradicts(self, commune: CommuneFacts, longitude: float, latitude: float) -> bool:
        metres = self._halls.metres_from(commune.code, longitude, latitude) if self._halls else None
        if metres is None or commune.department in VAST_DEPARTMENTS:
            return False
        reach = self.reach_metres(commune.code)
        limit = FAR_FROM_TOWN_HALL_METRES if reach is None else max(REACH_METRES_MIN, REACHES_MAX * reach)
        return metres > limit

    def at_postal_code(self, postal_code: str) -> list[CommuneFacts]:
        found = (self.commune(commune.code) for commune in self._communes.at_postal_code(postal_code))
        return [commune for commune in found if commune]

    def code_mistake(self, code: str, postal_code: str | None) -> Reason | None:
        """A commune that only an imported file knows has no postal code here, so that nothing can contradict it."""
        if self._communes.get(code) is None and self.commune(code) is not None:
            return None
        return code_mistake(self._communes, code, postal_code)


def _town_halls(located: list[CommuneRow]) -> "TownHalls | None":
    """None where no imported file gives points: numpy, a tenth of a second to load, is not needed then."""
    rows = [row for row in located if row.latitude is not None and row.longitude is not None]
    if not rows:
        return None
    from services.eligibility.datasets.town_halls import TownHalls  # noqa: PLC0415

    return TownHalls(rows)


def _source(communes: Communes) -> DatasetRef:
    package, version = communes.version.rsplit(" ", 1)
    digest = hashlib.sha256(TABLE.read_bytes()).hexdigest()
    return DatasetRef(f"communes-{version}", "communes", version, package, "Licence Ouverte 2.0", digest)
