"""The house keeps its rules: what is locked, what is documented, what is too long, what is never in it."""

import ast
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from setuptools import find_packages

from tests.architecture.sources import ROOT, Source, all_sources, nodes

LOCKS = [ROOT / "deploy" / "lock" / name for name in ("runtime.txt", "traces.txt", "develop.txt")]
MODULE_LINES_MAX, FUNCTION_LINES_MAX = 400, 70
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
NAME = r"[a-z0-9][a-z0-9._-]*"
PIN = re.compile(rf"({NAME})(?:\[[a-z0-9,._-]+\])?==([^\s;]+)(?: ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
# In pieces, as this file must not hold them either.
INDEX_OPTION = "-".join(["--index", "url"])
MACHINE = re.compile(
    "|".join(
        [
            r"(?<![\w./-])/(?:work|root|home|Users|opt)/\w",
            *(
                r"\.".join(name)
                for name in (("files", "pythonhosted"), ("pypi", "org"), ("registry", "npmjs"))
            ),
            "-".join(["--(?:extra-)?index", r"url\s+\S"]),
        ]
    )
)


def tracked_files() -> Iterator[Path]:
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            yield ROOT / name


def functions(source: Source) -> Iterator[tuple[str, int]]:
    for node in nodes(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno
            yield f"{source.name}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def pins(lock: Path) -> dict[str, set[str]]:
    """Each package with the versions that the lock pins, one for each range of Pythons."""
    found: dict[str, set[str]] = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        if match := PIN.fullmatch(line):
            found.setdefault(match[1], set()).add(match[2])
    return found


def wrong_lines(text: str) -> list[str]:
    """Lines of a lock file that are neither a pinned package nor a hash, and packages without a hash."""
    lines = text.splitlines()
    wrong = [line for line in lines if not (PIN.fullmatch(line) or HASH.fullmatch(line))]
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if PIN.fullmatch(line) and not HASH.fullmatch(after):
            wrong.append(line)
    return wrong


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_nothing_but_pinned_packages_and_their_hashes(lock: Path) -> None:
    assert wrong_lines(lock.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "leak",
    [
        f"{INDEX_OPTION} https://example.org/simple",
        "requests==2.34.2",
        "requests @ https://example.org/r.whl",
        "-e .",
    ],
)
def test_a_lock_with_a_leak_would_be_seen(leak: str) -> None:
    good = "rich==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"
    assert wrong_lines(good) == []
    assert wrong_lines(good + leak + "\n")


def test_tests_run_on_the_very_versions_that_users_get() -> None:
    runtime, traces, develop = map(pins, LOCKS)
    assert {name: traces.get(name) for name in runtime} == runtime
    assert {name: develop.get(name) for name in traces} == traces


def test_every_package_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["build"]]
    more = ([], extras["traces"], extras["traces"] + extras["test"])
    for lock, names in zip(LOCKS, more, strict=True):
        missing = {re.split(r"[\[<>=!~ ;]", name)[0].lower() for name in wanted + names} - set(
            pins(lock)
        )
        assert missing == set(), lock.name


def test_every_target_of_the_makefile_is_documented_in_its_help() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    declared = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert declared
    documented = set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE))
    assert documented == set(declared[1].split())
    assert {"help", "run", "up", "test", "lint", "contracts", "clean"} <= documented


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_make_alone_shows_what_can_be_made() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    assert all(
        f"make {target}" in shown for target in ("run", "up", "test", "lint", "contracts", "clean")
    )


def test_no_module_is_longer_than_a_sitting() -> None:
    """A migration is generated, then kept."""
    written = [source for source in all_sources() if source.path.parent.name != "versions"]
    sizes = {source.name: len(source.text.splitlines()) for source in written}
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES_MAX} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    sizes = dict(size for source in all_sources() for size in functions(source))
    assert {name: size for name, size in sizes.items() if size > FUNCTION_LINES_MAX} == {}


def test_no_module_is_named_for_what_it_might_hold() -> None:
    paths = [source.path for source in all_sources()]
    assert [path for path in paths if VAGUE_NAMES & {path.stem, path.parent.name}] == []


def test_no_tracked_file_knows_a_machine_or_a_registry() -> None:
    allowed = {Path(__file__)}
    knows = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        knows += [
            f"{path.relative_to(ROOT)}: {match[0]}"
            for match in MACHINE.finditer(text)
            if path not in allowed
        ]
    assert knows == []


@pytest.mark.parametrize(
    "path",
    [
        "/{}/x".format("work"),
        "see /{}/x".format("root"),
        "--{} https://x".format("index-url"),
        "https://{}".format("pypi" + ".org"),
    ],
)
def test_a_machine_or_a_registry_would_be_seen(path: str) -> None:
    assert MACHINE.search(path)


@pytest.mark.parametrize(
    "name",
    [".venv/bin/python", "var/data/intake.db", "var/run/summary.json", "shared/__pycache__/x.pyc"],
)
def test_version_control_never_sees_what_is_made(name: str) -> None:
    list(tracked_files())
    ignored = subprocess.run(
        ["git", "check-ignore", "-q", "--no-index", name], cwd=ROOT, check=False
    )
    assert ignored.returncode == 0


def test_the_wheel_holds_the_product_and_no_test() -> None:
    """Benchmark and faults are run from the sources: nobody installs them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["packages"]["find"]["include"]
    packages = find_packages(str(ROOT), include=patterns)
    assert {name.partition(".")[0] for name in packages} == {"services", "shared", "deploy"}


def test_the_licence_is_the_one_that_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0" in (ROOT / "LICENSE").read_text(
        encoding="utf-8"
    )


def test_continuous_integration_runs_the_readers_own_commands() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert {"make lint", "make test", "set -eu"} <= set(script.splitlines())
