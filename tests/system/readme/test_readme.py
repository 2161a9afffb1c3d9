"""The README is true: its example is submitted, and its clients run against a real platform."""

import json
import re
import sys
from pathlib import Path

from deploy.local.running.platform import LocalPlatform
from tests.system.cli.conftest import run_command
from tests.system.readme.conftest import ROOT, adapted, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_example_is_submitted_and_looked_up(platform: LocalPlatform) -> None:
    home = platform.settings.home
    run_command(home, "submit", ROOT / "docs" / "first-candidature.json")
    assert EXAMPLE in run_command(home, "status", EXAMPLE, "--json")


def test_the_python_client_gets_its_answer(platform: LocalPlatform, tmp_path: Path) -> None:
    [source] = blocks("python")
    client = tmp_path / "first.py"
    client.write_text(adapted(source, platform), encoding="utf-8")
    subject, _, body = run([sys.executable, str(client)]).strip().partition(" ")
    assert subject.startswith(
        ("fabriques.intake.candidature.registered.", "fabriques.intake.candidature.already-")
    )
    assert json.loads(body)["receipt_number"].startswith("FABT-")


def test_the_javascript_client_gets_its_answer(
    platform: LocalPlatform, node: tuple[str, Path]
) -> None:
    interpreter, folder = node
    [source] = blocks("js")
    client = folder / "first.mjs"
    where = str(ROOT / "docs" / "first-candidature.json")
    client.write_text(
        adapted(source, platform).replace("docs/first-candidature.json", where), encoding="utf-8"
    )
    subject, _, body = run([interpreter, str(client)], folder).strip().partition(" ")
    assert subject.startswith(
        ("fabriques.intake.candidature.registered.", "fabriques.intake.candidature.already-")
    )
    assert json.loads(body)["receipt_number"].startswith("FABT-")
