"""The map of the departments, overseas and around Paris as insets: each count on it can be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from markupsafe import Markup

from deploy.portal.svg import drawing
from shared.reference.outlines import HEIGHT, WIDTH, Frame, Outline, load_outlines

STEPS = 4  # shades between one laureate and the most of a department
# Territories that the map does not show, as the table of communes has them for departments.
ELSEWHERE = {
    "975": "Saint-Pierre-et-Miquelon",
    "977": "Saint-Barthélemy",
    "978": "Saint-Martin",
    "986": "Wallis-et-Futuna",
    "987": "Polynésie française",
    "988": "Nouvelle-Calédonie",
}
OUTLINES = {outline.code: outline for outline in load_outlines()}
DEPARTMENTS = {code: outline.name for code, outline in OUTLINES.items()} | ELSEWHERE


@dataclass(frozen=True, slots=True)
class Counted:
    """A department that has somebody, and the address that shows them alone."""

    code: str
    count: int
    link: str

    @property
    def name(self) -> str:
        return department(self.code)


def department(code: str) -> str:
    """`Allier (03)`; the code alone where nobody knows it."""
    return f"{DEPARTMENTS[code]} ({code})" if code in DEPARTMENTS else code


def counted(counts: Mapping[str, int], path: str, choice: Mapping[str, str]) -> list[Counted]:
    """The most first, then by code. A link keeps what is chosen besides."""
    kept = {name: value for name, value in choice.items() if value}
    found = [
        Counted(code, count, f"{path}?{urlencode(kept | {'departement': code})}#carte")
        for code, count in counts.items()
        if code
    ]
    return sorted(found, key=lambda one: (-one.count, one.code))


def map_of(departments: Sequence[Counted], told: str, chosen: str = "") -> Markup:
    """The drawing, where each department that has somebody is a link. `told` is its title."""
    by_code = {one.code: one for one in departments}
    most = max((one.count for one in departments), default=0)
    parts = insets()
    for outline in load_outlines():
        found = by_code.get(outline.code)
        tone = shade(found.count, most) if found else 0
        # Around Paris, the inset has the link.
        if found and outline is OUTLINES[outline.code]:
            parts.append(_linked(outline, found, tone, chosen))
        else:
            parts.append(shaded(outline, tone))
    return drawing("map", WIDTH, HEIGHT, told, parts)


def insets() -> list[str]:
    return [_inset(frame) for frame in dict.fromkeys(one.frame for one in load_outlines())]


def _inset(frame: Frame) -> str:
    if not frame.name:
        return ""
    left, top, name = frame.left, frame.top, escape(frame.name)
    return (
        f'<rect class="inset" x="{left}" y="{top}" width="{frame.width}" height="{frame.height}" rx="12"/>'
        f'<text class="caption" x="{left + 18}" y="{top + 46}">{name}</text>'
    )


def shaded(outline: Outline, tone: int) -> str:
    return f'<path class="shade-{tone}" d="{outline.path}"/>'


def _linked(outline: Outline, found: Counted, tone: int, chosen: str) -> str:
    x, y = outline.label
    current = ' aria-current="true"' if found.code == chosen else ""
    told = f"{escape(found.name)} : {found.count}"
    return (
        f'<a href="{escape(found.link)}" class="shade-{tone}" aria-label="{told}"{current}>'
        f'<path d="{outline.path}"><title>{told}</title></path>'
        f'<text class="count" x="{x}" y="{y + 14}">{found.count}</text></a>'
    )


def shade(count: int, most: int) -> int:
    """0 for none, then 1 to STEPS."""
    return 0 if not count else 1 + (count - 1) * STEPS // max(most, 1)
