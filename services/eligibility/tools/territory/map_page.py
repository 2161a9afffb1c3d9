"""The map's page: one HTML file, readable without colours, by a screen reader and on paper."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from services.eligibility.datasets.index import TerritoryIndex
from services.eligibility.domain.territory.answer import Answer
from services.eligibility.domain.territory.facts import Rule
from services.eligibility.tools.territory.laureates import Laureate
from services.eligibility.tools.territory.map_svg import Layers, Marker, Point, frames

PAGE = Path(__file__).with_name("map.html")
STATUS = {
    "in": "dans {code}",
    "near": "à {distance} m de {code}",
    "outside": "hors quartier prioritaire",
    "unknown": "inconnu",
    "claimed": "attesté, à vérifier",
}
URBAN = {True: "oui", False: "non", None: "inconnu"}
PLACED = {True: "oui", False: "non"}


@dataclass(frozen=True, slots=True)
class _Shown:
    """A laureate, the answer on their place, and where they stand on the map."""

    laureate: Laureate
    answer: Answer
    point: Point | None


def page(index: TerritoryIndex, rule: Rule, laureates: Sequence[Laureate]) -> str:
    """The whole file.

    A laureate without coordinates stands at its town hall; without that, in the table alone.
    """
    answers = index.classify_many([laureate.site for laureate in laureates], rule)
    shown = [
        _Shown(laureate, answer, _point(index, laureate, answer))
        for laureate, answer in zip(laureates, answers, strict=True)
    ]
    return _filled(
        COUNT=str(len(laureates)),
        FRAMES="\n".join(frames(_layers(index, rule, shown))),
        ROWS="\n".join(_row(one) for one in shown),
        SOURCES="\n".join(_sources(index)),
    )


def _filled(**parts: str) -> str:
    text = PAGE.read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace("{{" + name + "}}", part)
    return text


def _layers(index: TerritoryIndex, rule: Rule, shown: Sequence[_Shown]) -> Layers:
    urban = [index.landmarks.town_hall(code) for code in sorted(index.urban_communes(rule))]
    return Layers(
        communes=index.landmarks.town_halls(),
        urban=[point for point in urban if point],
        perimeters=[(f"{held.code} {held.name}", held.geometry) for held in index.perimeters(rule)],
        laureates=[Marker(one.laureate.name, *one.point) for one in shown if one.point],
    )


def _sources(index: TerritoryIndex) -> Iterable[str]:
    for dataset in index.datasets:
        yield f"<li>{escape(dataset.source)} : {escape(dataset.version)} ({escape(dataset.licence)})</li>"


def _point(index: TerritoryIndex, laureate: Laureate, answer: Answer) -> Point | None:
    if laureate.site.point:
        return laureate.site.point
    if answer.commune_code is None:
        return None
    return index.landmarks.town_hall(answer.commune_code)


def _row(shown: _Shown) -> str:
    cells = (
        shown.laureate.wave,
        shown.laureate.name,
        _where(shown),
        URBAN[shown.answer.large_urban_centre],
        _qpv(shown.answer),
        PLACED[shown.point is not None],
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _where(shown: _Shown) -> str:
    commune = shown.answer.facts.commune
    if commune:
        return commune.label
    return shown.laureate.site.commune_code or ""


def _qpv(answer: Answer) -> str:
    distance = "" if answer.qpv.distance_m is None else f"{answer.qpv.distance_m:.0f}"
    return STATUS[answer.qpv.status].format(code=answer.qpv.code, distance=distance)
