"""One version of one file of reference data, as answers name it."""

from dataclasses import dataclass
from datetime import date

from shared.value import value

DENSITY = "density"
URBAN_UNIT = "urban-unit"
AAV = "aav"
COMMUNES = "communes"
QPV = "qpv"
QPV_COMMUNES = "qpv-communes"
CONTOURS = "contours"


@value
class DatasetRef:
    """The version an answer rests on."""

    id: str
    kind: str
    version: str
    source: str
    licence: str
    sha256: str

    def as_evidence(self) -> dict[str, str]:
        return {
            "id": self.id,
            "kind": self.kind,
            "version": self.version,
            "source": self.source,
            "sha256": self.sha256,
        }


@dataclass(frozen=True, slots=True)
class Dataset:
    """A stored version. Days are ISO texts, empty where unknown or open; `coverage` is departments."""

    serial: int
    id: str
    kind: str
    generation: str
    version: str
    source: str
    licence: str
    dated: str
    valid_from: str
    valid_to: str
    sha256: str
    row_count: int
    repaired_count: int
    coverage: tuple[str, ...]
    notes: str
    imported_at: str
    retired_at: str

    @property
    def ref(self) -> DatasetRef:
        return DatasetRef(
            self.id,
            self.kind,
            self.version,
            self.source,
            self.licence,
            self.sha256,
        )

    def is_valid_on(self, day: date | None) -> bool:
        """Without a day, the days of the data do not matter."""
        if day is None:
            return True
        iso = day.isoformat()
        has_begun = not self.valid_from or self.valid_from <= iso
        has_ended = bool(self.valid_to) and self.valid_to < iso
        return has_begun and not has_ended
