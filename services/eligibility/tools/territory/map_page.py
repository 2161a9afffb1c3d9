"""The map's page: one HTML file, readable without colours, by a screen reader and on paper."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from services.eligibility.datasets.index import TerritoryIndex
from services.eligibility.datasets.parsed import ImportRefusedError
from services.eligibility.datasets.tabular import decoded, normalised
from services.eligibility.domain.territory.answer import Answer
from services.eligibility.domain.territory.facts import Rule, Site
from services.eligibility.tools.territory import map_svg as drawing

PAGE = Path(__file__).with_name("map.html")
CODE_NAMES = ("commune_code", "insee_com", "code_commune", "codgeo", "code")
STATUS = {
    "in": "dans {code}",
    "near": "à {distance} m de {code}",
    "outside": "hors quartier prioritaire",
    "unknown": "inconnu",
    "claimed": "attesté, à vérifier",
}
URBAN = {True: "oui", False: "non", None: "inconnu"}


@dataclass(frozen=True, slots=True)
class Laureate:
    name: str
    wave: str
    site: Site


def read_laureates(data: bytes) -> list[Laureate]:
    """A CSV, or a JSON list of objects: name, commune_code (or insee_com), and if known wave, latitude, longitude."""
    text, _ = decoded(data)
    try:
        rows: Any = json.loads(text) if text.lstrip()[:1] in ("[", "{") else _csv_rows(text)
    except (json.JSONDecodeError, csv.Error) as error:
        raise ImportRefusedError([f"the list of laureates is malformed ({error})"]) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ImportRefusedError(["the list of laureates is neither CSV nor a JSON list of objects"])
    return [_laureate({normalised(k): v for k, v in row.items()}) for row in rows]


def _csv_rows(text: str) -> list[dict[str, Any]]:
    head = text.splitlines()[0] if text else ""
    return list(csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=head.count)))


def _laureate(row: dict[str, Any]) -> Laureate:
    code = next((str(row[name]).strip() for name in CODE_NAMES if row.get(name)), None)
    name = str(row.get("name") or row.get("nom") or "Sans nom")
    point = _degrees(row.get("latitude") or row.get("lat")), _degrees(row.get("longitude") or row.get("lon"))
    return Laureate(name, str(row.get("wave") or row.get("vague") or ""), Site(code, *point))


def _degrees(value: object) -> float | None:
    try:
        return float(str(value).replace(",", ".")) if value else None
    except ValueError as error:
        raise ImportRefusedError([f"a coordinate of the laureates cannot be read: {str(value)[:20]}"]) from error


def page(index: TerritoryIndex, rule: Rule, laureates: Sequence[Laureate]) -> str:
    """The whole file. A laureate without coordinates stands at its town hall; without that, in the table alone."""
    answers = index.classify_many([laureate.site for laureate in laureates], rule)
    catalogue = index.catalogue
    urban = [catalogue.town_hall(code) for code in sorted(index.urban_communes(rule))]
    placed = [(laureate, _point(index, laureate, answer)) for laureate, answer in zip(laureates, answers, strict=True)]
    layers = drawing.Layers(
        communes=catalogue.town_halls(),
        urban=[point for point in urban if point],
        perimeters=[(f"{p.code} {p.name}", p.geometry) for p in index.perimeters(rule)],
        laureates=[drawing.Marker(laureate.name, *point) for laureate, point in placed if point],
    )
    rows = [
        _row(laureate, answer, point is not None)
        for (laureate, point), answer in zip(placed, answers, strict=True)
    ]  # fmt: skip
    sources = [f"<li>{escape(d.source)} : {escape(d.version)} ({escape(d.licence)})</li>" for d in index.datasets]
    fields = {"FRAMES": drawing.frames(layers), "ROWS": rows, "SOURCES": sources}
    text = PAGE.read_text(encoding="utf-8").replace("{{COUNT}}", str(len(laureates)))
    for name, parts in fields.items():
        text = text.replace("{{" + name + "}}", "\n".join(parts))
    return text


def _point(index: TerritoryIndex, laureate: Laureate, answer: Answer) -> tuple[float, float] | None:
    site = laureate.site
    if site.latitude is not None and site.longitude is not None:
        return site.longitude, site.latitude
    return index.catalogue.town_hall(answer.commune_code) if answer.commune_code else None


def _row(laureate: Laureate, answer: Answer, placed: bool) -> str:
    commune = answer.facts.commune
    where = f"{commune.name} ({commune.code})" if commune else (laureate.site.commune_code or "")
    distance = "" if answer.qpv.distance_m is None else f"{answer.qpv.distance_m:.0f}"
    qpv = STATUS[answer.qpv.status].format(code=answer.qpv.code, distance=distance)
    cells = (laureate.wave, laureate.name, where, URBAN[answer.large_urban_centre], qpv, "oui" if placed else "non")
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
