"""The README is true: its clients run against a real platform, its commands exist, its links lead somewhere."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.platform import LocalPlatform
from tests.readme.conftest import ROOT, adapted, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = "\n".join([README, *(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md")))])
EXAMPLE = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands() -> Iterator[str]:
    """Every `fabriques …` that a page names, as typed; ` · `export`` stands for the same family again."""
    for whole, more in re.findall(r"`(?:\.venv/bin/)?fabriques ([a-z][^`]*)`((?: · `[a-z-]+`)*)", PAGES):
        yield whole
        for word in re.findall(r"`([a-z-]+)`", more):
            yield f"{whole.split()[0]} {word}"


def test_the_example_is_submitted_and_looked_up(platform: LocalPlatform) -> None:
    home = ["--home", str(platform.settings.home)]
    fabriques = [sys.executable, "-m", "deploy.cli.main", *home]
    run([*fabriques, "submit", "docs/first-candidature.json"])
    assert EXAMPLE in run([*fabriques, "status", EXAMPLE, "--json"])


def test_the_python_client_gets_its_answer(platform: LocalPlatform, tmp_path: Path) -> None:
    [source] = blocks("python")
    client = tmp_path / "first.py"
    client.write_text(adapted(source, platform), encoding="utf-8")
    subject, _, body = run([sys.executable, str(client)]).strip().partition(" ")
    assert subject.startswith(("fabriques.intake.candidature.registered.", "fabriques.intake.candidature.already-"))
    assert json.loads(body)["receipt_number"].startswith("FABT-")


def test_the_javascript_client_gets_its_answer(platform: LocalPlatform, node: tuple[str, Path]) -> None:
    interpreter, folder = node
    [source] = blocks("js")
    client = folder / "first.mjs"
    where = str(ROOT / "docs" / "first-candidature.json")
    client.write_text(adapted(source, platform).replace("docs/first-candidature.json", where), encoding="utf-8")
    subject, _, body = run([interpreter, str(client)], folder).strip().partition(" ")
    assert subject.startswith(("fabriques.intake.candidature.registered.", "fabriques.intake.candidature.already-"))
    assert json.loads(body)["receipt_number"].startswith("FABT-")


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_every_command_named_exists(command: str) -> None:
    words = [word for word in command.split() if re.fullmatch(r"[a-z][a-z-]*", word)]
    run([sys.executable, "-m", "deploy.cli.main", *words, "--help"])


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`?make ([a-z-]+)[` ]", PAGES))))
def test_every_make_target_named_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE), target


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_link_leads_to_a_file(link: str) -> None:
    assert (ROOT / link).exists()
