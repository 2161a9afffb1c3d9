"""The waves one after the other: how many dossiers each registered, and how many of them its list keeps.

What is drawn stands in the table under it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from deploy.portal import french
from deploy.portal.svg import axis, image

LEFT, WIDTH, HEIGHT = 8, 640, 170  # of the plot, in the units of the picture
HEAD, FOOT = 36, 34
BASE = HEAD + HEIGHT
BAR_MAX = 56
BAR_SHARE = 0.3  # of a wave's width
ABOVE = 7  # between a bar and its number


@dataclass(frozen=True, slots=True)
class WaveBars:
    """`laureates` is None before there is a list."""

    name: str
    registered: int
    laureates: int | None


def waves_picture(waves: Sequence[WaveBars]) -> Markup:
    """Empty where no dossier was registered yet."""
    tallest = max((wave.registered for wave in waves), default=0)
    if not tallest:
        return Markup("")
    each = WIDTH / len(waves)
    bar_width = min(BAR_MAX, each * BAR_SHARE)
    drawn = [axis(LEFT, LEFT + WIDTH, BASE)]
    for number, wave in enumerate(waves):
        middle = LEFT + each * (number + 0.5)
        drawn += _wave(wave, middle, bar_width, tallest)
    return image("scores", LEFT * 2 + WIDTH, BASE + FOOT, _told(waves), drawn)


def _wave(wave: WaveBars, middle: float, width: float, tallest: int) -> list[str]:
    drawn = [f'<text class="tick" x="{middle:.1f}" y="{BASE + 24}">{escape(wave.name)}</text>']
    drawn.append(_bar("declined", wave.registered, middle - width - 1, width, tallest))
    if wave.laureates is not None:
        drawn.append(_bar("laureate", wave.laureates, middle + 1, width, tallest))
    return drawn


def _bar(kind: str, count: int, x: float, width: float, tallest: int) -> str:
    height = HEIGHT * count / tallest
    top = BASE - height
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
        f'<text class="tick" x="{x + width / 2:.1f}" y="{top - ABOVE:.1f}">{count}</text>'
    )


def _told(waves: Sequence[WaveBars]) -> str:
    parts = []
    for wave in waves:
        counts = [french.number(wave.registered, "dossier", "dossiers")]
        if wave.laureates is not None:
            counts.append(french.number(wave.laureates, "lauréat", "lauréats"))
        parts.append(f"{wave.name} : {', '.join(counts)}")
    return f"Dossiers enregistrés et lauréats par vague. {' ; '.join(parts)}."
