"""Which perimeters hold a point, which is nearest and how far, many points at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from services.eligibility.datasets.parsed import Perimeter
from services.eligibility.datasets.territories import METROPOLE, TERRITORIES, Territory, territory_at
from services.eligibility.domain.territory.answer import Measure

if TYPE_CHECKING:
    from services.eligibility.datasets.spatial import Tree


class PerimeterIndex:
    """Immutable. One tree for each projection; distances are geodesic, from the nearest point found in the plane."""

    def __init__(self, perimeters: Sequence[Perimeter]) -> None:
        self.perimeters = tuple(sorted(perimeters, key=lambda perimeter: perimeter.code))
        self._members: dict[str, list[int]] = {}
        for position, perimeter in enumerate(self.perimeters):
            point = perimeter.geometry.representative_point()
            self._members.setdefault((territory_at(point.x, point.y) or METROPOLE).name, []).append(position)
        self._trees = {
            territory.name: _tree(territory, [self.perimeters[i].geometry for i in self._members[territory.name]])
            for territory in TERRITORIES
            if territory.name in self._members
        }

    def measure(self, longitudes: Sequence[float], latitudes: Sequence[float]) -> list[Measure]:
        """One measure per point. A point outside every territory gets an empty one."""
        measures = [Measure() for _ in longitudes]
        groups: dict[str, list[int]] = {}
        for i, (longitude, latitude) in enumerate(zip(longitudes, latitudes, strict=True)):
            territory = territory_at(longitude, latitude)
            if territory is not None and territory.name in self._trees:
                groups.setdefault(territory.name, []).append(i)
        for name, rows in groups.items():
            points = [longitudes[i] for i in rows], [latitudes[i] for i in rows]
            self._trees[name].fill(*points, [measures[i] for i in rows], self._members[name])
        return measures


def _tree(territory: Territory, geometries: list[Any]) -> "Tree":
    """Geometry takes a fifth of a second and 30 MB to load: a platform that holds no perimeter never pays for it."""
    from services.eligibility.datasets.spatial import Tree  # noqa: PLC0415

    return Tree(territory, geometries)
