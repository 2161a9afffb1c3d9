"""What came of all support, for the programme's committee: steps counted by one thing, or row by row."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any

from deploy.portal.office.support import OWNER_NAMES, own_title, title_of_need
from deploy.portal.words import KIND_NAMES, REGIONS

COUNTS = {
    "steps": "Demandées",
    "agreed": "Convenues",
    "done": "Faites",
    "late": "En retard",
    "dropped": "Abandonnées",
}
GROUPS = {"need": "Besoin", "region": "Région", "owner": "Menée par", "year": "Année"}
VIEWS = GROUPS | {"kind": "Sorte de lieu"}
NAMES = {"region": REGIONS, "owner": OWNER_NAMES, "kind": KIND_NAMES}
UNKNOWN = "non dit"
BOM = "\ufeff"  # spreadsheets read French letters by it
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """So many steps of one group. `late` are not done yet after their day, or were done after it."""

    name: str
    counts: dict[str, int]


def counted(report: Told, by: str) -> list[Counted]:
    """Most steps first. A place of two kinds counts in both."""
    found: dict[str, dict[str, int]] = {}
    for row in report["kinds"] if by == "kind" else report["rows"]:
        counts = found.setdefault(name_of(by, row[by]), dict.fromkeys(COUNTS, 0))
        for count in COUNTS:
            counts[count] += row[count]
    listed = [Counted(name, counts) for name, counts in found.items()]
    return sorted(listed, key=lambda one: (-one.counts["steps"], one.name))


def name_of(by: str, value: Any) -> str:
    """A step that is for no need stands under its own name."""
    if by == "need":
        return own_title(value) or title_of_need(value)
    return NAMES.get(by, {}).get(value, str(value)) or UNKNOWN


def as_csv(rows: Iterable[Told]) -> str:
    """Every row in words, with semicolons, as spreadsheets in French open it."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow((*GROUPS.values(), *COUNTS.values()))
    for row in rows:
        writer.writerow(
            [*(name_of(by, row[by]) for by in GROUPS), *(row[count] for count in COUNTS)]
        )
    return BOM + text.getvalue()
