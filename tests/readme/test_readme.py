"""The README is true: its clients run against a real platform, its commands exist, its links lead somewhere."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.plan import PlatformPlan
from deploy.local.platform import LocalPlatform

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = "\n".join([README, *(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md")))])
EXAMPLE = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
INSTALL_SECONDS_MAX = 120
RUN_SECONDS_MAX = 60


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands() -> Iterator[str]:
    """Every `fabriques …` that a page names, as typed; ` · `export`` stands for the same family again."""
    for whole, more in re.findall(r"`(?:\.venv/bin/)?fabriques ([a-z][^`]*)`((?: · `[a-z-]+`)*)", PAGES):
        yield whole
        for word in re.findall(r"`([a-z-]+)`", more):
            yield f"{whole.split()[0]} {word}"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlatform]:
    with LocalPlatform(PlatformPlan(home=tmp_path_factory.mktemp("readme") / "var")) as running:
        yield running


def adapted(source: str, platform: LocalPlatform) -> str:
    """The README's own client, on the port and the folder of this test."""
    address = platform.settings.nats_url.removeprefix("nats://")
    return source.replace("127.0.0.1:4222", address).replace("var/keys", str(platform.settings.home / "keys"))


def run(command: list[str], folder: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


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


def test_the_javascript_client_gets_its_answer(platform: LocalPlatform, tmp_path: Path) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("Node.js is not installed: the JavaScript client of the README was not tried")
    install = [npm, "install", "--silent", "--no-audit", "--no-fund", "nats"]
    done = subprocess.run(install, cwd=tmp_path, capture_output=True, timeout=INSTALL_SECONDS_MAX, check=False)
    if done.returncode:
        pytest.skip("the npm registry cannot be reached: the JavaScript client of the README was not tried")
    [source] = blocks("js")
    client = tmp_path / "first.mjs"
    where = str(ROOT / "docs" / "first-candidature.json")
    client.write_text(adapted(source, platform).replace("docs/first-candidature.json", where), encoding="utf-8")
    subject, _, body = run([node, str(client)], tmp_path).strip().partition(" ")
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
