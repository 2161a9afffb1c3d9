"""What is drawn of communes, where it is imported: their contours, the points of their town halls.

Geometry, 0.1 s to load, is not needed where neither is.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from services.eligibility.datasets.catalogue import KNOWN_MAX, Catalogue
from services.eligibility.datasets.parsed import CommuneRow, Perimeter
from services.eligibility.domain.territory.dataset import DatasetRef
from services.eligibility.domain.territory.facts import CommuneFacts, Site
from services.eligibility.domain.territory.whereabouts import Surroundings

if TYPE_CHECKING:
    from services.eligibility.datasets.contour_index import Contours
    from services.eligibility.datasets.town_halls import TownHalls

Point = tuple[float, float]  # longitude, latitude
Drawn = tuple[Perimeter, DatasetRef]  # a contour, and the version it comes from
NOWHERE = Surroundings()


class Landmarks:
    """Immutable. `points` is the version that the town halls come from."""

    def __init__(
        self,
        catalogue: Catalogue,
        located: Sequence[CommuneRow],
        points: DatasetRef | None,
        drawn: Sequence[Drawn],
    ) -> None:
        self._catalogue = catalogue
        self._halls = _town_halls(located)
        self._contours = _contours(drawn)
        self._points = points
        self._reach_metres = lru_cache(KNOWN_MAX)(self._reach_of)

    def around(self, site: Site, commune: CommuneFacts | None) -> Surroundings:
        """What they tell of a place's point, and of the commune that was given for it."""
        if site.point is None or not (self._halls or self._contours):
            return NOWHERE
        codes = self._catalogue.codes_of(site.commune_code, commune) if commune else []
        return Surroundings(
            contour_metres=self._metres_from_contour(codes, site.point),
            holder=self._holder(commune, site.point),
            hall_metres=self._metres_from_hall(commune, site.point),
            reach_metres=self._reach_metres(commune.code) if commune else None,
            hall=self._commune_of_nearest_hall(site.point),
            source=self._source(codes),
        )

    def town_hall(self, code: str) -> Point | None:
        return self._halls.point(code) if self._halls else None

    def town_halls(self) -> list[Point]:
        return self._halls.points() if self._halls else []

    def _metres_from_contour(self, codes: Sequence[str], point: Point) -> float | None:
        return self._contours.metres_from(codes, *point) if self._contours else None

    def _holder(self, commune: CommuneFacts | None, point: Point) -> CommuneFacts | None:
        """On a border, the commune that was given."""
        if self._contours is None:
            return None
        found = [self._catalogue.commune(code) for code in self._contours.holding(*point)]
        known = {holder.code: holder for holder in found if holder}
        if commune and commune.code in known:
            return commune
        return next(iter(known.values()), None)

    def _metres_from_hall(self, commune: CommuneFacts | None, point: Point) -> float | None:
        if self._halls is None or commune is None:
            return None
        return self._halls.metres_from(commune.code, *point)

    def _reach_of(self, code: str) -> float | None:
        return self._halls.reach_metres(code) if self._halls else None

    def _commune_of_nearest_hall(self, point: Point) -> CommuneFacts | None:
        nearest = self._halls.nearest(*point) if self._halls else None
        return self._catalogue.commune(nearest.commune_code) if nearest else None

    def _source(self, codes: Sequence[str]) -> DatasetRef | None:
        contours = self._contours.source(codes) if self._contours else None
        return contours or self._points


def _town_halls(located: Sequence[CommuneRow]) -> "TownHalls | None":
    rows = [row for row in located if row.latitude is not None and row.longitude is not None]
    if not rows:
        return None
    from services.eligibility.datasets.town_halls import TownHalls  # noqa: PLC0415

    return TownHalls(rows)


def _contours(drawn: Sequence[Drawn]) -> "Contours | None":
    if not drawn:
        return None
    from services.eligibility.datasets.contour_index import Contours  # noqa: PLC0415

    return Contours(drawn)
