"""The directory of the community as a file: who agreed to be found, reached through the programme."""

import csv
from pathlib import Path
from typing import Any

from deploy.cli.bus import Bus
from services.funding.tools.open_data.scdl import safe_cell
from services.notify.domain.sentences import need
from shared.reference.communes import load_communes

COLUMNS = (
    "lieu",
    "porteur",
    "types",
    "commune",
    "code_insee",
    "propose",
    "cherche",
    "contact",
    "reference",
)
PAGE = 500
LIST = " | "  # between the values of one cell


async def write_directory(bus: Bus, file: Path) -> int:
    """Returns how many lines were written. One is reached by the programme, which is told the reference."""
    found = await _listed(bus)
    communes = load_communes()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(COLUMNS)
        for one in found:
            commune = communes.get(one["commune_code"])
            table.writerow(_row(one, commune.name if commune else "", bus.programme.contact))
    return len(found)


async def _listed(bus: Bus) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async for page in bus.pages("notify", "directory", limit=PAGE):
        found += page["fabriques"]
    return sorted(found, key=lambda one: (one["place"], one["receipt_number"]))


def _row(one: dict[str, Any], commune: str, contact: str) -> tuple[str, ...]:
    return (
        safe_cell(one["place"]),
        safe_cell(one["holder"]),
        LIST.join(one["kinds"]),
        commune,
        one["commune_code"],
        LIST.join(map(need, one["offers"])),
        LIST.join(map(need, one["needs"])),
        contact,
        one["receipt_number"],
    )
