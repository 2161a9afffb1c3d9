"""A CSV file of decisions: what a cell means, and every mistake of every line at once."""

from pathlib import Path
from typing import Any

import pytest

from deploy.cli.acts.lines import LINES_MAX, checked, read_lines
from deploy.cli.terminal.failures import CommandFailed

RECEIPT = "FABT-2020-4-00012"
DOSSIER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
KNOWN = {RECEIPT: DOSSIER}
ZONES = ("outside-urban", "qpv")


def lines_of(folder: Path, text: str, fact: str | None = None, reason: str = "Vu.") -> Any:
    path = folder / "acts.csv"
    path.write_text(text, encoding="utf-8")
    return read_lines(path, fact, reason)


@pytest.mark.parametrize("between", [",", ";"])
def test_a_line_is_an_act_whose_cells_are_what_its_fields_are(tmp_path: Path, between: str) -> None:
    rows = (
        (
            "fact",
            "candidature_id",
            "zones",
            "qpv_code",
            "reviewer_id",
            "year",
            "version",
            "strengths",
            "reason",
        ),
        (
            "territory.decided",
            RECEIPT,
            "outside-urban|qpv",
            "QP063001",
            "",
            "",
            "",
            "",
            "Plan joint.",
        ),
        ("review.assigned", RECEIPT, "", "", "42", "", "", "", ""),
        ("report.accepted", RECEIPT, "", "", "", "1", "2", "", ""),
        ("comments.moderated", DOSSIER, "", "", "", "", "", "Ancré.|Clair.", ""),
        ("territory.decided", RECEIPT, "[]", "", "", "", "", "", "Hors zone."),
    )
    text = "\ufeff" + "\n".join(between.join(row) for row in rows) + "\n\n"
    found = checked(lines_of(tmp_path, text), {**KNOWN, DOSSIER: DOSSIER}, ZONES)

    assert found.mistakes == []
    territory, review, report, comments, nowhere = found.acts.values()
    assert (territory.zones, territory.qpv_code, territory.reason) == (
        ("outside-urban", "qpv"),
        "QP063001",
        "Plan joint.",
    )
    assert (review.candidature_id, review.reviewer_id, review.reason) == (DOSSIER, "42", "Vu.")
    assert (report.year, report.version, comments.strengths) == (1, 2, ("Ancré.", "Clair."))
    assert nowhere.zones == ()


def test_every_mistake_of_every_line_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = f"""fact,candidature_id,zones,reviewer_id
territory.decided,FABT-2020-4-99999,moon,
wave.stolen,{RECEIPT},,
review.assigned,{RECEIPT},qpv,
review.assigned,{RECEIPT},,anna
review.assigned,{RECEIPT},,anna
"""
    mistakes = checked(lines_of(tmp_path, text), KNOWN, ZONES).mistakes

    assert mistakes[0] == "line 2: FABT-2020-4-99999 names no dossier"
    assert mistakes[1].startswith(
        "line 2: zones: no zone is called moon: the programme has outside-urban, qpv"
    )
    assert "line 3: officers decide nothing called wave.stolen" in mistakes[2]
    assert {mistake.partition(": ")[2].partition(":")[0] for mistake in mistakes[3:5]} == {
        "zones",
        "reviewer_id",
    }
    assert mistakes[5:] == ["line 6 says the same as line 5"]


def test_a_line_without_a_reason_is_a_mistake(tmp_path: Path) -> None:
    text = f"candidature_id,reviewer_id\n{RECEIPT},anna\n"
    assert checked(lines_of(tmp_path, text, "review.assigned", ""), KNOWN, ZONES).mistakes == [
        "line 2: reason: Field required"
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("candidature_id\n", "no line under its header"),
        ("a,a\n1,2\n", "a name of its own"),
        ("a,b\n1,2,3\n", "line 2: 3 cells for 2 columns"),
        ('a,b\n"1,2\n', "line 2"),
        ("a\n" + "1\n" * (LINES_MAX + 1), "split it"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(CommandFailed, match=why):
        lines_of(tmp_path, text)


def test_a_file_in_another_encoding_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "acts.csv"
    path.write_bytes("reason\nVu à Béziers\n".encode("latin-1"))
    with pytest.raises(CommandFailed, match="CSV UTF-8"):
        read_lines(path, None, "")
