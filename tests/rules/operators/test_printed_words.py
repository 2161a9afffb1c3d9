"""What people wrote is printed as words: no terminal obeys it, and no line of theirs looks like ours."""

import json

import pytest

from deploy.cli.appeals import _print_grounds
from deploy.cli.main import tell
from deploy.cli.printing import (
    euros,
    on_one_line,
    print_json,
    print_line,
    print_pairs,
    print_rows,
    print_table,
)

SIGN = "\N{REPLACEMENT CHARACTER}"
CLEARS = "\x1b[2J\x1b]0;title\x07"
AS_READ = f"{SIGN}[2J{SIGN}]0;title{SIGN}"
TURNED = "\N{RIGHT-TO-LEFT OVERRIDE}"


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
