"""A department drawn alone: with the point of a place, or as a picture that somebody clicks on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape

from markupsafe import Markup

from deploy.portal.map_svg import OUTLINES, department, insets, shaded
from deploy.portal.svg import drawing, image
from shared.reference.outlines import (
    HEIGHT,
    WIDTH,
    Frame,
    Outline,
    across_and_down,
    degrees_of,
    load_outlines,
)

SIDE = 300  # pixels: what is clicked fits on a telephone, and a pixel is always the same distance
MARGIN = 0.06
LATITUDE_MAX = 85.0
# A picture of its own knows no theme: these can be seen on light and on dark.
FILL, AROUND, EDGE = "#2f7a7f", "#8a9299", "#ffffff"


@dataclass(frozen=True, slots=True)
class View:
    """A square of the drawing, in its units, that is shown as SIDE pixels."""

    frame: Frame
    left: float
    top: float
    side: float

    def pixels(self, longitude: float, latitude: float) -> tuple[float, float]:
        x, y = across_and_down(self.frame, longitude, latitude)
        return (x - self.left) * SIDE / self.side, (y - self.top) * SIDE / self.side

    def shows(self, longitude: float, latitude: float) -> bool:
        """Not near a pole, where Mercator has no place for anything."""
        if abs(latitude) > LATITUDE_MAX:
            return False
        x, y = self.pixels(longitude, latitude)
        return 0 <= x <= SIDE and 0 <= y <= SIDE

    def degrees(self, across: float, down: float) -> tuple[float, float]:
        """(latitude, longitude) of a pixel."""
        x = self.left + across * self.side / SIDE
        y = self.top + down * self.side / SIDE
        return degrees_of(self.frame, x, y)

    def moved(self, parts: str) -> str:
        scale = SIDE / self.side
        move = f"scale({scale:.4f}) translate({-self.left:.1f} {-self.top:.1f})"
        return f'<g transform="{move}">{parts}</g>'


@cache
def view_of(code: str) -> View:
    """Of a department that has an outline."""
    outline = OUTLINES[code]
    left, top, right, bottom = _box(outline)
    side = max(right - left, bottom - top) * (1 + 2 * MARGIN)
    return View(outline.frame, (left + right - side) / 2, (top + bottom - side) / 2, side)


@cache
def mainland() -> View:
    frame = load_outlines()[0].frame
    return View(frame, frame.left, frame.top, frame.width)


def point_picture(code: str, latitude: float, longitude: float) -> Markup:
    """Where a place is, on the map of its department or of the mainland; empty where it is on neither."""
    views = [view_of(code), mainland()] if code in OUTLINES else [mainland()]
    view = next((one for one in views if one.shows(longitude, latitude)), None)
    if view is None:
        return Markup("")
    x, y = view.pixels(longitude, latitude)
    shapes = view.moved("".join(shaded(one, 2 if one.code == code else 0) for one in _shown(view)))
    told = f"Le point du lieu sur une carte, {department(code)} en couleur"
    circles = [_circle("ring", x, y, 11), _circle("mark", x, y, 5)]
    return image("map place-map", SIDE, SIDE, told, [shapes, *circles])


def clickable(code: str) -> str:
    """The department as a file of its own."""
    view = view_of(code)
    shapes = "".join(
        f'<path d="{one.path}" fill="{FILL if one.code == code else AROUND}" stroke="{EDGE}"/>'
        for one in _shown(view)
    )
    size = f'width="{SIDE}" height="{SIDE}" viewBox="0 0 {SIDE} {SIDE}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{view.moved(shapes)}</svg>'


def departments_to_click(path: str) -> Markup:
    """Every department as a link. A list beside it is the way of the keyboard."""
    parts = insets()
    for outline in load_outlines():
        name = escape(department(outline.code))
        parts.append(
            f'<a href="{path}?departement={outline.code}" class="shade-2" tabindex="-1" aria-label="{name}">'
            f'<path d="{outline.path}"><title>{name}</title></path></a>'
        )
    return drawing("map", WIDTH, HEIGHT, "Carte des départements", parts)


def _circle(css: str, x: float, y: float, radius: int) -> str:
    return f'<circle class="{css}" cx="{x:.0f}" cy="{y:.0f}" r="{radius}"/>'


def _shown(view: View) -> Iterator[Outline]:
    for outline in load_outlines():
        left, top, right, bottom = _box(outline)
        across = left < view.left + view.side and right > view.left
        down = top < view.top + view.side and bottom > view.top
        if outline.frame == view.frame and across and down:
            yield outline


@cache
def _box(outline: Outline) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of its path: each ring begins at a point, the rest are steps."""
    xs: list[int] = []
    ys: list[int] = []
    for ring in outline.path.removesuffix("z").split("z"):
        numbers = [int(number) for number in re.findall(r"-?[0-9]+", ring)]
        x = 0
        y = 0
        for across, down in zip(numbers[::2], numbers[1::2], strict=True):
            x += across
            y += down
            xs.append(x)
            ys.append(y)
    return min(xs), min(ys), max(xs), max(ys)
