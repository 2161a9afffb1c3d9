"""What runs before a commit, and on a forge, is what there is: targets, modules, files.

Nothing is fetched unpinned.
"""

import re
from importlib.util import find_spec
from typing import Any

import yaml

from tests.architecture.sources import ROOT


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def steps() -> list[dict[str, Any]]:
    jobs = read(".github/workflows/ci.yml")["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


def hooks() -> list[dict[str, Any]]:
    repositories = read(".pre-commit-config.yaml")["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    return [hook for repository in repositories for hook in repository["hooks"]]


def missing(command: str) -> str:
    """What a command names and is not there; empty where all is."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\S+)", command):
        if not re.search(rf"^{target}:", makefile, flags=re.MULTILINE):
            return str(target)
    for module in re.findall(r"-m (\S+)", command):
        if find_spec(module) is None:
            return str(module)
    return next(
        (path for path in re.findall(r"\S+\.py\b", command) if not (ROOT / path).exists()), ""
    )


def test_every_command_names_what_is_there() -> None:
    commands = [step["run"] for step in steps() if "run" in step] + [
        hook["entry"] for hook in hooks()
    ]
    assert [found for found in map(missing, commands) if found] == []
    assert {"make lint", "make test"} <= set(commands)


def test_actions_are_pinned_to_a_version() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    assert [action for action in used if not re.search(r"@v[0-9]+", action)] == []


def test_a_command_that_names_what_is_gone_is_found() -> None:
    """The control."""
    assert missing("make tidy") == "tidy"
    assert missing("python -m deploy.gone") == "deploy.gone"
    assert missing("python -m pytest tests/gone.py") == "tests/gone.py"
