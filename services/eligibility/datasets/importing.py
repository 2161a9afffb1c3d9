"""Imports a file as a dataset version: read, check, store at once.

The same file a second time changes nothing.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from services.eligibility.datasets import store
from services.eligibility.datasets.parsed import ImportRefusedError, Parsed, Progress, silent
from services.eligibility.datasets.reading import parse_bytes
from services.eligibility.datasets.tabular import BYTES_MAX
from services.eligibility.domain.territory.dataset import QPV, QPV_COMMUNES, Dataset

SOURCES = {
    "density": "INSEE, grille communale de densité à 7 niveaux",
    "urban-unit": "INSEE, unités urbaines",
    "aav": "INSEE, aires d'attraction des villes",
    "communes": "INSEE, Code officiel géographique",
    "qpv": "ANCT, quartiers prioritaires de la politique de la ville",
    "qpv-communes": "ANCT, quartiers prioritaires par commune",
    "contours": "IGN, contours des communes",
}
QPV_VALIDITY = {"2014": ("2015-01-01", "2023-12-31"), "2024": ("2024-01-01", "")}


@dataclass(frozen=True, slots=True)
class Description:
    """What the importer states of a file; what is left empty is guessed from its kind. Days are ISO texts."""

    version: str = ""
    source: str = ""
    licence: str = "Licence Ouverte 2.0"
    dated: str = ""
    valid_from: str = ""
    valid_to: str = ""
    coverage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """`new` is False where the very same file was already there."""

    dataset: Dataset
    new: bool


def import_file(
    engine: Engine,
    path: Path,
    description: Description,
    now: datetime,
    advance: Progress = silent,
) -> list[Imported]:
    """Raises ImportRefusedError; then nothing was written."""
    try:
        if path.stat().st_size > BYTES_MAX:
            raise ImportRefusedError([f"{path.name} is above 600 MB"])
        data = path.read_bytes()
    except OSError as error:
        raise ImportRefusedError([f"{path.name} cannot be read ({error.strerror})"]) from error
    sha256 = hashlib.sha256(data).hexdigest()
    with engine.connect().execution_options(reads_only=True) as connection:
        known = _already_there(connection, sha256)
    if known:
        return known
    found = parse_bytes(data, path.name, advance)
    return _stored(engine, found, path.name, sha256, description, now)


def _already_there(connection: Connection, sha256: str) -> list[Imported]:
    same = [held for held in store.datasets(connection) if held.sha256 == sha256]
    return [Imported(held, False) for held in same if not held.retired_at]


def _stored(
    engine: Engine,
    found: Sequence[Parsed],
    name: str,
    sha256: str,
    description: Description,
    now: datetime,
) -> list[Imported]:
    """Looks again once it is the only writer: two imports of one file at the same time make one version."""
    with engine.begin() as connection:
        store.take_turn(connection)
        if known := _already_there(connection, sha256):
            return known
        serials = []
        for parsed in found:
            taken = {dataset.id for dataset in store.datasets(connection)}
            about = _about(parsed, name, sha256, description, now, taken)
            serials.append(store.add(connection, parsed, about))
        return [
            Imported(dataset, True)
            for dataset in store.datasets(connection)
            if dataset.serial in serials
        ]


def _about(
    parsed: Parsed,
    name: str,
    sha256: str,
    description: Description,
    now: datetime,
    taken: set[str],
) -> dict[str, Any]:
    """The columns of a new version: what its importer states, else what its kind is known for."""
    valid_from, valid_to = _validity(parsed)
    return {
        "id": _new_id(parsed, sha256, taken),
        "kind": parsed.kind,
        "generation": parsed.generation,
        "version": description.version or name,
        "source": description.source or SOURCES[parsed.kind],
        "licence": description.licence,
        "dated": description.dated,
        "valid_from": description.valid_from or valid_from,
        "valid_to": description.valid_to or valid_to,
        "sha256": sha256,
        "row_count": parsed.row_count,
        "repaired_count": parsed.repaired_count,
        "coverage": " ".join(description.coverage or parsed.departments),
        "notes": " ".join(parsed.notes),
        "imported_at": now.isoformat(timespec="seconds"),
        "retired_at": "",
    }


def _validity(parsed: Parsed) -> tuple[str, str]:
    if parsed.kind not in (QPV, QPV_COMMUNES):
        return "", ""
    return QPV_VALIDITY.get(parsed.generation, ("", ""))


def _new_id(parsed: Parsed, sha256: str, taken: set[str]) -> str:
    """Kind, generation and digest; numbered where a retired version of the same file has that id."""
    stem = "-".join(filter(None, (parsed.kind, parsed.generation, sha256[:8])))
    identifier = stem
    number = 2
    while identifier in taken:
        identifier = f"{stem}-{number}"
        number += 1
    return identifier
