"""What laureates share with everybody, as a file: title, link, licence, by whom."""

import csv
from pathlib import Path
from typing import Any

from deploy.cli.bus import Bus
from services.funding.tools.open_data.scdl import safe_cell

COLUMNS = ("titre", "lien", "licence", "description", "lieu", "porteur", "partage_le", "reference")
FIELDS = ("title", "url", "licence", "about", "place", "holder", "shared_on", "receipt_number")


async def write_commons(bus: Bus, file: Path) -> int:
    """Returns how many lines were written: what officers accepted alone."""
    accepted = [one for one in await read_commons(bus) if one["state"] == "accepted"]
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(COLUMNS)
        table.writerows([safe_cell(one[name]) for name in FIELDS] for one in accepted)
    return len(accepted)


async def read_commons(bus: Bus) -> list[dict[str, Any]]:
    return [one async for page in bus.pages("notify", "commons") for one in page["commons"]]
