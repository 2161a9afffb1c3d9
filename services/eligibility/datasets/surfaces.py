"""The surfaces of a file by code: made valid where they were not, those of several rows joined."""

from dataclasses import dataclass, field
from typing import Any

import shapely

from services.eligibility.datasets.geographic import in_france


@dataclass(slots=True)
class Surfaces:
    """Filled while a file is read; geometries in WGS84 degrees, longitude first."""

    parts: dict[str, list[Any]] = field(default_factory=dict)
    repaired_count: int = 0

    def add(self, code: str, geometry: Any) -> bool:
        """False for what is no surface in France: it is left out."""
        if geometry is None or not in_france(geometry):
            return False
        if not geometry.is_valid:
            geometry = shapely.make_valid(geometry)
            self.repaired_count += 1
        if geometry.area <= 0:
            return False
        self.parts.setdefault(code, []).append(geometry)
        return True

    def whole(self, code: str) -> Any:
        parts = self.parts[code]
        if len(parts) == 1:
            return parts[0]
        return shapely.union_all(parts)

    @property
    def joined_count(self) -> int:
        """How many codes have several rows."""
        return sum(len(parts) > 1 for parts in self.parts.values())
