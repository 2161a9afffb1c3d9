"""A service in its own process, as a container runs it: it starts when it may, and says when it is ready."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from deploy import service
from deploy.local.running.child_process import end
from deploy.local.server.nats_server import free_port, start_server, write_config
from tests.platform import PATIENCE_SECONDS
from tests.system.cli.conftest import ROOT, environment, run_module


@dataclass(frozen=True)
class Server:
    """A server with keys; `env` is the environment of what runs beside it."""

    env: dict[str, str]
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        end(self.process, 10.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a platform whose bus is not provisioned yet."""
    home = tmp_path_factory.mktemp("made") / "var"
    said = run_module(environment(home), "deploy.cli.main", "provision", "keys")
    assert "wave 2020-4 is open" in said.stdout
    return home


@pytest.fixture(scope="module")
def provisioned(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, once its bus is; the server is stopped."""
    home = Path(shutil.copytree(made, tmp_path_factory.mktemp("provisioned") / "var"))
    with serving(home) as server:
        assert run_module(server.env, "deploy.cli.main", "provision", "apply").returncode == 0
    return home


@contextmanager
def serving(home: Path) -> Iterator[Server]:
    port = free_port()
    config = write_config(home, "fabriques", "127.0.0.1", port)
    process = start_server(config, "127.0.0.1", port, home / "logs" / "nats.log")
    told = {
        "FABRIQUES_NATS_URL": f"nats://127.0.0.1:{port}",
        "FABRIQUES_PROGRAMME_FILE": str(home / "programme.toml"),
        "FABRIQUES_HTTP_PORT": str(free_port()),
    }
    try:
        yield Server(environment(home) | told, process)
    finally:
        end(process, 10.0)


@pytest.fixture
def nats(provisioned: Path, tmp_path: Path) -> Iterator[Server]:
    """The server of a platform that is provisioned, of this test alone."""
    with serving(Path(shutil.copytree(provisioned, tmp_path / "var"))) as server:
        yield server


def get(env: dict[str, str], path: str) -> tuple[int, str]:
    try:
        with urlopen(f"http://127.0.0.1:{env['FABRIQUES_HTTP_PORT']}{path}", timeout=6) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()
    except (URLError, OSError):
        return 0, ""


def test_a_service_refuses_to_start_before_the_bus_is_provisioned(
    made: Path, tmp_path: Path
) -> None:
    with serving(Path(shutil.copytree(made, tmp_path / "var"))) as server:
        refused = run_module(server.env, "deploy.service", "intake")
    assert refused.returncode == 4
    said = json.loads(refused.stderr.splitlines()[-1])
    assert said["event"] == "cannot serve"
    assert "provision it again" in said["cause"]


def test_a_provisioned_service_says_it_is_ready_and_stops_when_told(nats: Server) -> None:
    env = nats.env
    with intake_process(env, "/ready") as process:
        ready = json.loads(get(env, "/ready")[1])
        assert ready["ready"]
        assert "intake-on-frontdesk_holders" in ready["consumers"]
        assert (
            'fabriques_backlog_events{durable="intake-on-frontdesk_holders"} 0.0'
            in get(env, "/metrics")[1]
        )
        assert get(env, "/health")[0] == 200
        assert get(env, "/elsewhere")[0] == 404
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0


@contextmanager
def intake_process(env: dict[str, str], answers: str) -> Iterator[subprocess.Popen[bytes]]:
    """The counter in a process of its own, once it answers there."""
    command = [sys.executable, "-m", "deploy.service", "intake"]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while get(env, answers)[0] != 200:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("served_before", [True, False])
def test_a_service_that_is_told_to_stop_while_the_broker_is_away_ends_well(
    nats: Server, how: signal.Signals, served_before: bool
) -> None:
    if not served_before:
        nats.stop()
    with intake_process(nats.env, "/ready" if served_before else "/health") as process:
        nats.stop()
        os.kill(process.pid, how)
        assert process.wait(PATIENCE_SECONDS) == 0


def test_wrong_use_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert service.main(["bank"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("usage: python -m deploy.")
