"""Builders for the territory rules: communes, datasets, facts."""

from dataclasses import replace
from typing import Any

from services.eligibility.domain.territory.dataset import QPV, Dataset, DatasetRef
from services.eligibility.domain.territory.facts import CommuneFacts, QpvFacts, Rule, Site

SOURCE = DatasetRef("communes-6.0.0", "communes", "6.0.0", "etalab", "LO", "00")
GRID = DatasetRef("density-1", "density", "2025", "INSEE", "LO", "11")
PERIMETERS = DatasetRef("qpv-2014-1", "qpv", "2014", "ANCT", "LO", "22")
BY_DENSITY = Rule(urban="density", near_metres=300, qpv_generation="2014")
BY_UNIT = replace(BY_DENSITY, urban="urban-unit")
BY_EPCI = replace(BY_DENSITY, urban="epci")
VICHY = CommuneFacts("03310", "Vichy", "03", "CA", "CA Vichy Communauté", postal_codes=("03200",))
CUSSET = CommuneFacts("03095", "Cusset", "03", "CA", "CA Vichy Communauté", postal_codes=("03300",))
LYON = CommuneFacts("69123", "Lyon", "69", "MET69", "Métropole de Lyon")
IN_VICHY = Site("03310", 46.12, 3.42)


def dataset(serial: int, kind: str = QPV, **changes: Any) -> Dataset:
    made = Dataset(
        serial=serial,
        id=f"{kind}-{serial}",
        kind=kind,
        generation="2014" if kind.startswith("qpv") else "",
        version=f"v{serial}",
        source="ANCT",
        licence="LO",
        dated="",
        valid_from="",
        valid_to="",
        sha256=f"{serial}",
        row_count=1,
        repaired_count=0,
        coverage=(),
        notes="",
        imported_at="2020-10-01T12:00:00+00:00",
        retired_at="",
    )
    return replace(made, **changes)


def measured(metres: float | None = 900.0, **changes: Any) -> QpvFacts:
    """A point that the imported perimeters cover."""
    made = QpvFacts(
        nearest="QP003001",
        distance_metres=metres,
        covered=True,
        department="03",
        datasets=(PERIMETERS,),
    )
    return replace(made, **changes)
