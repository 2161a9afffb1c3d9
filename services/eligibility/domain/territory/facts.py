"""What is asked of a place, and what the data say of it. Plain values."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from services.eligibility.domain.territory.dataset import DatasetRef
from shared.contract.values import Reason
from shared.programme.zones import Zone, ZoneRule
from shared.value import value

UrbanRule = Literal["best", "epci", "density", "urban-unit"]
Fault = Literal["missing", "swapped", "outside-france", "contradict-commune"]
ELSEWHERE: tuple[Fault, ...] = ("swapped", "outside-france", "contradict-commune")
# What data tell of any place, asked without a programme.
BY_DATA = (
    Zone(
        id="outside-urban",
        name="Hors grands centres",
        where="hors des grands centres urbains",
        rule=ZoneRule.OUTSIDE_URBAN,
    ),
    Zone(
        id="qpv",
        name="Quartier prioritaire",
        where="dans un quartier prioritaire (QPV) ou à proximité immédiate",
        rule=ZoneRule.NEAR_QPV,
    ),
)


@value
class Site:
    """A place: INSEE commune code, WGS84 degrees, the QPV its holder attests, the postal code of its address.

    `typed`: the code is as a holder wrote it, who may have written a postal code for it.
    """

    commune_code: str | None
    latitude: float | None = None
    longitude: float | None = None
    declared_qpv: str | None = None
    postal_code: str | None = None
    typed: bool = False
    declared_zones: tuple[str, ...] = ()

    @property
    def point(self) -> tuple[float, float] | None:
        """(longitude, latitude), where both are given."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.longitude, self.latitude


@value
class Rule:
    """How zones are told.

    `best` stands for the rule of the data that are there; `day` chooses among versions.
    """

    urban: UrbanRule
    near_metres: float
    qpv_generation: str
    density_dataset: str = ""
    day: date | None = None
    density_level_max: int = 1  # INSEE's grid: level 1 of 7 is "grands centres urbains"
    urban_unit_class_min: int = 7  # INSEE's TUU: 7 is 200 000 inhabitants or more, 8 is Paris
    epci_natures: frozenset[str] = frozenset({"METRO", "MET69"})
    zones: tuple[Zone, ...] = BY_DATA

    def asks(self, rule: ZoneRule) -> bool:
        """Whether a zone of the call is told by this rule."""
        return any(zone.rule is rule for zone in self.zones)

    @property
    def asks_urban(self) -> bool:
        return self.asks(ZoneRule.OUTSIDE_URBAN)

    @property
    def asks_qpv(self) -> bool:
        return self.asks(ZoneRule.NEAR_QPV)

    @property
    def asks_commune(self) -> bool:
        return any(zone.is_listed for zone in self.zones)

    @property
    def asks_place(self) -> bool:
        """Whether it matters where a place lies."""
        return self.asks_urban or self.asks_qpv or self.asks_commune

    def listed(self, commune: "CommuneFacts") -> tuple[str, ...]:
        """The zones that list the commune."""
        return tuple(zone.id for zone in self.zones if zone.lists(commune.code, commune.department))

    def is_urban(self, level: int) -> bool:
        """What a level of the density grid, or a size class of urban units, says under this rule."""
        if self.urban == "density":
            return level <= self.density_level_max
        return level >= self.urban_unit_class_min


@value
class CommuneFacts:
    """A commune in force. `epci_known` is False where it is newer than the shipped table of groupings."""

    code: str
    name: str
    department: str
    epci_nature: str | None
    epci_name: str | None
    epci_known: bool = True
    postal_codes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.name} ({self.code})"


@value
class Hint:
    """The commune that a point tells: its contour holds it, or only its town hall is the nearest."""

    commune: CommuneFacts
    holds_point: bool = False


@value
class UrbanFacts:
    """Levels found for the commune: one, or those of the communes that it was merged from.

    Empty: not covered.
    """

    dataset: DatasetRef | None = None
    levels: frozenset[int] = frozenset()


@value
class Reading:
    """A commune that the code, the address and the point may mean; `urban` is None where no data tell.

    `listed` are the zones that have it on their list, where the call has such zones. `urban_asked` is False
    where no zone is about large urban centres.
    """

    commune: CommuneFacts
    urban: bool | None
    listed: tuple[str, ...] = ()
    urban_asked: bool = True

    @property
    def is_untold(self) -> bool:
        return self.urban_asked and self.urban is None


@dataclass(slots=True)
class Measure:
    """Perimeters that hold a point, edges included, and the nearest within 50 km.

    Both as positions in the index.
    """

    inside: list[int] = field(default_factory=list)
    nearest: int | None = None
    distance_metres: float | None = None


@value
class QpvFacts:
    """What was measured, or in `fault` why nothing could be.

    `covered`: absence from the data means absence.
    """

    inside: tuple[str, ...] = ()
    nearest: str | None = None
    distance_metres: float | None = None
    covered: bool = False
    fault: Fault | None = None
    department: str | None = None
    department_inferred: bool = False
    datasets: tuple[DatasetRef, ...] = ()
    declared_known: bool = False
    commune_qpvs: tuple[str, ...] = ()

    @property
    def elsewhere(self) -> bool:
        """The commune says where the place is, and the coordinates say elsewhere: neither gives it a zone."""
        return self.fault in ELSEWHERE


@value
class Facts:
    """All that is known of a place.

    `hint` is the commune that the point tells, where it contradicts the one that was given or none was.
    `mistake` says why the code cannot be the commune's. `doubts` are other communes it may mean, where the
    answer would differ. `located_by` has the contours or town halls that the point was compared with.
    """

    commune: CommuneFacts | None
    urban: UrbanFacts
    qpv: QpvFacts
    communes_source: DatasetRef
    hint: Hint | None = None
    mistake: Reason | None = None
    doubts: tuple[Reading, ...] = ()
    located_by: DatasetRef | None = None
