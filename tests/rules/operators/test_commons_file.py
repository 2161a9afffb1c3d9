"""What laureates share as a file: what officers accepted alone, and no cell that a spreadsheet would run."""

import csv
from pathlib import Path
from typing import Any, cast

import pytest

from deploy.cli.connection.bus import Bus
from deploy.cli.laureates import community
from deploy.cli.laureates.commons import COLUMNS, write_commons


def common(name: str, state: str) -> dict[str, Any]:
    return {
        "common": name, "state": state, "title": f"={name}", "url": "https://moulin.example/a",
        "about": "Guide", "licence": "CC0-1.0", "place": "Le Moulin", "holder": "SCIC",
        "shared_on": "2022-03-01",
        "receipt_number": "FABT-1",
    }  # fmt: skip


class Pages:
    pages = Bus.pages

    async def ask(self, service: str, question: str, **asked: Any) -> dict[str, Any]:
        assert (service, question) == ("notify", "commons")
        if "after" not in asked:
            return {"commons": [common("a", "accepted"), common("b", "proposed")], "next": "one"}
        return {"commons": [common("c", "refused"), common("d", "accepted")], "next": None}


async def test_what_nobody_accepted_is_not_published(tmp_path: Path) -> None:
    file = tmp_path / "open-data" / "commons.csv"
    assert await write_commons(cast("Bus", Pages()), file) == 2
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert tuple(rows[0]) == COLUMNS
    assert [row["titre"] for row in rows] == ["'=a", "'=d"]


def test_an_officer_reads_all_that_will_be_published(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = common("common-1", "proposed") | {"revision": 1, "about": "Un\nguide\x1b[2K"}
    monkeypatch.setattr(community, "with_bus", lambda _: [shared])
    monkeypatch.setenv("COLUMNS", "180")
    community.commons()
    assert "Un guide\N{REPLACEMENT CHARACTER}[2K" in capsys.readouterr().out
