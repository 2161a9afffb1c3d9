"""How diverse a list is, by region: the shares of departments added up."""

from collections.abc import Iterable
from typing import Any

from shared.reference.communes import Communes

COUNTS = ("before", "laureates", "ranked")


def by_region(departments: Iterable[dict[str, Any]], communes: Communes) -> list[dict[str, Any]]:
    """Shares (`name`, a code, and COUNTS) by code; a department that no region has stands for itself."""
    regions: dict[str, dict[str, Any]] = {}
    for share in departments:
        name = communes.regions.get(share["name"], share["name"])
        region = regions.setdefault(name, {"name": name, **dict.fromkeys(COUNTS, 0)})
        for count in COUNTS:
            region[count] += share[count]
    return sorted(regions.values(), key=lambda region: str(region["name"]))
