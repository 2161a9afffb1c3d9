"""The page that a person gets: one file that needs no other, to read on a screen and to print."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from deploy.cli.export.words import label_of, word_of
from shared import french
from shared.programme import Programme

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}.*")
BY_CRITERION = ("marks", "criteria", "indicators")  # what lies in these is named by the programme
OF_ZONES = ("zone", "zones", "declared_zones")  # so is what these hold
# Who it was, and which dossier: the page tells it elsewhere.
SAID_ABOVE = ("actor", "candidature_id")
# Of a mark, as are all marks of a criterion but a reviewer's own.
IN_HUNDREDTHS = ("score", "score_needed")
Rows = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Telling:
    """How this programme names things: by id its criteria and indicators, and its zones."""

    zone: ZoneInfo
    names: Mapping[str, str]
    zones: Mapping[str, str]

    def rows(self, data: Mapping[str, Any], path: tuple[str, ...] = ()) -> Rows:
        """One row for each thing that is known, whatever it lies in; of a reason its sentence."""
        found: Rows = []
        for name, value in data.items():
            found += self._rows_of(value, (*path, name))
        return found

    def rows_of_fact(self, data: Mapping[str, Any]) -> Rows:
        return self.rows({name: value for name, value in data.items() if name not in SAID_ABOVE})

    def _rows_of(self, value: Any, path: tuple[str, ...]) -> Rows:
        if isinstance(value, dict):
            return self.rows(value, path)
        if path[-1] == "reasons":
            return [(self._label(path), reason["message"]) for reason in value]
        if isinstance(value, list) and value and isinstance(value[0], dict):
            found: Rows = []
            for number, one in enumerate(value, 1):
                found += self.rows(one, (*path[:-1], f"{label_of(path[-1])} {number}"))
            return found
        return [(self._label(path), self._text(value, path))]

    def _label(self, path: tuple[str, ...]) -> str:
        return " · ".join(
            self._name(name, above) for above, name in zip(("", *path), path, strict=False)
        )

    def _name(self, name: str, above: str) -> str:
        named = self.names.get(name) if above in BY_CRITERION else None
        return named or label_of(name)

    def _text(self, value: Any, path: tuple[str, ...]) -> str:
        if isinstance(value, list):
            return ", ".join(self._text(one, path) for one in value)
        if isinstance(value, bool):
            return "oui" if value else "non"
        if isinstance(value, int):
            return _number(value, path)
        if INSTANT.fullmatch(str(value)):
            return self.moment(str(value))
        if DAY.fullmatch(str(value)):
            return french.day(str(value))
        if path[-1] in OF_ZONES:
            return self.zones.get(value, word_of(value))
        return word_of(value)

    def word(self, name: str) -> str:
        return word_of(name)

    def moment(self, instant: str) -> str:
        return french.moment(instant, self.zone)


def _number(value: int, path: tuple[str, ...]) -> str:
    if path[-1].endswith("_cents"):
        return french.euros(value)
    of_criteria = "criteria" in path or {"argument", "marks"} <= set(path)
    return french.marks(value) if of_criteria or path[-1] in IN_HUNDREDTHS else str(value)


def page_of(document: dict[str, Any], programme: Programme) -> str:
    """The document as HTML, in French."""
    names = {one.id: one.title for one in programme.criteria}
    names |= {one.id: one.title for one in programme.indicators}
    zones = {zone.id: zone.name for zone in programme.zones}
    return TEMPLATES.get_template("page.html").render(
        document, tell=Telling(programme.zone, names, zones)
    )
