"""Rebuilds the outlines of the departments: `python -m shared.reference.rebuild_outlines MAINLAND OVERSEAS`.

Both are unpacked npm packages (PROVENANCE.md). The same packages always give the same bytes.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import LineString, Polygon

from shared.reference.outlines import FILE, Frame, across_and_down, stretched

SCALE = 2  # units of ours for one of the package's
TOLERANCE = 1.6  # units: less than a pixel of the largest drawing
# The package's map is Mercator's. Laid on the coast and the borders of Natural Earth, half of its outline is
# within 0.8 km of theirs, and 95 % within 2.4 km.
MAINLAND = Frame("", 0, 0, 1226, 1170, -5.189316, 59.616508, 0.0240885076 / SCALE)
INSET_WIDTH, INSET_HEIGHT, INSET_TOP = 395, 250, 1190
CAPTION_HEIGHT = 56
AROUND_PARIS = ("75", "92", "93", "94")
PARIS = ("Petite couronne", 2.13, 48.67, 2.62, 49.02)
# Code, name, then west, south, east and north in degrees: what of France lies there.
OVERSEAS = (
    ("971", "Guadeloupe", -61.9, 15.7, -60.9, 16.6),
    ("972", "Martinique", -61.3, 14.3, -60.7, 15.0),
    ("973", "Guyane", -54.8, 2.0, -51.5, 5.9),
    ("974", "La Réunion", 55.1, -21.5, 55.9, -20.8),
    ("976", "Mayotte", 44.95, -13.1, 45.4, -12.6),
)
NAMES = {"75": "Paris"}
Point = tuple[float, float]


def outlines(mainland: Iterable[dict[str, str]], france: Sequence[Polygon]) -> dict[str, Any]:
    """What the file holds: frames, and the outline of each department in its frame."""
    around = _inset(0, *PARIS)
    frames = [MAINLAND, around]
    found = []
    for location in sorted(mainland, key=lambda one: one["id"].upper()):
        code = location["id"].upper()
        name = NAMES.get(code, location["name"])
        arcs = _arcs(location["path"])
        found.append(_outline(code, name, 0, [_joined(ring) for ring in arcs]))
        if code in AROUND_PARIS:
            moved = [[[_moved(point, around) for point in arc] for arc in ring] for ring in arcs]
            found.append(_outline(code, name, 1, [_joined(ring) for ring in moved]))
    for number, (code, name, *box) in enumerate(OVERSEAS, start=1):
        frame = _inset(number, name, *box)
        there = [one for one in france if shapely.box(*box).contains(one)]
        rings = [_projected(polygon, frame) for polygon in there]
        found.append(_outline(code, name, len(frames), rings))
        frames.append(frame)
    return {"frames": [list(frame) for frame in frames], "outlines": found}


def _inset(number: int, name: str, west: float, south: float, east: float, north: float) -> Frame:
    """The frame of an inset, in rows of three under the mainland, that shows a box as large as it can."""
    left = number % 3 * (INSET_WIDTH + 20)
    top = INSET_TOP + number // 3 * (INSET_HEIGHT + 20)
    height = INSET_HEIGHT - CAPTION_HEIGHT - 10
    low, high = stretched(south), stretched(north)
    unit = max((east - west) / (INSET_WIDTH - 20), (high - low) / height)
    degrees_west = (west + east) / 2 - (left + INSET_WIDTH / 2) * unit
    degrees_north = (low + high) / 2 + (top + CAPTION_HEIGHT + height / 2) * unit
    return Frame(
        name,
        left,
        top,
        INSET_WIDTH,
        INSET_HEIGHT,
        round(degrees_west, 6),
        round(degrees_north, 6),
        round(unit, 9),
    )


def _arcs(path: str) -> list[list[list[Point]]]:
    """The rings of a path (`m`, steps, `z`), each in arcs: a step of nothing is where a neighbour begins."""
    rings: list[list[list[Point]]] = []
    x, y = 0.0, 0.0
    for word in path.split():
        if word == "m":
            rings.append([[]])
        elif word == "z":
            x, y = rings[-1][0][0]
            rings[-1][-1].append((x, y))
        else:
            across, down = (float(number) * SCALE for number in word.split(","))
            x += across
            y += down
            if rings[-1][0] and not across and not down:
                rings[-1].append([])
            rings[-1][-1].append((x, y))
    return rings


def _moved(point: Point, frame: Frame) -> Point:
    """From the mainland's frame to another one."""
    x = (MAINLAND.west + point[0] * MAINLAND.unit - frame.west) / frame.unit
    y = (frame.north - MAINLAND.north + point[1] * MAINLAND.unit) / frame.unit
    return x, y


