"""The shares of departments in a list, added up by region."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.reference.communes import Communes

COUNTS = ("before", "laureates", "ranked")


def by_region(
    departments: Iterable[Mapping[str, Any]], communes: Communes, counts: Sequence[str] = COUNTS
) -> list[dict[str, Any]]:
    """Shares (`name`, a code, and `counts`) by code; a department that no region has stands for itself."""
    regions: dict[str, dict[str, Any]] = {}
    for share in departments:
        name = communes.regions.get(share["name"], share["name"])
        region = regions.setdefault(name, {"name": name, **dict.fromkeys(counts, 0)})
        for count in counts:
            region[count] += share[count]
    return sorted(regions.values(), key=lambda region: str(region["name"]))
