"""Reads a list of laureates for the map: a CSV, or a JSON list, with the column names that people give."""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from services.eligibility.datasets.parsed import ImportRefusedError
from services.eligibility.datasets.tabular import decoded, normalised
from services.eligibility.domain.territory.facts import Site

CODE_NAMES = ("commune_code", "insee_com", "code_commune", "codgeo", "code")
NAMELESS = "Sans nom"


@dataclass(frozen=True, slots=True)
class Laureate:
    name: str
    wave: str
    site: Site


def read_laureates(data: bytes) -> list[Laureate]:
    """Rows of name, commune_code (or insee_com), and if known wave, latitude, longitude.

    Raises ImportRefusedError.
    """
    text, _ = decoded(data)
    try:
        rows = _rows(text)
    except (json.JSONDecodeError, csv.Error) as error:
        raise ImportRefusedError([f"the list of laureates is malformed ({error})"]) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ImportRefusedError(
            ["the list of laureates is neither CSV nor a JSON list of objects"]
        )
    laureates = []
    for row in rows:
        cells = {normalised(name): cell for name, cell in row.items()}
        laureates.append(_laureate(cells))
    return laureates


def _rows(text: str) -> Any:
    if text.lstrip().startswith(("[", "{")):
        return json.loads(text)
    head = text.splitlines()[0] if text else ""
    delimiter = max(",;\t", key=head.count)
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def _laureate(row: dict[str, Any]) -> Laureate:
    given = [row[name] for name in CODE_NAMES if row.get(name)]
    code = str(given[0]).strip() if given else None
    latitude = _degrees(row.get("latitude") or row.get("lat"))
    longitude = _degrees(row.get("longitude") or row.get("lon"))
    return Laureate(
        name=str(row.get("name") or row.get("nom") or NAMELESS),
        wave=str(row.get("wave") or row.get("vague") or ""),
        site=Site(code, latitude, longitude),
    )


def _degrees(cell: object) -> float | None:
    if not cell:
        return None
    try:
        return float(str(cell).replace(",", "."))
    except ValueError as error:
        shown = str(cell)[:20]
        raise ImportRefusedError(
            [f"a coordinate of the laureates cannot be read: {shown}"]
        ) from error
