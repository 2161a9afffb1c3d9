"""The scores of a wave against the cut-off of each zone: a lane for each, a column for each span of scores.

A dossier of two zones stands in both lanes. What is drawn stands beside it in words and in a table.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import ceil
from typing import Any

from markupsafe import Markup

from deploy.portal.office.wave import OUTCOMES, Cutoff, WaveList
from shared.french import marks

COLUMNS = 40
QUARTER = 25  # hundredths: columns are whole quarters of a mark wide
LEFT, WIDTH = 44, 620  # of a lane, in the units of the picture
LANE, FOOT, HEAD = 150, 44, 58  # what a lane draws, what stands under and over it
TICKS = 5
EDGE = 42  # room for the last tick
NAME_AWAY_FROM = 0.6  # of the width: a label further right stands left of its line


def scores_of(found: WaveList, names: Mapping[str, str]) -> Markup:
    """`names` are the words of the zones."""
    step = _step(found.places)
    height = len(found.cutoffs) * (HEAD + LANE + FOOT)
    told = escape(_told(found, names))
    opening = (
        f'<svg class="scores" viewBox="0 0 {LEFT + WIDTH + EDGE} {height}" role="img" aria-label="{told}">'
    )
    lanes = []
    for number, cutoff in enumerate(found.cutoffs):
        top = number * (HEAD + LANE + FOOT) + HEAD
        here = [place for place in found.places if cutoff.zone in place["zones"]]
        lanes.append(_lane(here, cutoff, step, top, names.get(cutoff.zone, cutoff.zone), found.pass_mark))
    return Markup(f"{opening}{''.join(lanes)}</svg>")  # noqa: S704 - every text in it is escaped


def _step(places: Sequence[dict[str, Any]]) -> int:
    """The fewest quarters of a mark by which all scores find a column; the highest may end the last one."""
    highest = max((place["score"] for place in places), default=0)
    return max(1, ceil(highest / (COLUMNS * QUARTER))) * QUARTER


def _x(score: int, step: int) -> float:
    return round(LEFT + WIDTH * score / (COLUMNS * step), 1)


def _lane(
    places: Sequence[dict[str, Any]], cutoff: Cutoff, step: int, top: int, name: str, pass_mark: int
) -> str:
    base = top + LANE
    drawn = [f'<text class="lane" x="{LEFT}" y="{top - HEAD + 20}">{escape(name)}</text>']
    drawn += _columns(places, step, base)
    if not places:
        drawn.append(f'<text class="tick" x="{LEFT + WIDTH / 4}" y="{base - LANE / 3}">aucun dossier</text>')
    drawn.append(f'<line class="axis" x1="{LEFT}" y1="{base}" x2="{LEFT + WIDTH}" y2="{base}"/>')
    drawn += _ticks(step, base)
    if pass_mark:
        drawn.append(_line(pass_mark, step, top, base, "pass", ""))
    if cutoff.score is not None:
        drawn.append(_line(cutoff.score, step, top, base, "cut", f"dernier lauréat : {marks(cutoff.score)}"))
    return "".join(drawn)


def _columns(places: Sequence[dict[str, Any]], step: int, base: int) -> Iterator[str]:
    """Laureates at the foot, then those who wait, then the others."""
    counted = Counter((_column(place, step), place["outcome"]) for place in places)
    tallest = max(Counter(_column(place, step) for place in places).values(), default=1)
    width = round(WIDTH / COLUMNS - 2, 1)
    for column in range(COLUMNS):
        y = float(base)
        for outcome in OUTCOMES:
            count = counted[column, outcome]
            if not count:
                continue
            height = count * (LANE - 6) / tallest
            y -= height
            x = _x(column * step, step) + 1
            span = f"{marks(column * step)} à {marks((column + 1) * step - 1)}"
            yield (
                f'<rect class="{outcome}" x="{x:.1f}" y="{y:.1f}" width="{width}" height="{height:.1f}">'
                f"<title>{span} : {count}</title></rect>"
            )


def _column(place: dict[str, Any], step: int) -> int:
    return min(int(place["score"]) // step, COLUMNS - 1)


def _ticks(step: int, base: int) -> Iterator[str]:
    for number in range(TICKS + 1):
        score = number * COLUMNS * step // TICKS
        yield f'<text class="tick" x="{_x(score, step)}" y="{base + 24}">{marks(score)}</text>'


def _line(score: int, step: int, top: int, base: int, kind: str, label: str) -> str:
    x = _x(score, step)
    drawn = f'<line class="{kind}" x1="{x}" y1="{top - 4}" x2="{x}" y2="{base}"/>'
    if not label:
        return drawn
    is_right = x > LEFT + WIDTH * NAME_AWAY_FROM
    at = f'x="{x - 6}" text-anchor="end"' if is_right else f'x="{x + 6}"'
    return f'{drawn}<text class="label" {at} y="{top - 8}">{escape(label)}</text>'


def _told(found: WaveList, names: Mapping[str, str]) -> str:
    parts = [f"Notes de {len(found.places)} dossiers, par zone."]
    for cutoff in found.cutoffs:
        name = names.get(cutoff.zone, cutoff.zone)
        last = "aucun lauréat" if cutoff.score is None else f"dernier lauréat à {marks(cutoff.score)}"
        parts.append(f"{name} : {cutoff.laureates} lauréats, {last}.")
    return " ".join(parts)
