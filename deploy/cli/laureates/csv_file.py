"""A table as a file that spreadsheets open."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from services.funding.tools.open_data.scdl import safe_cell


def write_table(file: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Its folder is made where it lacks; no cell is a formula. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(columns)
        table.writerows(map(safe_cell, row) for row in rows)
