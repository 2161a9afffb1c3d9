"""Wrong use: one clear line, a non-zero exit, never a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.cli.connection import whereabouts
from deploy.cli.main import FAMILIES, main
from deploy.cli.terminal.families import LazyGroup
from deploy.local.keys.identities import make_keys
from tests.store import on_postgres
from tests.submissions import submission
from tests.system.cli.conftest import ROOT, Fabriques, environment

WRONG = [
    "no-such-family",
    "wave no-such-command",
    "submit",
    "up --port ninety",
    "up --port 70000",
    "wave approve 2020-4",
    "wave approve 2020-4 --as a --role king --reason r",
    "status one two",
    "--no-such-option",
    "dead-letters discard x",
    "tranches publish",
]
NEEDS_A_PLATFORM = [
    "status",
    "status 0198f2c4-0000-7000-8000-000000000001",
    "why x",
    "wave list",
    "wave rank 2020-4",
    "wave close 2020-4",
    "payments list",
    "dead-letters list",
    "dead-letters retry x --as moreau",
    "tranches publish --as-of 2021-06-30",
    "eligibility check --commune 03310",
]


@pytest.mark.parametrize("line", WRONG)
def test_wrong_use_is_one_line_and_a_failure(fabriques: Fabriques, line: str) -> None:
    said = fabriques(*line.split())
    assert said.code == 2
    assert len(said.errors) == 1, said.err
    assert said.errors[0].startswith("fabriques: ")
    assert "--help" in said.errors[0]
    assert said.out == ""


@pytest.mark.parametrize("line", NEEDS_A_PLATFORM)
def test_without_a_platform_a_command_says_how_to_start_one(
    fabriques: Fabriques, line: str
) -> None:
    said = fabriques(*line.split())
    assert said.code == 1
    assert len(said.errors) == 1, said.err
    assert "fabriques up" in said.errors[0]


def test_a_platform_that_is_gone_is_no_platform(fabriques: Fabriques, tmp_path: Path) -> None:
    home = tmp_path / "var"
    home.mkdir()
    record = {
        "pid": 2**22 + 1,
        "nats_url": "nats://127.0.0.1:1",
        "programme_file": "x",
        "rehearsal": False,
    }
    (home / "platform.json").write_text(json.dumps(record), encoding="utf-8")
    said = fabriques("status")
    assert (said.code, len(said.errors)) == (1, 1)
    assert "no platform runs" in said.err


@pytest.mark.parametrize(
    "line",
    [
        "payments verify",
        "payments export --as comptable-1",
        "open-data export",
        "open-data deadlines",
        "reports list",
        "reports overdue",
        "tranches publish --as-of 2021-06-30",
    ],
)
@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.usefixtures("no_databases")
def test_a_folder_without_data_is_told_and_stays_as_it_was(
    fabriques: Fabriques, tmp_path: Path, line: str, exists: bool
) -> None:
    home = tmp_path / "elsewhere"
    if exists:
        home.mkdir()
    said = fabriques(*line.split(), home=home)
    assert (said.code, len(said.errors)) == (1, 1)
    if on_postgres():
        assert str(home) in said.err or said.err.endswith("does not exist\n")
    else:
        assert str(home) in said.err
        assert "FABRIQUES_HOME" in said.err
        assert "sql" not in said.err.lower()
    assert list(home.iterdir()) == [] if exists else not home.exists()


def test_data_that_is_of_something_else_is_told_without_its_query(
    fabriques: Fabriques,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """Empty: a file, or a database of a server."""
    if on_postgres():
        empty = request.getfixturevalue("postgres_url")
        monkeypatch.setenv("FABRIQUES_FUNDING_DATABASE_URL", empty)
    else:
        data = tmp_path / "var" / "data"
        data.mkdir(parents=True)
        (data / "funding.db").write_bytes(b"")
    said = fabriques("payments", "verify")
    assert (said.code, len(said.errors)) == (1, 1)
    assert "cannot be read" in said.err
    assert "SELECT" not in said.err


@pytest.mark.parametrize("at", ["yesterday", "2020-11-03T10:00:00"])
def test_a_time_that_is_none_is_refused_before_anything_else(
    fabriques: Fabriques, tmp_path: Path, at: str
) -> None:
    said = fabriques("submit", tmp_path / "absent.json", "--at", at)
    assert (said.code, len(said.errors)) == (1, 1)
    assert "time zone" in said.err


@pytest.mark.parametrize(
    ("text", "place"), [("", "line 1, column 1"), ('{\n "a": }', "line 2, column 7")]
)
def test_text_that_is_not_json_is_told_with_its_place(
    fabriques: Fabriques, tmp_path: Path, text: str, place: str
) -> None:
    file = tmp_path / "file.json"
    file.write_text(text, encoding="utf-8")
    said = fabriques("submit", file)
    assert said.errors == [f"fabriques: {file}: not JSON: {place}"]


def test_a_home_that_is_a_file_is_one_clear_line(fabriques: Fabriques, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    said = fabriques("up", "--port", "0", "--no-pages", "--no-metrics", home=file)
    assert (said.code, len(said.errors)) == (1, 1)
    assert f"{file} cannot hold a platform's data" in said.err
    assert "Errno" not in said.err


def test_run_and_up_say_the_same_of_a_wrong_programme(fabriques: Fabriques, tmp_path: Path) -> None:
    for absent in (tmp_path / "absent.toml", tmp_path):
        run, up = (fabriques(command, "--programme", absent) for command in ("run", "up"))
        assert (run.code, run.out, run.errors) == (1, "", up.errors)
        assert "Errno" not in run.err


def test_a_url_where_nobody_listens_is_named(
    fabriques: Fabriques, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FABRIQUES_NATS_URL", "nats://127.0.0.1:1")
    keys = whereabouts.home() / "keys"
    keys.mkdir(parents=True)
    make_keys(keys)
    said = fabriques("status")
    assert said.code == 1
    assert said.errors == [
        (
            "fabriques: nobody listens at nats://127.0.0.1:1: start a platform there, or correct "
            "FABRIQUES_NATS_URL"
        )
    ]


def test_a_failure_is_json_for_a_program_that_asked_for_json(fabriques: Fabriques) -> None:
    said = fabriques("status", "--json")
    assert said.code == 1
    assert json.loads(said.err)["error"][0].startswith("no platform runs")


def test_every_mistake_of_a_file_is_said_and_nothing_is_sent(
    fabriques: Fabriques, tmp_path: Path
) -> None:
    _, body = submission(
        holder__legal_form="pirates", place__latitude=123.0, budget__requested_cents=[]
    )
    body["surprise"] = 1
    wrong = tmp_path / "wrong.json"
    not_json = tmp_path / "not.json"
    wrong.write_text(json.dumps(body), encoding="utf-8")
    not_json.write_text('{"a": NaN}', encoding="utf-8")
    said = fabriques("submit", wrong, not_json, tmp_path / "absent.json")
    assert said.code == 1
    told = "\n".join(said.errors)
    for mistake in (
        "holder.legal_form",
        "place.latitude",
        "budget.requested_cents",
        "(champ inconnu)",
        "NaN",
        "absent.json",
    ):
        assert mistake in told
    assert "no platform" not in told, "files are read before anything is connected"


def test_every_mistake_of_a_decision_is_said(fabriques: Fabriques) -> None:
    said = fabriques(
        "act", "report.accepted", "candidature_id=x", "year=0", "--as", "b", "--role", "director"
    )
    assert said.code == 1
    assert {error.split(": ")[1] for error in said.errors} == {
        "candidature_id",
        "year",
        "reason",
        "version",
    }


def test_an_unexpected_failure_is_one_line_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(LazyGroup, "resolve_command", broken)
    assert main(["status"]) == 70
    assert capsys.readouterr().err == (
        "fabriques: unexpected: ZeroDivisionError: by zero (FABRIQUES_TRACEBACK=1 shows where)\n"
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_explains_itself(fabriques: Fabriques, family: str) -> None:
    said = fabriques(family, "--help")
    assert said.code == 0
    assert "Usage: fabriques " + family in said.out


def test_help_names_every_family(fabriques: Fabriques) -> None:
    said = fabriques("--help")
    assert said.code == 0
    assert all(family in said.out for family in FAMILIES)


def test_a_typing_mistake_is_understood(fabriques: Fabriques) -> None:
    assert "Did you mean 'dead-letters'?" in fabriques("dead-leters", "list").err


def test_help_loads_no_family(tmp_path: Path) -> None:
    """The command starts in a blink: what a family needs is imported with it alone."""
    heavy = "{'pydantic', 'nats', 'sqlalchemy', 'faststream', 'structlog', 'numpy', 'shapely'}"
    check = (
        "import sys; from deploy.cli.main import main;"
        f" main(['--help']); print({heavy} & set(sys.modules))"
    )
    # The sources alone: where the tests' store is on the path, more is loaded.
    alone = environment(tmp_path) | {"PYTHONPATH": str(ROOT)}
    shown = subprocess.run(
        [sys.executable, "-c", check],
        cwd=ROOT,
        env=alone,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.splitlines()[-1] == "set()"
