"""The outlines of the departments, to draw maps with: the mainland, and insets for Paris and overseas.

Provenance, licences and rebuilding: PROVENANCE.md beside this file.
"""

import json
from dataclasses import dataclass
from functools import cache
from math import atan, degrees, exp, log, pi, radians, tan
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("outlines.json")
WIDTH, HEIGHT = 1226, 1710


class Frame(NamedTuple):
    """A part of the drawing, in units from its left and its top, in Mercator's projection.

    The left of the drawing is at `west`, its top at `north` (degrees of longitude; of latitude as Mercator
    stretches them), and a unit is `unit` degrees: what lies outside the frame is not shown.
    """

    name: str
    left: int
    top: int
    width: int
    height: int
    west: float
    north: float
    unit: float


def stretched(latitude: float) -> float:
    """In degrees of longitude, as Mercator stretches it."""
    return degrees(log(tan(pi / 4 + radians(latitude) / 2)))


def across_and_down(frame: Frame, longitude: float, latitude: float) -> tuple[float, float]:
    """Where a point lies in the drawing. Degrees of WGS84."""
    return (longitude - frame.west) / frame.unit, (frame.north - stretched(latitude)) / frame.unit


def degrees_of(frame: Frame, x: float, y: float) -> tuple[float, float]:
    """(latitude, longitude) of a point of the drawing."""
    north = radians(frame.north - y * frame.unit)
    return degrees(2 * atan(exp(north)) - pi / 2), frame.west + x * frame.unit


@dataclass(frozen=True, slots=True)
class Outline:
    """`path` as SVG has it; `label` is well inside of it."""

    code: str
    name: str
    frame: Frame
    label: tuple[int, int]
    path: str


@cache
def load_outlines() -> tuple[Outline, ...]:
    """By code. The departments around Paris come twice, the larger one last."""
    found = json.loads(FILE.read_text(encoding="utf-8"))
    frames = [Frame(*frame) for frame in found["frames"]]
    return tuple(
        Outline(one["code"], one["name"], frames[one["frame"]], tuple(one["label"]), one["path"])
        for one in found["outlines"]
    )
