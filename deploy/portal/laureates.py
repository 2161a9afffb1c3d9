"""The published laureates, and those of the directory, as their pages show and count them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from deploy.portal.communes import Places


@dataclass(frozen=True, slots=True)
class Laureate:
    name: str
    wave: str
    zone: str
    commune: str
    department: str
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
        awarded_cents=sum(told["awarded_cents"]),
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """A laureate of the directory, by the name of its place. `offers` and `needs` are codes."""

    place: str
    holder: str
    kinds: tuple[str, ...]
    commune: str
    department: str
    region: str
    offers: tuple[str, ...]
    needs: tuple[str, ...]

    def offers_what(self, code: str) -> bool:
        """Any, where none is asked for."""
        return not code or code in self.offers


def listed_in(places: Places, told: Iterable[dict[str, Any]]) -> list[Listed]:
    """By the name of the place."""
    return sorted((_listed(places, one) for one in told), key=lambda one: one.place.casefold())


def _listed(places: Places, told: dict[str, Any]) -> Listed:
    commune = places.named(told["commune_code"])
    return Listed(
        place=told["place"] or told["holder"],
        holder=told["holder"],
        kinds=tuple(told["kinds"]),
        commune=places.label(told["commune_code"]),
        department=commune.department if commune else "",
        region=commune.region if commune else "",
        offers=tuple(told["offers"]),
        needs=tuple(told["needs"]),
    )


class Placed(Protocol):
    @property
    def department(self) -> str: ...


def by_department(laureates: Sequence[Placed]) -> dict[str, int]:
    return dict(Counter(one.department for one in laureates if one.department))
