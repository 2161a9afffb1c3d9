"""The directory of the community as a file: who agreed to be found, reached through the programme."""

from pathlib import Path
from typing import Any

from deploy.cli.connection.bus import Bus
from deploy.cli.laureates.csv_file import write_table
from services.notify.domain.sentences import need
from shared.reference.communes import Communes, load_communes

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
    contact = bus.programme.contact
    write_table(file, COLUMNS, (_row(one, communes, contact) for one in found))
    return len(found)


async def _listed(bus: Bus) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async for page in bus.pages("notify", "directory", limit=PAGE):
        found += page["fabriques"]
    return sorted(found, key=lambda one: (one["place"], one["receipt_number"]))


def _row(one: dict[str, Any], communes: Communes, contact: str) -> tuple[str, ...]:
    commune = communes.get(one["commune_code"])
    return (
        one["place"],
        one["holder"],
        LIST.join(one["kinds"]),
        commune.name if commune else "",
        one["commune_code"],
        LIST.join(map(need, one["offers"])),
        LIST.join(map(need, one["needs"])),
        contact,
        one["receipt_number"],
    )
