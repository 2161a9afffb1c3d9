"""The published laureates, as the page of results shows and counts them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.portal.communes import Places


@dataclass(frozen=True, slots=True)
class Laureate:
    name: str
    wave: str
    zone: str
    commune: str
    department: str
    region: str
    awarded_cents: int


def results_of(places: Places, told: Iterable[dict[str, Any]]) -> list[Laureate]:
    """By wave, then by name."""
    found = [_laureate(places, one) for one in told]
    return sorted(found, key=lambda one: (one.wave, one.name.casefold()))


def _laureate(places: Places, told: dict[str, Any]) -> Laureate:
    commune = places.named(told["commune_code"])
    return Laureate(
        name=told["legal_name"],
        wave=told["wave"],
        zone=told["zone"],
        commune=commune.name if commune else told["commune_code"],
        department=commune.department if commune else "",
        region=commune.region if commune else "",
        awarded_cents=sum(told["awarded_cents"]),
    )


def by_region(laureates: Sequence[Laureate]) -> dict[str, int]:
    return dict(Counter(one.region for one in laureates if one.region))
