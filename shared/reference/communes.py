"""The communes of France and their groupings (EPCI). Provenance and rebuilding: PROVENANCE.md beside this file."""

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("communes.csv.gz")
VERSION = Path(__file__).with_name("communes.version.json")
COLUMNS = ("code", "name", "department", "region", "epci", "epci_nature", "epci_name", "population", "current_code")


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune in force. `epci` is a SIREN; `epci_nature` is METRO, MET69 (Lyon), CU, CA or CC, None outside any."""

    code: str
    name: str
    department: str
    region: str
    epci: str | None
    epci_nature: str | None
    epci_name: str | None
    population: int | None


class Communes:
    """Communes by INSEE code. Codes of arrondissements and of merged communes lead to the commune in force."""

    def __init__(self, rows: dict[str, list[str]], current: dict[str, str], version: str) -> None:
        self._rows, self._current, self.version = rows, current, version

    def resolve(self, code: str) -> str | None:
        """The code of the commune in force (75101 -> 75056), or None for a code that never led to one."""
        return code if code in self._rows else self._current.get(code)

    def get(self, code: str) -> Commune | None:
        current = self.resolve(code)
        return None if current is None else _commune(self._rows[current])

    def __contains__(self, code: str) -> bool:
        return self.resolve(code) is not None

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Commune]:
        return (_commune(row) for row in self._rows.values())

    @property
    def former_codes(self) -> dict[str, str]:
        """Codes no longer in force, each with the code that replaces it."""
        return dict(self._current)


def _commune(row: list[str]) -> Commune:
    code, name, department, region, epci, nature, epci_name, population, _ = row
    size = int(population) if population else None
    return Commune(code, name, department, region, epci or None, nature or None, epci_name or None, size)


@lru_cache(maxsize=1)
def load_communes() -> Communes:
    """Read once per process, about 80 ms. Rows become objects only when asked for."""
    rows: dict[str, list[str]] = {}
    current: dict[str, str] = {}
    for row in csv.reader(gzip.decompress(TABLE.read_bytes()).decode("utf-8").splitlines()[1:]):
        if row[8]:
            current[row[0]] = row[8]
        else:
            rows[row[0]] = row
    source = json.loads(VERSION.read_text(encoding="utf-8"))
    return Communes(rows, current, f"{source['package']} {source['version']}")
