"""The map as SVG: one frame per territory, each in its own projection, north up, nothing fetched from elsewhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import shapely

from services.eligibility.datasets.projections import to_metres
from services.eligibility.domain.territory.territories import METROPOLE, TERRITORIES, Territory, territory_at

FRAME_WIDTH, INSET_WIDTH = 960.0, 300.0
CELL_METRES = 10_000.0
MARGIN_METRES = 15_000.0
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


@dataclass(frozen=True, slots=True)
class Layers:
    """Points are (longitude, latitude) in WGS84 degrees."""

    communes: Sequence[Point]
    urban: Sequence[Point]
    perimeters: Sequence[tuple[str, Any]]
    laureates: Sequence[Marker]


def frames(layers: Layers) -> list[str]:
    """One SVG per territory that has a commune, a perimeter or a laureate to show."""
    return [svg for territory in TERRITORIES if (svg := _frame(territory, layers))]


def _frame(territory: Territory, layers: Layers) -> str:
    communes = _projected(territory, layers.communes)
    urban = _projected(territory, layers.urban)
    held = [(code, shape) for code, shape in layers.perimeters if _home(shape) is territory]
    markers = [marker for marker in layers.laureates if territory_at(marker.longitude, marker.latitude) is territory]
    places = _projected(territory, [(marker.longitude, marker.latitude) for marker in markers])
    shapes = [shapely.transform(s, to_metres(territory.epsg).transform, interleaved=False) for _, s in held]
    centres = [(point.x, point.y) for point in (shapely.point_on_surface(shape) for shape in shapes)]
    everything = [*communes, *urban, *places, *centres]
    if not everything:
        return ""
    view = _View(everything, FRAME_WIDTH if territory is METROPOLE else INSET_WIDTH)
    parts = [
        view.cells(communes, "land"),
        view.cells(urban, "urban"),
        *(view.perimeter(code, shape, c) for (code, _), shape, c in zip(held, shapes, centres, strict=True)),
        *(view.laureate(marker.label, point) for marker, point in zip(markers, places, strict=True)),
    ]
    return view.svg(NAMES[territory.name], _counted(len(markers), len(held)), parts)


def _counted(laureates: int, districts: int) -> str:
    words = f"lauréat{'s' * (laureates > 1)}", f"quartier{'s' * (districts > 1)} prioritaire{'s' * (districts > 1)}"
    return f"{laureates} {words[0]}, {districts} {words[1]}"


def _home(shape: Any) -> Territory | None:
    point = shapely.point_on_surface(shape)
    return territory_at(point.x, point.y)


def _projected(territory: Territory, points: Iterable[Point]) -> list[Point]:
    held = [point for point in points if territory_at(*point) is territory]
    if not held:
        return []
    xs, ys = to_metres(territory.epsg).transform([x for x, _ in held], [y for _, y in held])
    return list(zip(xs, ys, strict=True))


class _View:
    """Turns metres into the units of one drawing."""

    def __init__(self, points: Sequence[Point], width: float) -> None:
        self._west = min(x for x, _ in points) - MARGIN_METRES
        self._north = max(y for _, y in points) + MARGIN_METRES
        span = max(x for x, _ in points) + MARGIN_METRES - self._west
        self._width, self._scale = width, width / span
        self._height = (self._north - min(y for _, y in points) + MARGIN_METRES) * self._scale

    def _at(self, point: Point) -> Point:
        return round((point[0] - self._west) * self._scale, 1), round((self._north - point[1]) * self._scale, 1)

    def cells(self, points: Iterable[Point], css: str) -> str:
        """Squares of 10 km that hold a town hall: the shape of the country without any outline file."""
        corners = sorted({(x // CELL_METRES * CELL_METRES, y // CELL_METRES * CELL_METRES) for x, y in points})
        side = round(CELL_METRES * self._scale + 0.1, 1)
        path = "".join("M{} {}h{s}v-{s}h-{s}z".format(*self._at(corner), s=side) for corner in corners)
        return f'<path class="{css}" d="{path}"/>' if path else ""

    def perimeter(self, code: str, shape: Any, centre: Point) -> str:
        """The true perimeter, and a small diamond on it because a district is a pixel at this scale."""
        rings = [polygon.exterior for polygon in _polygons(shape)]
        path = "".join(
            "M" + "L".join("{} {}".format(*self._at(corner)) for corner in ring.simplify(20).coords) + "z"
            for ring in rings
        )
        x, y = self._at(centre)
        diamond = f"M{x} {round(y - 3, 1)}l3 3l-3 3l-3 -3z"
        return f'<path class="qpv" d="{path}{diamond}"><title>{escape(code)}</title></path>'

    def laureate(self, label: str, point: Point) -> str:
        x, y = self._at(point)
        return f'<circle class="laureate" cx="{x}" cy="{y}" r="5"><title>{escape(label)}</title></circle>'

    def svg(self, name: str, description: str, parts: Iterable[str]) -> str:
        box = f"0 0 {self._width:.0f} {self._height:.0f}"
        body = "\n".join(part for part in parts if part)
        return (
            f'<figure style="flex:0 1 {self._width:.0f}px"><svg viewBox="{box}" role="img" '
            f'aria-label="{escape(name)} : {escape(description)}">\n{body}\n</svg>'
            f"<figcaption>{escape(name)} : {escape(description)}</figcaption></figure>"
        )


def _polygons(shape: Any) -> list[Any]:
    if shape.geom_type == "Polygon":
        return [shape]
    return [polygon for part in getattr(shape, "geoms", ()) for polygon in _polygons(part)]
