"""A service in its own process, as a container runs it: it starts when it may, and says when it is ready."""

import json
import os
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

from deploy.local.child_process import end
from deploy.local.nats_server import free_port, start_server, write_config
from tests.platform import PATIENCE_SECONDS
from tests.system.cli.conftest import ROOT, environment


@dataclass(frozen=True)
class Server:
    """A server with keys; `env` is the environment of what runs beside it."""

    env: dict[str, str]
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        end(self.process, 10.0)


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Server]:
    """Nothing is provisioned yet."""
    home = tmp_path / "var"
    port = free_port()
    env = environment(home) | {"FABRIQUES_NATS_URL": f"nats://127.0.0.1:{port}"}
    said = run(env, "deploy.provision", "keys")
    assert "wave 2020-4 is open" in said.stdout
    config = write_config(home, "fabriques", "127.0.0.1", port)
    process = start_server(config, "127.0.0.1", port, home / "logs" / "nats.log")
    env |= {"FABRIQUES_PROGRAMME_FILE": str(home / "programme.toml"), "FABRIQUES_HTTP_PORT": str(free_port())}
    yield Server(env, process)
    end(process, 10.0)


@pytest.fixture
def server(nats: Server) -> dict[str, str]:
    return nats.env


def run(env: dict[str, str], module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )


def get(env: dict[str, str], path: str) -> tuple[int, str]:
    try:
        with urlopen(f"http://127.0.0.1:{env['FABRIQUES_HTTP_PORT']}{path}", timeout=6) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()
    except (URLError, OSError):
        return 0, ""


def test_a_service_refuses_to_start_before_the_bus_is_provisioned(server: dict[str, str]) -> None:
    refused = run(server, "deploy.service", "intake")
    assert refused.returncode == 4
    said = json.loads(refused.stderr.splitlines()[-1])
    assert said["event"] == "cannot serve"
    assert "provision it again" in said["cause"]


def test_a_provisioned_service_says_it_is_ready_and_stops_when_told(server: dict[str, str]) -> None:
    assert run(server, "deploy.provision", "bus").returncode == 0
    with intake_process(server, "/ready") as process:
        ready = json.loads(get(server, "/ready")[1])
        assert ready["ready"]
        assert "intake-on-frontdesk_holders" in ready["consumers"]
        assert (
            'fabriques_backlog_events{durable="intake-on-frontdesk_holders"} 0.0'
            in get(server, "/metrics")[1]
        )
        assert get(server, "/health")[0] == 200
        assert get(server, "/elsewhere")[0] == 404
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
    assert run(nats.env, "deploy.provision", "bus").returncode == 0
    if not served_before:
        nats.stop()
    with intake_process(nats.env, "/ready" if served_before else "/health") as process:
        nats.stop()
        os.kill(process.pid, how)
        assert process.wait(PATIENCE_SECONDS) == 0


@pytest.mark.parametrize(("module", "arguments"), [("deploy.service", ["bank"]), ("deploy.provision", [])])
def test_wrong_use_is_one_line(tmp_path: Path, module: str, arguments: list[str]) -> None:
    said = run(environment(tmp_path), module, *arguments)
    assert said.returncode == 2
    assert said.stderr.startswith("usage: python -m deploy.")
    assert len(said.stderr.splitlines()) == 1
