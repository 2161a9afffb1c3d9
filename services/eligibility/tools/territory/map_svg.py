"""The map as SVG: one frame per territory in its own projection, north up, nothing fetched."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import shapely

from services.eligibility.datasets.projections import to_metres
from services.eligibility.domain.territory.territories import (
    METROPOLE,
    TERRITORIES,
    Territory,
    territory_at,
)

FRAME_WIDTH = 960.0
INSET_WIDTH = 300.0
CELL_METRES = 10_000.0
MARGIN_METRES = 15_000.0
OUTLINE_METRES = 20  # what a perimeter's outline is simplified to: less than a pixel
NAMES = {
    "metropole": "France métropolitaine",
    "antilles": "Antilles",
    "guyane": "Guyane",
    "reunion": "La Réunion",
    "mayotte": "Mayotte",
    "saint-pierre-et-miquelon": "Saint-Pierre-et-Miquelon",
    "polynesie": "Polynésie française",
    "nouvelle-caledonie": "Nouvelle-Calédonie",
    "wallis-et-futuna": "Wallis-et-Futuna",
}
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Marker:
    label: str
    longitude: float
    latitude: float

    @property
    def point(self) -> Point:
        return self.longitude, self.latitude


@dataclass(frozen=True, slots=True)
class Layers:
    """Points are (longitude, latitude) in WGS84 degrees; each perimeter with its label."""

    communes: Sequence[Point]
    urban: Sequence[Point]
    perimeters: Sequence[tuple[str, Any]]
    laureates: Sequence[Marker]


@dataclass(frozen=True, slots=True)
class _District:
    """A perimeter in the metres of its territory."""

    label: str
    shape: Any

    @property
    def centre(self) -> Point:
        point = shapely.point_on_surface(self.shape)
        return point.x, point.y


def frames(layers: Layers) -> list[str]:
    """One SVG per territory that has a commune, a perimeter or a laureate to show."""
    drawn = [_frame(territory, layers) for territory in TERRITORIES]
    return [svg for svg in drawn if svg]


def _frame(territory: Territory, layers: Layers) -> str:
    communes = _projected(territory, layers.communes)
    urban = _projected(territory, layers.urban)
    districts = _districts(territory, layers.perimeters)
    markers = [marker for marker in layers.laureates if territory_at(*marker.point) is territory]
    places = _projected(territory, [marker.point for marker in markers])
    centres = [district.centre for district in districts]
    everything = [*communes, *urban, *places, *centres]
    if not everything:
        return ""
    width = FRAME_WIDTH if territory is METROPOLE else INSET_WIDTH
    view = _View(everything, width)
    parts = [view.cells(communes, "land"), view.cells(urban, "urban")]
    for district in districts:
        parts.append(view.perimeter(district))
    for marker, place in zip(markers, places, strict=True):
        parts.append(view.laureate(marker.label, place))
    return view.svg(NAMES[territory.name], _counted(len(markers), len(districts)), parts)


def _districts(territory: Territory, perimeters: Iterable[tuple[str, Any]]) -> list[_District]:
    project = to_metres(territory.epsg).transform
    return [
        _District(label, shapely.transform(shape, project, interleaved=False))
        for label, shape in perimeters
        if _home(shape) is territory
    ]


def _counted(laureates: int, districts: int) -> str:
    people = _number(laureates, "lauréat", "lauréats")
    places = _number(districts, "quartier prioritaire", "quartiers prioritaires")
    return f"{people}, {places}"


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {many if count > 1 else one}"


def _home(shape: Any) -> Territory | None:
    point = shapely.point_on_surface(shape)
    return territory_at(point.x, point.y)


def _projected(territory: Territory, points: Iterable[Point]) -> list[Point]:
    held = [point for point in points if territory_at(*point) is territory]
    if not held:
        return []
    longitudes = [longitude for longitude, _ in held]
    latitudes = [latitude for _, latitude in held]
    xs, ys = to_metres(territory.epsg).transform(longitudes, latitudes)
    return list(zip(xs, ys, strict=True))


class _View:
    """Turns metres into the units of one drawing."""

    def __init__(self, points: Sequence[Point], width: float) -> None:
        xs = [x for x, _ in points]
        ys = [y for _, y in points]
        self._west = min(xs) - MARGIN_METRES
        self._north = max(ys) + MARGIN_METRES
        east = max(xs) + MARGIN_METRES
        south = min(ys) - MARGIN_METRES
        self._width = width
        self._scale = width / (east - self._west)
        self._height = (self._north - south) * self._scale

    def cells(self, points: Iterable[Point], css: str) -> str:
        """Squares of 10 km that hold a town hall: the shape of the country without any outline file."""
        corners = sorted({_corner(point) for point in points})
        if not corners:
            return ""
        # A tenth of a unit wider than the grid, or the page would show hairlines between the squares.
        side = round(CELL_METRES * self._scale + 0.1, 1)
        square = f"h{side}v-{side}h-{side}z"
        path = "".join(f"M{self._at(corner)}{square}" for corner in corners)
        return f'<path class="{css}" d="{path}"/>'

    def perimeter(self, district: _District) -> str:
        """The true perimeter, and a small diamond on it because a district is a pixel at this scale."""
        outline = "".join(self._ring(polygon.exterior) for polygon in _polygons(district.shape))
        x, y = self._place(district.centre)
        diamond = f"M{x} {round(y - 3, 1)}l3 3l-3 3l-3 -3z"
        return f'<path class="qpv" d="{outline}{diamond}"><title>{escape(district.label)}</title></path>'

    def laureate(self, label: str, point: Point) -> str:
        x, y = self._place(point)
        return f'<circle class="laureate" cx="{x}" cy="{y}" r="5"><title>{escape(label)}</title></circle>'

    def svg(self, name: str, description: str, parts: Iterable[str]) -> str:
        box = f"0 0 {self._width:.0f} {self._height:.0f}"
        body = "\n".join(part for part in parts if part)
        told = f"{escape(name)} : {escape(description)}"
        return (
            f'<figure style="flex:0 1 {self._width:.0f}px">'
            f'<svg viewBox="{box}" role="img" aria-label="{told}">\n{body}\n</svg>'
            f"<figcaption>{told}</figcaption></figure>"
        )

    def _ring(self, ring: Any) -> str:
        corners = ring.simplify(OUTLINE_METRES).coords
        return "M" + "L".join(self._at(corner) for corner in corners) + "z"

    def _at(self, point: Point) -> str:
        x, y = self._place(point)
        return f"{x} {y}"

    def _place(self, point: Point) -> Point:
        x, y = point
        across = (x - self._west) * self._scale
        down = (self._north - y) * self._scale
        return round(across, 1), round(down, 1)


def _corner(point: Point) -> Point:
    """The south-west corner of the cell that holds a point."""
    x, y = point
    return x // CELL_METRES * CELL_METRES, y // CELL_METRES * CELL_METRES


def _polygons(shape: Any) -> list[Any]:
    if shape.geom_type == "Polygon":
        return [shape]
    polygons = []
    for part in getattr(shape, "geoms", ()):
        polygons += _polygons(part)
    return polygons
