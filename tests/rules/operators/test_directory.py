"""The directory as a file: one line for each who agreed, and no cell that a spreadsheet would run."""

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from deploy.cli.connection.bus import Bus
from deploy.cli.laureates.directory import COLUMNS, write_directory


def entry(receipt: str, place: str) -> dict[str, Any]:
    return {
        "receipt_number": receipt, "place": place, "holder": "Association", "kinds": ["coworking", "fablab"],
        "commune_code": "03310", "offers": ["legal"], "needs": ["business-model", "governance"],
    }  # fmt: skip


class Pages:
    """A bus on which notify answers in two pages."""

    programme = SimpleNamespace(contact="contact@programme.example")
    pages = Bus.pages

    async def ask(self, service: str, question: str, **asked: Any) -> dict[str, Any]:
        assert (service, question) == ("notify", "directory")
        if "after" not in asked:
            return {"fabriques": [entry("FABT-2", "=Le Moulin()")], "next": "one"}
        assert asked["after"] == "one"
        return {"fabriques": [entry("FABT-1", "La Ruche")], "next": None}


async def test_every_page_is_written_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    file = tmp_path / "open-data" / "directory.csv"
    assert await write_directory(cast("Bus", Pages()), file) == 2
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert tuple(rows[0]) == COLUMNS
    assert [row["lieu"] for row in rows] == ["'=Le Moulin()", "La Ruche"]
    assert (rows[1]["propose"], rows[1]["types"]) == (
        "les questions juridiques",
        "coworking | fablab",
    )
    assert rows[1]["cherche"] == "le modèle économique | la gouvernance"
    assert (rows[1]["contact"], rows[1]["reference"]) == ("contact@programme.example", "FABT-1")
