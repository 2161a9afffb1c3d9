"""The communes of France and their groupings (EPCI).

Provenance and rebuilding: PROVENANCE.md beside this file.
"""

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("communes.csv.gz")
VERSION = Path(__file__).with_name("communes.version.json")
COLUMNS = (
    "code", "name", "department", "region", "epci", "epci_nature", "epci_name", "population", "postal_codes",
    "current_code",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune in force.

    `epci` is a SIREN; `epci_nature` is METRO, MET69 (Lyon), CU, CA or CC, None outside any.
    """

    code: str
    name: str
    department: str
    region: str
    epci: str | None
    epci_nature: str | None
    epci_name: str | None
    population: int | None
    postal_codes: tuple[str, ...] = ()


class Communes:
    """Communes by INSEE code. Codes of arrondissements and of merged communes lead to the commune in force.

    A row stays the line of text it came as until somebody asks for it: 35 000 lists of texts would take three
    times the memory, and the garbage collector's time.
    """

    def __init__(self, lines: dict[str, str], current: dict[str, str], version: str) -> None:
        self._lines, self._current, self.version = lines, current, version

    def resolve(self, code: str) -> str | None:
        """The code of the commune in force (75101 -> 75056), or None for a code that never led to one."""
        return code if code in self._lines else self._current.get(code)

    def get(self, code: str) -> Commune | None:
        current = self.resolve(code)
        return None if current is None else _commune(self._lines[current])

    def at_postal_code(self, postal_code: str) -> list[Commune]:
        """The communes La Poste serves under it; none for what no commune has (a CEDEX, a mistake)."""
        return [_commune(self._lines[code]) for code in self._postal.get(postal_code, ())]

    def is_postal_code(self, code: str) -> bool:
        return code in self._postal

    @cached_property
    def _postal(self) -> dict[str, list[str]]:
        """Read when it is first asked for: the last column but one needs no CSV reader."""
        found: dict[str, list[str]] = {}
        for code, line in self._lines.items():
            for served in line.rsplit(",", 2)[1].split():
                found.setdefault(served, []).append(code)
        return found

    @cached_property
    def regions(self) -> dict[str, str]:
        """The region of each department, by their codes. Read when it is first asked for: every row is."""
        return {commune.department: commune.region for commune in self}

    def __contains__(self, code: str) -> bool:
        return self.resolve(code) is not None

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[Commune]:
        return (_commune(line) for line in self._lines.values())

    @property
    def former_codes(self) -> dict[str, str]:
        """Codes no longer in force, each with the code that replaces it."""
        return dict(self._current)


def _commune(line: str) -> Commune:
    code, name, department, region, epci, nature, epci_name, population, postal, _ = next(
        csv.reader([line])
    )
    size = int(population) if population else None
    served = tuple(postal.split())
    return Commune(
        code,
        name,
        department,
        region,
        epci or None,
        nature or None,
        epci_name or None,
        size,
        served,
    )


@lru_cache(maxsize=1)
def load_communes() -> Communes:
    """Read once per process, about 20 ms.

    The first and the last column are codes: they need no CSV reader.
    """
    lines: dict[str, str] = {}
    current: dict[str, str] = {}
    for line in gzip.decompress(TABLE.read_bytes()).decode("utf-8").splitlines()[1:]:
        code, successor = line[:5], line.rpartition(",")[2]
        if successor:
            current[code] = successor
        else:
            lines[code] = line
    source = json.loads(VERSION.read_text(encoding="utf-8"))
    return Communes(lines, current, f"{source['package']} {source['version']}")
