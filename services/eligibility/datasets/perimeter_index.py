"""Which perimeters hold a point, which is nearest and how far, many points at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from services.eligibility.datasets.parsed import Perimeter
from services.eligibility.domain.territory.facts import Measure
from services.eligibility.domain.territory.territories import (
    METROPOLE,
    TERRITORIES,
    Territory,
    territory_at,
)

if TYPE_CHECKING:
    from services.eligibility.datasets.spatial import Tree


class PerimeterIndex:
    """Immutable.

    One tree for each projection; distances are geodesic, from the nearest point found in the plane.
    """

    def __init__(self, perimeters: Sequence[Perimeter]) -> None:
        self.perimeters = tuple(sorted(perimeters, key=lambda perimeter: perimeter.code))
        self._members: dict[str, list[int]] = {}
        for place, perimeter in enumerate(self.perimeters):
            self._members.setdefault(_territory_of(perimeter).name, []).append(place)
        self._trees = {
            territory.name: self._tree(territory)
            for territory in TERRITORIES
            if territory.name in self._members
        }

    def measure(self, longitudes: Sequence[float], latitudes: Sequence[float]) -> list[Measure]:
        """One measure per point. A point outside every territory gets an empty one."""
        measures = [Measure() for _ in longitudes]
        for name, rows in self._rows_by_territory(longitudes, latitudes).items():
            self._trees[name].fill(
                [longitudes[row] for row in rows],
                [latitudes[row] for row in rows],
                [measures[row] for row in rows],
                self._members[name],
            )
        return measures

    def nearest(self, measure: Measure) -> Perimeter | None:
        if measure.nearest is None:
            return None
        return self.perimeters[measure.nearest]

    def _rows_by_territory(
        self, longitudes: Sequence[float], latitudes: Sequence[float]
    ) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for row, point in enumerate(zip(longitudes, latitudes, strict=True)):
            territory = territory_at(*point)
            if territory and territory.name in self._trees:
                rows.setdefault(territory.name, []).append(row)
        return rows

    def _tree(self, territory: Territory) -> "Tree":
        """Geometry takes 0.2 s and 30 MB to load: a platform that holds no perimeter never pays for it."""
        from services.eligibility.datasets.spatial import Tree  # noqa: PLC0415

        places = self._members[territory.name]
        geometries: list[Any] = [self.perimeters[place].geometry for place in places]
        return Tree(territory, geometries)


def _territory_of(perimeter: Perimeter) -> Territory:
    point = perimeter.geometry.representative_point()
    return territory_at(point.x, point.y) or METROPOLE
