"""The picture of the scores: how many dossiers at each score, by outcome, with the cut-off of each zone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.funding.domain.selection.cutoffs import Cutoff
from services.funding.domain.selection.values import Policy, Result
from services.funding.domain.selection.wording import OUTCOMES, marks, zone_name
from shared.contract.values import Outcome

BARS = 20
QUARTER = 25  # hundredths: bars are whole quarters of a mark wide
LEFT, TOP, WIDTH, HEIGHT = 48, 64, 640, 220  # of the plot, in the units of the picture
STACK = (Outcome.LAUREATE, Outcome.WAITLISTED, Outcome.DECLINED)


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
    bottom: int = TOP + HEIGHT


def picture_of(picture_id: str, result: Result, cutoffs: Sequence[Cutoff], policy: Policy) -> Picture:
    """At most 60 bars, whatever the number of dossiers."""
    scores = [entry.score for entry in result.ranking] or [0]
    step = -(-(max(scores) + 1) // (BARS * QUARTER)) * QUARTER
    counts = Counter((entry.score // step, entry.outcome) for entry in result.ranking)
    tallest = max((sum(counts[bin_, o] for o in STACK) for bin_ in range(BARS)), default=0) or 1
    return Picture(
        id=picture_id,
        description=_description(result, cutoffs),
        bars=tuple(bar for bin_ in range(BARS) for bar in _stack(bin_, step, counts, tallest)),
        lines=tuple(_lines(cutoffs, policy, step)),
        score_ticks=tuple(Mark(_x(n * step, step), TOP + HEIGHT, marks(n * step)) for n in range(0, BARS + 1, 4)),
        count_ticks=tuple(
            Mark(LEFT, TOP + HEIGHT - HEIGHT * n / tallest, str(n)) for n in sorted({0, tallest // 2, tallest})
        ),
    )


def _x(score: int, step: int) -> float:
    return round(LEFT + WIDTH * score / (BARS * step), 2)


def _stack(bin_: int, step: int, counts: Counter[tuple[int, Outcome]], tallest: int) -> list[Bar]:
    """Laureates at the foot, the declined on top."""
    bars, base = [], float(TOP + HEIGHT)
    for outcome in STACK:
        if count := counts[bin_, outcome]:
            height = HEIGHT * count / tallest
            base -= height
            label = f"{marks(bin_ * step)} à {marks(bin_ * step + step - 1)} : {count} · {OUTCOMES[outcome]}"
            x, width = _x(bin_ * step, step) + 1, round(WIDTH / BARS - 2, 2)
            bars.append(Bar(x, round(base, 2), width, round(height, 2), outcome.value, label))
    return bars


def _lines(cutoffs: Sequence[Cutoff], policy: Policy, step: int) -> list[Mark]:
    """One label a row, so that two cut-offs at the same score can both be read."""
    found = [(c.score, f"{zone_name(c.zone)} : {marks(c.score)}") for c in cutoffs if c.score is not None]
    if policy.pass_mark:
        found.append((policy.pass_mark, f"note minimale : {marks(policy.pass_mark)}"))
    inside = [(score, label) for score, label in found if score <= BARS * step]
    return [Mark(_x(score, step), 14 + 16 * row, label) for row, (score, label) in enumerate(inside)]


def _description(result: Result, cutoffs: Sequence[Cutoff]) -> str:
    counts = Counter(entry.outcome for entry in result.ranking)
    said = ", ".join(f"{OUTCOMES[outcome]} : {counts[outcome]}" for outcome in STACK)
    cuts = [f"dernière note retenue en zone {zone_name(c.zone)} : {marks(c.score)}" for c in cutoffs if c.score]
    return "Nombre de dossiers par note. " + "; ".join([said, *cuts]) + "."
