"""The communes as all sources together know them: the shipped table, an imported COG, town halls' points."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from services.eligibility.datasets.parsed import CommuneRow
from services.eligibility.domain.territory.dataset import DatasetRef
from services.eligibility.domain.territory.facts import CommuneFacts
from services.eligibility.domain.territory.territories import department_of_code
from shared.contract.values import Reason
from shared.reference import Communes, load_communes
from shared.reference.commune_codes import code_mistake
from shared.reference.communes import TABLE, Commune

if TYPE_CHECKING:
    from services.eligibility.datasets.town_halls import TownHall, TownHalls

FAR_FROM_TOWN_HALL_METRES = 60_000.0  # where too few points are imported to know a commune's reach
REACHES_MAX = 2.0  # of its neighbours' town halls: beyond, a point is certainly elsewhere
REACH_METRES_MIN = 5_000.0
KNOWN_MAX = 10_000  # communes kept at hand: one programme asks for far fewer
VAST_DEPARTMENTS = ("973",)  # communes of Guyane may be 150 km across


class Catalogue:
    """Immutable. `commune` gives the one in force for a code, old and arrondissement codes included."""

    def __init__(self, cog: Sequence[CommuneRow], located: Sequence[CommuneRow]) -> None:
        self._communes = load_communes()
        self._cog = {row.code: row for row in cog}
        self._members: dict[str, list[str]] = {}
        for code, current in self._communes.former_codes.items():
            self._members.setdefault(current, []).append(code)
        self._halls = _town_halls(located)
        self.source = _source(self._communes)
        self.commune = lru_cache(KNOWN_MAX)(self._commune)
        self.reach_metres = lru_cache(KNOWN_MAX)(self._reach_metres)

    def codes_to_look_up(self, given: str, commune: CommuneFacts) -> list[tuple[str, ...]]:
        """Under which codes a file may hold the commune, best first; the members of a merger together."""
        members = self._members.get(commune.code, ())
        return [(given,), (commune.code,), tuple(members)]

    def nearest_town_hall(self, longitude: float, latitude: float) -> "TownHall | None":
        """Within 30 km, None beyond or where no imported file gives points."""
        return self._halls.nearest(longitude, latitude) if self._halls else None

    def town_hall(self, code: str) -> tuple[float, float] | None:
        """(longitude, latitude), where an imported file gives it."""
        return self._halls.point(code) if self._halls else None

    def town_halls(self) -> list[tuple[float, float]]:
        return self._halls.points() if self._halls else []

    def contradicts(self, commune: CommuneFacts, longitude: float, latitude: float) -> bool:
        """Whether a point is too far from the commune's town hall to lie in it."""
        if self._halls is None or commune.department in VAST_DEPARTMENTS:
            return False
        metres = self._halls.metres_from(commune.code, longitude, latitude)
        if metres is None:
            return False
        reach = self.reach_metres(commune.code)
        if reach is None:
            return metres > FAR_FROM_TOWN_HALL_METRES
        return metres > max(REACH_METRES_MIN, REACHES_MAX * reach)

    def at_postal_code(self, postal_code: str) -> list[CommuneFacts]:
        found = [self.commune(commune.code) for commune in self._communes.at_postal_code(postal_code)]
        return [commune for commune in found if commune]

    def code_mistake(self, code: str, postal_code: str | None) -> Reason | None:
        """A commune that only an imported file knows has no postal code here: nothing can contradict it."""
        if self._communes.get(code) is None and self.commune(code) is not None:
            return None
        return code_mistake(self._communes, code, postal_code)

    def _commune(self, code: str) -> CommuneFacts | None:
        row = self._cog.get(code)
        shipped = self._communes.get(code)
        if shipped is None and row and row.codes:
            shipped = self._communes.get(row.codes)
        if shipped:
            return _known(shipped)
        if row is None:
            return None
        current = self._cog.get(row.codes) if row.codes else row
        if current is None:
            return None
        return _newer(current)

    def _reach_metres(self, code: str) -> float | None:
        return self._halls.reach_metres(code) if self._halls else None


def _known(commune: Commune) -> CommuneFacts:
    return CommuneFacts(
        code=commune.code,
        name=commune.name,
        department=commune.department,
        epci_nature=commune.epci_nature,
        epci_name=commune.epci_name,
        postal_codes=commune.postal_codes,
    )


def _newer(row: CommuneRow) -> CommuneFacts:
    """A commune that the shipped table does not know yet: its grouping is not known either."""
    return CommuneFacts(
        code=row.code,
        name=row.name,
        department=department_of_code(row.code),
        epci_nature=None,
        epci_name=None,
        epci_known=False,
    )


def _town_halls(located: Sequence[CommuneRow]) -> "TownHalls | None":
    """None where no imported file gives points: numpy, 0.1 s to load, is not needed then."""
    rows = [row for row in located if row.latitude is not None and row.longitude is not None]
    if not rows:
        return None
    from services.eligibility.datasets.town_halls import TownHalls  # noqa: PLC0415

    return TownHalls(rows)


def _source(communes: Communes) -> DatasetRef:
    package, version = communes.version.rsplit(" ", 1)
    return DatasetRef(
        id=f"communes-{version}",
        kind="communes",
        version=version,
        source=package,
        licence="Licence Ouverte 2.0",
        sha256=hashlib.sha256(TABLE.read_bytes()).hexdigest(),
    )
