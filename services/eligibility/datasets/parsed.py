"""What a file holds once read and checked, before it is stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Progress = Callable[[int, int], None]  # rows done, rows in all


def silent(_done: int, _total: int) -> None:
    """For an import that nobody watches."""


class ImportRefusedError(ValueError):
    """The file cannot be imported; `reasons` has one French sentence for each thing to mend."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(" ".join(self.reasons))


@dataclass(frozen=True, slots=True)
class CommuneRow:
    """What one dataset says of a commune; `level` and `codes` mean what the dataset's kind makes of them."""

    code: str
    name: str
    level: int | None = None
    codes: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Perimeter:
    """`geometry` in WGS84 degrees, longitude first, valid."""

    code: str
    name: str
    department: str
    communes: tuple[str, ...]
    geometry: Any


@dataclass(slots=True)
class Parsed:
    """`notes` tell the person who imports what was repaired, dropped or guessed."""

    kind: str
    generation: str = ""
    communes: list[CommuneRow] = field(default_factory=list)
    perimeters: list[Perimeter] = field(default_factory=list)
    departments: tuple[str, ...] = ()
    repaired_count: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def row_count(self) -> int:
        return len(self.communes) + len(self.perimeters)
