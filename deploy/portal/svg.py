"""Drawings, each with a sentence: what is drawn stands beside it in words too."""

from collections.abc import Iterable
from html import escape

from markupsafe import Markup


def drawing(kind: str, width: int, height: int, told: str, drawn: Iterable[str]) -> Markup:
    """One whose parts can be reached, as links are: a group, where an image would hide them."""
    return _svg("group", kind, width, height, told, drawn)


def image(kind: str, width: int, height: int, told: str, drawn: Iterable[str]) -> Markup:
    """`told` is the sentence; every text in `drawn` is escaped already."""
    return _svg("img", kind, width, height, told, drawn)


def _svg(role: str, kind: str, width: int, height: int, told: str, drawn: Iterable[str]) -> Markup:
    size = f'viewBox="0 0 {width} {height}"'
    opening = f'<svg class="{kind}" {size} role="{role}" aria-label="{escape(told)}">'
    return Markup(f"{opening}{''.join(drawn)}</svg>")  # noqa: S704 - every text in it is escaped


def axis(left: int, right: int, y: int) -> str:
    return f'<line class="axis" x1="{left}" y1="{y}" x2="{right}" y2="{y}"/>'
