"""What laureates share with everybody, as a file: title, link, licence, by whom."""

from pathlib import Path
from typing import Any

from deploy.cli.connection.bus import Bus
from deploy.cli.laureates.csv_file import write_table

COLUMNS = ("titre", "lien", "licence", "description", "lieu", "porteur", "partage_le", "reference")
FIELDS = ("title", "url", "licence", "about", "place", "holder", "shared_on", "receipt_number")


async def write_commons(bus: Bus, file: Path) -> int:
    """Returns how many lines were written: what officers accepted alone."""
    accepted = [one for one in await read_commons(bus) if one["state"] == "accepted"]
    write_table(file, COLUMNS, ([one[name] for name in FIELDS] for one in accepted))
    return len(accepted)


async def read_commons(bus: Bus) -> list[dict[str, Any]]:
    return [one async for page in bus.pages("notify", "commons") for one in page["commons"]]
