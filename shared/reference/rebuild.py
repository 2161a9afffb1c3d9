"""Rebuilds the commune table from an unpacked npm package: `python -m shared.reference.rebuild DIR`.

The same package always gives the same bytes.
"""

import csv
import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

from shared.reference.communes import COLUMNS, TABLE, VERSION

PACKAGE = "@etalab/decoupage-administratif"
Record = dict[str, Any]


def table_rows(communes: list[Record], epcis: list[Record]) -> list[list[str]]:
    """One row per commune in force, then one per former code, sorted by code."""
    in_force = {}
    for record in communes:
        if record["type"] == "commune-actuelle":
            in_force[record["code"]] = record
    grouping = {}
    for epci in epcis:
        for member in epci["membres"]:
            grouping[member["code"]] = epci
    rows = [_current_row(record, grouping.get(code)) for code, record in in_force.items()]
    names = {record["code"]: record["nom"] for record in communes if record["code"] not in in_force}
    for code, current in former_codes(communes, in_force).items():
        rows.append([code, names.get(code, ""), *[""] * 7, current])
    return sorted(rows)


def _current_row(record: Record, epci: Record | None) -> list[str]:
    grouped = [epci["code"], epci["type"], epci["nom"]] if epci else ["", "", ""]
    population = str(record.get("population", ""))
    postal = " ".join(record.get("codesPostaux", []))
    return [
        record["code"],
        record["nom"],
        record["departement"],
        record["region"],
        *grouped,
        population,
        postal,
        "",
    ]


def former_codes(communes: list[Record], in_force: dict[str, Record]) -> dict[str, str]:
    """A delegated or associated commune tells its present commune; that wins over a list of older codes."""
    found = _older_codes(in_force)
    for record in communes:
        if record["type"] != "commune-actuelle":
            found[record["code"]] = record.get("commune") or record["chefLieu"]
    former = {}
    for code, current in found.items():
        if code not in in_force and current in in_force:
            former[code] = current
    return former


def _older_codes(in_force: dict[str, Record]) -> dict[str, str]:
    claimed: dict[str, set[str]] = {}
    for record in in_force.values():
        for code in record.get("anciensCodes", []):
            claimed.setdefault(code, set()).add(record["code"])
    older = {}
    for code, currents in claimed.items():
        # A code that several communes claim was divided among them: none of them is its present one.
        if len(currents) == 1:
            [older[code]] = currents
    return older


def compressed(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return gzip.compress(text.getvalue().encode("utf-8"), compresslevel=9, mtime=0)


def main(folder: Path) -> None:
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    if package["name"] != PACKAGE:
        raise SystemExit(f"{folder} holds {package['name']}, not {PACKAGE}")
    communes, epcis = (
        json.loads((folder / "data" / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("communes", "epci")
    )
    rows = table_rows(communes, epcis)
    TABLE.write_bytes(compressed(rows))
    source = {
        "package": PACKAGE,
        "version": package["version"],
        "licence": "MIT (code), Licence Ouverte 2.0 (data)",
    }
    VERSION.write_text(json.dumps(source, indent=2) + "\n", encoding="utf-8")
    print(f"{TABLE.name}: {len(rows)} rows, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(
            "usage: python -m shared.reference.rebuild DIR   (DIR: the unpacked npm package)"
        )
    main(Path(sys.argv[1]))
