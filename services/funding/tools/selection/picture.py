"""The picture of the scores: how many dossiers at each score, by outcome, with the cut-off of each zone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.funding.domain.selection.cutoffs import Cutoff
from services.funding.domain.selection.french import OUTCOMES, marks, zone_name
from services.funding.domain.selection.values import Policy, Result
from shared.contract.values import Outcome

BARS = 20
QUARTER = 25  # hundredths: bars are whole quarters of a mark wide
LEFT, TOP, WIDTH, HEIGHT = 48, 64, 640, 220  # of the plot, in the units of the picture
BOTTOM = TOP + HEIGHT
FIRST_LABEL, LABEL_ROW = 14, 16
BARS_A_TICK = 4
STACK = (Outcome.LAUREATE, Outcome.WAITLISTED, Outcome.DECLINED)  # laureates at the foot


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled line or tick: where it stands, and what it says."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    id: str
    description: str
    bars: tuple[Bar, ...]
    lines: tuple[Mark, ...]
    score_ticks: tuple[Mark, ...]
    count_ticks: tuple[Mark, ...]
    left: int = LEFT
    top: int = TOP
    right: int = LEFT + WIDTH
    bottom: int = BOTTOM


@dataclass(frozen=True, slots=True)
class Scale:
    """`step` is the width of a bar in hundredths of a mark, `tallest` the dossiers of the tallest bar."""

    step: int
    tallest: int

    def x(self, score: int) -> float:
        return round(LEFT + WIDTH * score / (BARS * self.step), 2)

    def height(self, count: int) -> float:
        return HEIGHT * count / self.tallest


def picture_of(
    picture_id: str, result: Result, cutoffs: Sequence[Cutoff], policy: Policy
) -> Picture:
    """At most 60 bars, whatever the number of dossiers."""
    step = _step(max((entry.score for entry in result.ranking), default=0))
    counts = Counter((entry.score // step, entry.outcome) for entry in result.ranking)
    in_bar = Counter(entry.score // step for entry in result.ranking)
    scale = Scale(step, tallest=max(in_bar.values(), default=1))
    bars: list[Bar] = []
    for number in range(BARS):
        bars += _stack(number, scale, counts)
    return Picture(
        id=picture_id,
        description=_description(result, cutoffs),
        bars=tuple(bars),
        lines=tuple(_lines(cutoffs, policy, scale)),
        score_ticks=tuple(_score_ticks(scale)),
        count_ticks=tuple(_count_ticks(scale)),
    )


def _step(highest: int) -> int:
    """The fewest whole quarters of a mark by which all scores find a bar."""
    bars_of_a_quarter = highest // QUARTER + 1
    quarters, rest = divmod(bars_of_a_quarter, BARS)
    return (quarters + 1 if rest else quarters) * QUARTER


def _stack(number: int, scale: Scale, counts: Counter[tuple[int, Outcome]]) -> Iterator[Bar]:
    """The bars of one span of scores, one on the other."""
    low = number * scale.step
    span = f"{marks(low)} à {marks(low + scale.step - 1)}"
    base = float(BOTTOM)
    for outcome in STACK:
        count = counts[number, outcome]
        if count == 0:
            continue
        height = scale.height(count)
        base -= height
        yield Bar(
            x=scale.x(low) + 1,
            y=round(base, 2),
            width=round(WIDTH / BARS - 2, 2),
            height=round(height, 2),
            kind=outcome.value,
            label=f"{span} : {count} · {OUTCOMES[outcome]}",
        )


def _lines(cutoffs: Sequence[Cutoff], policy: Policy, scale: Scale) -> Iterator[Mark]:
    """One label a row, so that two cut-offs at the same score can both be read."""
    found = [(one.score, zone_name(one.zone)) for one in cutoffs if one.score is not None]
    if policy.pass_mark:
        found.append((policy.pass_mark, "note minimale"))
    highest = BARS * scale.step
    y = FIRST_LABEL
    for score, name in found:
        if score <= highest:
            yield Mark(scale.x(score), y, f"{name} : {marks(score)}")
            y += LABEL_ROW


def _score_ticks(scale: Scale) -> Iterator[Mark]:
    for number in range(0, BARS + 1, BARS_A_TICK):
        score = number * scale.step
        yield Mark(scale.x(score), BOTTOM, marks(score))


def _count_ticks(scale: Scale) -> Iterator[Mark]:
    for count in sorted({0, scale.tallest // 2, scale.tallest}):
        yield Mark(LEFT, BOTTOM - scale.height(count), str(count))


def _description(result: Result, cutoffs: Sequence[Cutoff]) -> str:
    """The same for who does not see it."""
    counts = Counter(entry.outcome for entry in result.ranking)
    by_outcome = ", ".join(f"{OUTCOMES[outcome]} : {counts[outcome]}" for outcome in STACK)
    parts = [by_outcome]
    for cutoff in cutoffs:
        if cutoff.score:
            parts.append(
                f"dernière note retenue en zone {zone_name(cutoff.zone)} : {marks(cutoff.score)}"
            )
    return f"Nombre de dossiers par note. {'; '.join(parts)}."