def _projected(polygon: Polygon, frame: Frame) -> list[Point]:
    return _simple([across_and_down(frame, *point) for point in polygon.exterior.coords])


def _joined(arcs: Iterable[Sequence[Point]]) -> list[Point]:
    """Each arc is simplified alone, so that both its sides stay the same."""
    ring: list[Point] = []
    for arc in arcs:
        ring += _simple([*ring[-1:], *arc]) if len(ring) + len(arc) > 1 else arc
    return ring


def _simple(points: Sequence[Point]) -> list[Point]:
    return list(LineString(points).simplify(TOLERANCE).coords)


def _outline(code: str, name: str, frame: int, rings: Iterable[Sequence[Point]]) -> dict[str, Any]:
    whole = [[(round(x), round(y)) for x, y in ring] for ring in rings]
    kept = [ring for ring in whole if len(set(ring)) > 2]
    largest = max((Polygon(ring).buffer(0) for ring in kept), key=lambda one: one.area)
    middle = shapely.maximum_inscribed_circle(largest).coords[0]
    return {
        "code": code,
        "name": name,
        "frame": frame,
        "label": [round(middle[0]), round(middle[1])],
        "path": "".join(_written(ring) for ring in kept),
    }


def _written(ring: Sequence[tuple[int, int]]) -> str:
    steps = " ".join(
        f"{next_x - x} {next_y - y}"
        for (x, y), (next_x, next_y) in pairwise(ring)
        if (x, y) != (next_x, next_y)
    )
    return f"M{ring[0][0]} {ring[0][1]}l{steps}z".replace(" -", "-")


def read_mainland(folder: Path) -> list[dict[str, str]]:
    text = (folder / "index.js").read_text(encoding="utf-8")
    told = json.loads(text.removeprefix("export default ").rstrip("; \n"))
    found: list[dict[str, str]] = told["locations"]
    return found


def read_france(folder: Path) -> list[Polygon]:
    """The polygons of France, in degrees, from TopoJSON: arcs of whole steps from point to point."""
    world = json.loads((folder / "countries-10m.json").read_text(encoding="utf-8"))
    named = world["objects"]["countries"]["geometries"]
    france = next(one for one in named if one["properties"]["name"] == "France")
    polygons = []
    for exterior, *_ in france["arcs"]:
        ring: list[Point] = []
        for number in exterior:
            arc = _degrees(world, number if number >= 0 else ~number)
            ring += arc if number >= 0 else arc[::-1]
        polygons.append(Polygon(ring))
    return polygons


def _degrees(world: dict[str, Any], number: int) -> list[Point]:
    (scale_x, scale_y), (west, south) = world["transform"]["scale"], world["transform"]["translate"]
    x, y = 0, 0
    found = []
    for across, up in world["arcs"][number]:
        x += across
        y += up
        found.append((x * scale_x + west, y * scale_y + south))
    return found


def main(mainland: Path, overseas: Path) -> None:
    found = outlines(read_mainland(mainland), read_france(overseas))
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in found["outlines"])
    frames = json.dumps(found["frames"], ensure_ascii=False)
    FILE.write_text(f'{{"frames": {frames},\n"outlines": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{FILE.name}: {len(found['outlines'])} outlines, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("usage: python -m shared.reference.rebuild_outlines MAINLAND OVERSEAS")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
