"""The scores of a wave against the cut-off of each zone: a lane for each, a column for each span of scores.

A dossier of two zones stands in both lanes. What is drawn stands beside it in words and in a table.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil
from typing import Any

from markupsafe import Markup

from deploy.portal import french
from deploy.portal.office.wave import OUTCOMES, Cutoff, WaveList
from deploy.portal.svg import axis, image
from shared.french import marks

COLUMNS = 40
QUARTER = 25  # hundredths: columns are whole quarters of a mark wide
LEFT, WIDTH = 44, 620  # of a lane, in the units of the picture
RIGHT = LEFT + WIDTH
LANE, FOOT, HEAD = 150, 44, 58  # what a lane draws, what stands under and over it
LANE_AND_ALL = HEAD + LANE + FOOT
COLUMN_WIDTH = round(WIDTH / COLUMNS - 2, 1)
TALLEST = LANE - 6
TICKS = 5
EDGE = 42  # room for the last tick
NAME_AWAY_FROM = 0.6  # of the width: a label further right stands left of its line

Place = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lane:
    """Where one zone is drawn. `step` is the width of a column in hundredths of a mark."""

    top: int
    step: int

    @property
    def base(self) -> int:
        return self.top + LANE

    def x(self, score: int) -> float:
        return round(LEFT + WIDTH * score / (COLUMNS * self.step), 1)

    def column(self, place: Place) -> int:
        score: int = place["score"]
        return min(score // self.step, COLUMNS - 1)


def scores_of(found: WaveList, names: Mapping[str, str]) -> Markup:
    """`names` are the words of the zones."""
    step = _step(found.places)
    drawn: list[str] = []
    for number, cutoff in enumerate(found.cutoffs):
        lane = Lane(number * LANE_AND_ALL + HEAD, step)
        here = [place for place in found.places if cutoff.zone in place["zones"]]
        drawn += _zone(lane, here, names.get(cutoff.zone, cutoff.zone))
        drawn += _bounds(lane, cutoff, found.pass_mark)
    height = len(found.cutoffs) * LANE_AND_ALL
    return image("scores", RIGHT + EDGE, height, _told(found, names), drawn)


def _step(places: Sequence[Place]) -> int:
    """The fewest quarters of a mark by which all scores find a column; the highest may end the last one."""
    highest = max((place["score"] for place in places), default=0)
    quarters = ceil(highest / (COLUMNS * QUARTER))
    return max(1, quarters) * QUARTER


def _zone(lane: Lane, places: Sequence[Place], name: str) -> Iterator[str]:
    yield f'<text class="lane" x="{LEFT}" y="{lane.top - HEAD + 20}">{escape(name)}</text>'
    yield from _columns(lane, places)
    if not places:
        x = LEFT + WIDTH / 4
        yield f'<text class="tick" x="{x}" y="{lane.base - LANE / 3}">aucun dossier</text>'
    yield axis(LEFT, RIGHT, lane.base)
    yield from _ticks(lane)


def _columns(lane: Lane, places: Sequence[Place]) -> Iterator[str]:
    """Laureates at the foot, then those who wait, then the others."""
    counted = Counter((lane.column(place), place["outcome"]) for place in places)
    in_column = Counter(lane.column(place) for place in places)
    tallest = max(in_column.values(), default=1)
    for column in range(COLUMNS):
        low = column * lane.step
        span = f"{marks(low)} à {marks(low + lane.step - 1)}"
        y = float(lane.base)
        for outcome in OUTCOMES:
            count = counted[column, outcome]
            if not count:
                continue
            height = count * TALLEST / tallest
            y -= height
            yield _bar(outcome, lane.x(low) + 1, y, height, f"{span} : {count}")


def _bar(outcome: str, x: float, y: float, height: float, title: str) -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" width="{COLUMN_WIDTH}" height="{height:.1f}"'
    return f'<rect class="{outcome}" {at}><title>{title}</title></rect>'


def _ticks(lane: Lane) -> Iterator[str]:
    for number in range(TICKS + 1):
        score = number * COLUMNS * lane.step // TICKS
        yield f'<text class="tick" x="{lane.x(score)}" y="{lane.base + 24}">{marks(score)}</text>'


def _bounds(lane: Lane, cutoff: Cutoff, pass_mark: int) -> Iterator[str]:
    """The mark that is asked for at least, where there is one, and the last laureate's."""
    if pass_mark:
        yield _line(lane, pass_mark, "pass")
    if cutoff.score is not None:
        yield _line(lane, cutoff.score, "cut")
        yield _label(lane, cutoff.score, f"dernier lauréat : {marks(cutoff.score)}")


def _line(lane: Lane, score: int, kind: str) -> str:
    x = lane.x(score)
    return f'<line class="{kind}" x1="{x}" y1="{lane.top - 4}" x2="{x}" y2="{lane.base}"/>'


def _label(lane: Lane, score: int, text: str) -> str:
    x = lane.x(score)
    is_right = x > LEFT + WIDTH * NAME_AWAY_FROM
    at = f'x="{x - 6}" text-anchor="end"' if is_right else f'x="{x + 6}"'
    return f'<text class="label" {at} y="{lane.top - 8}">{escape(text)}</text>'


def _told(found: WaveList, names: Mapping[str, str]) -> str:
    parts = [f"Notes de {french.number(len(found.places), 'dossier', 'dossiers')}, par zone."]
    for cutoff in found.cutoffs:
        name = names.get(cutoff.zone, cutoff.zone)
        kept = "aucun lauréat"
        if cutoff.score is not None:
            seated = french.number(cutoff.laureates, "lauréat", "lauréats")
            kept = f"{seated}, dernier lauréat à {marks(cutoff.score)}"
        parts.append(f"{name} : {kept}.")
    return " ".join(parts)
