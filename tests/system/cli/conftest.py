"""A platform started by the command itself, and the command called as an operator calls it."""

import io
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.cli.main import main
from deploy.local.home.plan import PlatformRecord, read_record
from tests import store
from tests.platform import PATIENCE_SECONDS
from tests.store import path_with

ROOT = Path(__file__).parents[3]
QUIET = {
    "FABRIQUES_NATS_URL",
    "FABRIQUES_PROGRAMME_FILE",
    "FABRIQUES_AS",
    "FABRIQUES_ROLE",
    "FABRIQUES_TRACEBACK",
}


@dataclass(frozen=True)
class Said:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        assert self.out, self.err
        return json.loads(self.out)

    @property
    def errors(self) -> list[str]:
        return self.err.splitlines()


_number = itertools.count()
Fabriques = Callable[..., Said]


def environment(home: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in QUIET}
    return {**kept, "FABRIQUES_HOME": str(home), "PYTHONPATH": path_with(), "NO_COLOR": "1"}


def run_command(home: Path, *arguments: str | Path) -> str:
    """The command, for what lasts longer than a test. Returns what it printed."""
    with pytest.MonkeyPatch.context() as here, redirect_stdout(io.StringIO()) as printed:
        for name in QUIET:
            here.delenv(name, raising=False)
        here.setenv("FABRIQUES_HOME", str(home))
        code = main([str(argument) for argument in arguments])
    assert code == 0, printed.getvalue()
    return printed.getvalue()


def run_module(
    env: dict[str, str], module: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """`python -m` in a process of its own, to its end."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


class Up:
    """`fabriques up` in a process of its own, as in a terminal."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        alone = ("--port", "0", "--no-pages", "--no-metrics")
        command = [sys.executable, "-m", "deploy.cli.main", "up", *alone, *options]
        self.errors = home.with_suffix(f".{next(_number)}.err").open("a+", encoding="utf-8")
        self.process = subprocess.Popen(
            command,
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            start_new_session=True,
        )
        self.first_line = self._line()
        self.ready_line = self._line()

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    @property
    def record(self) -> PlatformRecord:
        record = read_record(self.home)
        assert record is not None, self.said_on_error()
        return record

    def said_on_error(self) -> str:
        self.errors.seek(0)
        return self.errors.read()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(PATIENCE_SECONDS)
        if self.process.stdout:
            self.process.stdout.close()
        self.errors.close()
        return code


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One platform for the commands of a module, a production platform with a wave open today."""
    with running_up(tmp_path_factory.mktemp("up") / "var") as running:
        yield running


@contextmanager
def running_up(home: Path, *options: str) -> Iterator[Up]:
    running = Up(home, *options)
    try:
        assert running.ready_line.startswith("Ready"), running.said_on_error()
        yield running
    finally:
        running.stop()


@pytest.fixture
def fabriques(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Fabriques:
    """Calls the command; without a platform its data folder is an empty one."""
    for name in QUIET:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FABRIQUES_HOME", str(tmp_path / "var"))

    def call(*arguments: str | Path, home: Path | None = None) -> Said:
        if home is not None:
            monkeypatch.setenv("FABRIQUES_HOME", str(home))
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Said(code, out, err)

    return call


@pytest.fixture
def no_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is made where none is: on PostgreSQL a folder only names those that its server lacks."""
    monkeypatch.setattr(store, "make", lambda *_: None)


@pytest.fixture
def operator(up: Up, fabriques: Fabriques) -> Fabriques:
    """The command of an operator of the running platform."""

    def call(*arguments: str | Path) -> Said:
        return fabriques(*arguments, home=up.home)

    return call
