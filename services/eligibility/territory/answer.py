"""What is asked, what the data say, and the answer. No I/O here: plain values."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from shared.contract.values import Reason, Zone

QpvStatus = Literal["in", "near", "outside", "unknown", "claimed"]


@dataclass(frozen=True, slots=True)
class Site:
    """A place: INSEE commune code, WGS84 degrees, and the QPV its holder attests."""

    commune_code: str | None
    latitude: float | None = None
    longitude: float | None = None
    declared_qpv: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """How zones are told. `urban`: epci, density or urban-unit. `day` chooses among dataset versions."""

    urban: str
    near_metres: float
    qpv_generation: str
    density_dataset: str = ""
    day: date | None = None
    density_level_max: int = 1
    urban_unit_class_min: int = 7  # INSEE's TUU: 7 is 200 000 inhabitants or more, 8 is Paris
    epci_natures: frozenset[str] = frozenset({"METRO", "MET69"})


@dataclass(frozen=True, slots=True)
class DatasetRef:
    """The version an answer rests on."""

    id: str
    kind: str
    version: str
    source: str
    licence: str
    sha256: str

    def as_evidence(self) -> dict[str, str]:
        return {"id": self.id, "kind": self.kind, "version": self.version, "source": self.source, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class CommuneFacts:
    code: str
    name: str
    department: str
    epci_nature: str | None
    epci_name: str | None
    population: int | None = None


@dataclass(frozen=True, slots=True)
class UrbanFacts:
    """Levels found for the commune: one, or those of the communes that it was merged from. Empty: not covered."""

    dataset: DatasetRef | None = None
    levels: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class QpvFacts:
    """What was measured. `fault` says why nothing could be: missing, swapped, outside-france, contradict-commune."""

    inside: tuple[str, ...] = ()
    nearest: str | None = None
    distance_metres: float | None = None
    covered: bool = False
    fault: str | None = None
    department: str | None = None
    department_inferred: bool = False
    datasets: tuple[DatasetRef, ...] = ()
    declared_known: bool = False
    commune_qpvs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    commune: CommuneFacts | None
    urban: UrbanFacts
    qpv: QpvFacts
    communes_source: DatasetRef
    hint: str | None = None  # the commune of the nearest town hall, when none was given


@dataclass(frozen=True, slots=True)
class Qpv:
    """In or near `code`; for `outside`, `code` and `distance_m` name the nearest one and how far it is."""

    status: QpvStatus
    code: str | None = None
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`large_urban_centre` is None when no data tell. `evidence` fits the event of the same name."""

    commune_code: str | None
    large_urban_centre: bool | None
    qpv: Qpv
    zones: tuple[Zone, ...]
    reasons: tuple[Reason, ...]
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def eligible(self) -> bool:
        return bool(self.zones)

    @property
    def needs_instruction(self) -> bool:
        """Only a person can tell: a QPV attested by its holder, or no zone found while one is unknown."""
        undecided = self.large_urban_centre is None or self.qpv.status == "unknown"
        return self.qpv.status == "claimed" or (not self.zones and undecided)

    def as_json(self) -> dict[str, Any]:
        """The answer of `territory check --json`."""
        return {
            "commune_code": self.commune_code,
            "large_urban_centre": self.large_urban_centre,
            "qpv": {"status": self.qpv.status, "code": self.qpv.code, "distance_m": self.qpv.distance_m},
            "zones": [zone.value for zone in self.zones],
            "datasets": self.evidence.get("datasets", []),
        }
