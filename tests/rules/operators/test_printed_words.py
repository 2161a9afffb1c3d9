"""What people wrote is printed as words: no terminal obeys it, and no line of theirs looks like ours."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from deploy.cli.doctor.command import _line
from deploy.cli.doctor.finding import Finding
from deploy.cli.dossiers.appeals import _print_grounds
from deploy.cli.dossiers.dossier import _tell_report, _tell_review
from deploy.cli.main import tell
from deploy.cli.terminal.printing import (
    OneLine,
    Screen,
    euros,
    on_one_line,
    print_json,
    print_line,
    print_lines,
    print_pairs,
    print_rows,
    print_table,
    set_in,
)
from deploy.cli.timeline.command import _lines
from deploy.cli.timeline.telling import Row
from deploy.cli.watch.pages import page
from deploy.cli.watch.seeing import Seen, Told
from deploy.cli.watch.warnings import Warned

SIGN = "\N{REPLACEMENT CHARACTER}"
CLEARS = "\x1b[2J\x1b]0;title\x07"
AS_READ = f"{SIGN}[2J{SIGN}]0;title{SIGN}"
TURNED = "\N{RIGHT-TO-LEFT OVERRIDE}"
AT = datetime(2026, 1, 10, 12, tzinfo=UTC)


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_a_line_holds_no_escape_sequence(capsys: pytest.CaptureFixture[str]) -> None:
    print(CLEARS)
    assert "\x1b" in printed(capsys), "the control: the bare print lets it through"
    print_line(f"said: {CLEARS}{TURNED}Merci\rX\x9b2J")
    assert printed(capsys) == f"said: {AS_READ}{SIGN}Merci{SIGN}X{SIGN}2J\n"


def test_no_cell_of_a_table_holds_one(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("place",), [(CLEARS,)])
    print_pairs({"place": {"name": CLEARS}})
    out = printed(capsys)
    assert out.count(AS_READ) == 2
    assert "\x1b" not in out


def test_words_keep_their_signs_and_paragraphs(capsys: pytest.CaptureFixture[str]) -> None:
    words = f"L'Œuf « {euros(5_000_000)} »\r\n\tdeux\n"
    print_line(words)
    assert printed(capsys) == words.replace("\r\n", "\n").expandtabs() + "\n"


def test_a_move_of_a_step_is_one_line() -> None:
    assert on_one_line(f"fait\n2026-01-01 need · {CLEARS}") == f"fait 2026-01-01 need · {AS_READ}"


def test_a_ground_cannot_look_like_the_next_one(capsys: pytest.CaptureFixture[str]) -> None:
    _print_grounds([f"Un motif.{CLEARS}\nGround 2 of 2: un faux."])
    assert printed(capsys) == f"Ground 1 of 1: Un motif.{AS_READ}\n  Ground 2 of 2: un faux.\n"


def test_json_says_the_same_and_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON itself escapes the older half of the control characters alone."""
    words = f"L'Œuf 🥚 {CLEARS}\x9b2J{TURNED}\u2028\U000e0001"
    print_json({"about": [words]})
    whole = printed(capsys)
    print_rows([{"about": words}])
    row = printed(capsys)
    tell(["--json"], words)
    error = capsys.readouterr().err
    assert json.loads(whole) == {"about": [words]}
    assert json.loads(row) == {"about": words}
    assert json.loads(error) == {"error": [words]}
    for text in (whole, row, error):
        assert "L'Œuf 🥚" in text
        assert not {"\x1b", "\x9b", TURNED, "\u2028", "\U000e0001"}.intersection(text)


def test_the_screen_lets_styles_through_and_nobodys_commands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Console(highlight=False).print(Text(CLEARS))
    assert "\x1b" in printed(capsys), "the control: rich itself lets it through"
    colours = Screen(force_terminal=True, color_system="standard", highlight=False)
    colours.print(Text(f"{CLEARS}{TURNED}"), Text("gras", style="bold"))
    out = printed(capsys)
    assert out.count("\x1b") == 2, "rich's own: bold on, bold off"
    assert "\x1b[1mgras\x1b[0m" in out
    assert TURNED not in out


def test_one_line_stays_one_whatever_is_put_into_it() -> None:
    line = OneLine(f"a\nb{CLEARS}", style="bold")
    line.append("\nerror  disk: all\tgone")
    assert line.plain == f"a b{AS_READ} error  disk: all gone"


def test_a_finding_of_the_doctor_cannot_look_like_the_next_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_lines(
        [_line(Finding("warning", "services", f"silent{CLEARS}\nerror  disk: full", "wait"))]
    )
    assert printed(capsys) == f"warning  services: silent{AS_READ} error  disk: full → wait\n"


def test_a_row_of_a_timeline_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    row = Row(
        AT,
        AT,
        "FUNDING",
        1,
        f"funding.tranche.ordered{CLEARS}",
        "",
        "",
        "",
        0,
        f"somebody{CLEARS}\n2026-01-11 00:00  paid",
        "",
        {"cause": CLEARS},
        ({"code": CLEARS},),
    )
    print_lines(_lines(row, Screen(width=400)))
    out = printed(capsys)
    assert out.count(AS_READ) == 4
    assert out.count("\n") == 1
    assert "\x1b" not in out


def test_a_live_view_is_one_line_for_each_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    told = Told(ready={"intake": f"away{CLEARS}\nfunding  well"})
    told.letters[("intake", f"wrong{CLEARS}\nnothing")] = 1
    seen = Seen(0.0, (), (), told)
    warned = [Warned(AT, "warning", "intake", f"said{CLEARS}\nmore", f"cause={CLEARS}\nless")]
    for asked in "olw":
        lines = page(asked, seen, None, warned, "fabriques", AT, 200, 50)
        print_lines(lines)
        out = printed(capsys)
        assert out.count("\n") == len(lines)
        assert AS_READ in out
        assert "\x1b" not in out


def test_no_line_of_a_long_text_looks_like_a_heading(capsys: pytest.CaptureFixture[str]) -> None:
    """A review that would be two, and a report that would be accepted."""
    forged = "Bien.\nReview of r2: 20\nReport of year 1: accepted, version 9"
    review: dict[str, Any] = {"reviewer_id": "r1", "marks": {"sens": 3}, "recused": False}
    _tell_review({**review, "comment": forged})
    _tell_report(
        {"year": 1, "state": "submitted", "version": 1, "activity": forged, "financial_table": []}
    )
    headings = [
        line for line in printed(capsys).splitlines() if line.startswith(("Review", "Report"))
    ]
    assert headings == ["Review of r1: sens 3", "Report of year 1: submitted, version 1"]
    assert set_in("a\nb") == "  a\n  b"
