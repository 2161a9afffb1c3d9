"""Compose on this machine's engine: brought up, its containers killed one by one, taken down."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.architecture.sources import ROOT

CONTAINER = ROOT / "deploy" / "container"
HERE = Path(__file__).parent
PROJECT = "fabriques-drill"
SAID_MAX = 4000
PROGRAMME = "/app/deploy/programmes/fabriques-de-territoire.toml"


def compose_command() -> list[str] | None:
    """The plugin of the docker command, else the program of earlier times; None where neither is here."""
    if shutil.which("docker"):
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if plugin.returncode == 0:
            return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


@dataclass
class Stack:
    """`folder` takes what `prepare` makes. `over` are further files, `told` their environment."""

    folder: Path
    command: list[str]
    over: tuple[str, ...] = ()
    told: dict[str, str] = field(default_factory=dict)

    def compose(self, *words: str) -> str:
        """What it says. Raises RuntimeError where it fails."""
        files = ["compose.yaml", *self.over]
        with tempfile.TemporaryDirectory() as folder:
            named = [
                word
                for name in files
                for word in ("--file", str(_without_name(name, Path(folder))))
            ]
            place = ["--project-directory", str(CONTAINER), "--project-name", PROJECT]
            return self._run([*self.command, *place, *named, *words])

    def _run(self, command: list[str]) -> str:
        environment = {**os.environ, "PLATFORM": str(self.folder), **self.told}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            said = f"{done.stdout[-SAID_MAX:]}{done.stderr[-SAID_MAX:]}"
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
        return done.stdout

    def containers(self) -> dict[str, dict[str, Any]]:
        """Those that run, by name."""
        label = f"label=com.docker.compose.project={PROJECT}"
        ids = self._run(["docker", "ps", "--quiet", "--filter", label]).split()
        found = json.loads(self._run(["docker", "inspect", *ids])) if ids else []
        return {one["Name"].removeprefix("/"): one for one in found}

    def kill(self, container: dict[str, Any]) -> None:
        """As a lack of memory would: what Docker is told to kill, it does not start again."""
        os.kill(container["State"]["Pid"], signal.SIGKILL)


def _without_name(name: str, folder: Path) -> Path:
    """The program of earlier times knows no `name`: the project's is told apart."""
    beside = CONTAINER / name
    content = yaml.safe_load(
        (beside if beside.exists() else HERE / name).read_text(encoding="utf-8")
    )
    content.pop("name", None)
    plain = {key: value for key, value in content.items() if not key.startswith("x-")}
    path = folder / name
    path.write_text(yaml.safe_dump(plain, sort_keys=False), encoding="utf-8")
    return path
