"""Help is complete: each command has an example that its own options take; versions are told."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from deploy.cli.main import app
from deploy.cli.terminal.examples import EXAMPLES
from tests.system.cli.conftest import ROOT, Fabriques


def found(group: Any, words: list[str]) -> tuple[Any, list[str]]:
    """The command that these words call, and what it is called with."""
    context = typer.Context(group, info_name="fabriques")
    command = group
    while words and hasattr(command, "resolve_command"):
        name, command, words = command.resolve_command(context, words)
        context = typer.Context(command, info_name=name, parent=context)
    return command, words


def leaves() -> Iterator[str]:
    group = typer.main.get_command(app)
    for name in group.list_commands(typer.Context(group)):
        command, _ = found(group, [name])
        below = (
            command.list_commands(typer.Context(command))
            if hasattr(command, "list_commands")
            else ()
        )
        yield from (f"{name} {one}" for one in below) if below else (name,)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command sets it, and a test leaves nothing behind."""
    monkeypatch.setenv("FABRIQUES_HOME", "var")


def test_every_command_has_an_example_and_every_example_a_command() -> None:
    assert sorted(leaves()) == sorted(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_what_its_command_takes_and_is_shown_in_its_help(name: str) -> None:
    command, given = found(typer.main.get_command(app), shlex.split(EXAMPLES[name]))
    assert EXAMPLES[name].startswith(name)
    context = command.make_context(name, given, resilient_parsing=False)
    assert context.command is command
    assert command.epilog.replace("\\", "").endswith(EXAMPLES[name].replace("\\", ""))


def test_an_example_with_an_option_that_is_not_there_would_be_found() -> None:
    """The control."""
    command, given = found(typer.main.get_command(app), ["find", "x", "--no-such-option"])
    with pytest.raises(Exception, match="No such option"):
        command.make_context("find", given)


@pytest.mark.parametrize(
    "words", ["-h", "timeline -h", "wave -h", "wave rank -h", "payments export -h"]
)
def test_help_has_a_short_name_everywhere(fabriques: Fabriques, words: str) -> None:
    said = fabriques(*words.split())
    assert (said.code, said.err) == (0, "")
    assert "Usage: fabriques" in said.out


def test_the_version_tells_what_a_report_needs(fabriques: Fabriques) -> None:
    said = fabriques("--version")
    assert said.code == 0
    assert said.out.startswith("fabriques 1.0.0 (Python 3.") and "nats-server" in said.out


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("fabriques do", "doctor"),
        ("fabriques wave ra", "rank"),
        ("fabriques timeline --j", "--json"),
    ],
)
def test_a_shell_is_offered_commands_and_options_of_families_that_are_not_loaded(
    typed: str, offered: str
) -> None:
    """In a process of its own, as a shell asks."""
    asked = {"_FABRIQUES_COMPLETE": "complete_bash", "COMP_WORDS": typed, "PYTHONPATH": str(ROOT)}
    asked["COMP_CWORD"] = str(len(typed.split()) - 1)
    command = [sys.executable, "-m", "deploy.cli.main"]
    said = subprocess.run(
        command, env=os.environ | asked, capture_output=True, text=True, check=False
    )
    assert offered in said.stdout.split(), said.stderr
