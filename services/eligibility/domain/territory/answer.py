"""What is asked, what the data say, and the answer. No I/O here: plain values."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from shared.contract.values import Reason, Zone
from shared.value import value

QpvStatus = Literal["in", "near", "outside", "unknown", "claimed"]


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


@value
class Rule:
    """How zones are told. `urban`: epci, density, urban-unit, or best; `day` chooses among dataset versions."""

    urban: str
    near_metres: float
    qpv_generation: str
    density_dataset: str = ""
    day: date | None = None
    density_level_max: int = 1
    urban_unit_class_min: int = 7  # INSEE's TUU: 7 is 200 000 inhabitants or more, 8 is Paris
    epci_natures: frozenset[str] = frozenset({"METRO", "MET69"})


@value
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


@value
class CommuneFacts:
    code: str
    name: str
    department: str
    epci_nature: str | None
    epci_name: str | None
    epci_known: bool = True  # False for a commune newer than the shipped table of groupings
    postal_codes: tuple[str, ...] = ()


@value
class UrbanFacts:
    """Levels found for the commune: one, or those of the communes that it was merged from. Empty: not covered."""

    dataset: DatasetRef | None = None
    levels: frozenset[int] = frozenset()


@value
class Reading:
    """A commune that the code, the address and the point may mean; `urban` is None where no data tell."""

    commune: CommuneFacts
    urban: bool | None


@dataclass(slots=True)
class Measure:
    """Perimeters that hold a point, edges included, and the nearest within 50 km. Both as positions in the index."""

    inside: list[int] = field(default_factory=list)
    nearest: int | None = None
    distance_metres: float | None = None


@value
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

    @property
    def elsewhere(self) -> bool:
        """The commune says where the place is, and the coordinates say elsewhere: neither gives it a zone."""
        return self.fault in ("swapped", "outside-france", "contradict-commune")


@value
class Facts:
    commune: CommuneFacts | None
    urban: UrbanFacts
    qpv: QpvFacts
    communes_source: DatasetRef
    hint: str | None = None  # the commune of the nearest town hall, when it is not the one that was given
    mistake: Reason | None = None  # why the code cannot be the commune of the place
    doubts: tuple[Reading, ...] = ()  # other communes that may be meant, where the answer would be another


@value
class Qpv:
    """In or near `code`; for `outside`, `code` and `distance_m` name the nearest one and how far it is."""

    status: QpvStatus
    code: str | None = None
    distance_m: float | None = None


@value
class Answer:
    """`large_urban_centre` is None when no data tell. Keeps the facts, from which `evidence` is drawn."""

    large_urban_centre: bool | None
    qpv: Qpv
    zones: tuple[Zone, ...]
    reasons: tuple[Reason, ...]
    site: Site
    facts: Facts
    rule: Rule

    @property
    def commune_code(self) -> str | None:
        """The commune in force, once old and arrondissement codes are resolved."""
        return self.facts.commune.code if self.facts.commune else None

    @property
    def eligible(self) -> bool:
        return bool(self.zones)

    @property
    def needs_instruction(self) -> bool:
        """Only a person can tell: a QPV attested, a place that is elsewhere, or no zone found while one is unknown."""
        undecided = self.large_urban_centre is None or self.qpv.status == "unknown"
        contradicted = self.facts.qpv.elsewhere or self.facts.mistake is not None or bool(self.facts.doubts)
        return self.qpv.status == "claimed" or contradicted or (not self.zones and undecided)

    @property
    def datasets(self) -> list[dict[str, str]]:
        """Every version that was consulted, the shipped table of communes first."""
        urban = self.facts.urban.dataset
        consulted = (self.facts.communes_source, *([urban] if urban else []), *self.facts.qpv.datasets)
        return [dataset.as_evidence() for dataset in consulted]

    @property
    def evidence(self) -> dict[str, Any]:
        """Plain JSON values: rules, thresholds, what was found, datasets. Fits the event's `evidence`."""
        return {
            "commune": self._commune_evidence(),
            "urban": self._urban_evidence(),
            "qpv": self._qpv_evidence(),
            "datasets": self.datasets,
        }

    def as_json(self) -> dict[str, Any]:
        """The answer of `territory check --json`."""
        return {
            "commune_code": self.commune_code,
            "large_urban_centre": self.large_urban_centre,
            "qpv": {"status": self.qpv.status, "code": self.qpv.code, "distance_m": self.qpv.distance_m},
            "zones": [zone.value for zone in self.zones],
            "datasets": self.datasets,
        }

    def _commune_evidence(self) -> dict[str, Any]:
        commune = self.facts.commune
        found = (commune.code, commune.name, commune.department) if commune else (None, None, None)
        return {
            "given": self.site.commune_code,
            **dict(zip(("code", "name", "department"), found, strict=True)),
            "postal_code": self.site.postal_code,
            "may_also_be": [{"code": other.commune.code, "urban": other.urban} for other in self.facts.doubts],
        }

    def _urban_evidence(self) -> dict[str, Any]:
        rule, found, commune = self.rule, self.facts.urban, self.facts.commune
        by_epci = rule.urban == "epci"
        evidence = {"rule": rule.urban, "large_urban_centre": self.large_urban_centre, "approximation": by_epci}
        if by_epci:
            nature, name = (commune.epci_nature, commune.epci_name) if commune else (None, None)
            return evidence | {"dataset": self.facts.communes_source.id, "epci_nature": nature, "epci_name": name}
        threshold = rule.density_level_max if rule.urban == "density" else rule.urban_unit_class_min
        dataset = found.dataset.id if found.dataset else None
        return evidence | {"dataset": dataset, "levels": sorted(found.levels), "threshold": threshold}

    def _qpv_evidence(self) -> dict[str, Any]:
        facts = self.facts.qpv
        return {
            "rule": f"in or within {self.rule.near_metres:g} m, generation {self.rule.qpv_generation}",
            "status": self.qpv.status,
            "code": self.qpv.code,
            "distance_m": self.qpv.distance_m,
            "inside": list(facts.inside),
            "nearest": facts.nearest,
            "covered": facts.covered,
            "department": facts.department,
            "department_inferred": facts.department_inferred,
            "declared": self.site.declared_qpv,
            "commune_qpvs": list(facts.commune_qpvs),
            "datasets": [dataset.id for dataset in facts.datasets],
        }
