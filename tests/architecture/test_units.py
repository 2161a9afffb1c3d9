"""systemd's unit files name what exists, start again whatever ends or hangs, and run as nobody special."""

import asyncio
import re
import shutil
import socket
import subprocess
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from deploy.heartbeat import BEAT, beat_for_manager
from shared.contract.topology import PROCESSES
from tests.architecture.sources import ROOT

FOLDER = ROOT / "deploy" / "systemd"
UNITS = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir())}
SERVERS = [name for name in UNITS if name.endswith(".service") and "tranches" not in name]


def told(unit: str, name: str) -> str:
    found = re.search(rf"^{name}=(.*)$", UNITS[unit], flags=re.MULTILINE)
    return found[1] if found else ""


@pytest.mark.parametrize("unit", SERVERS)
def test_what_ends_is_started_again_for_as_long_as_it_takes(unit: str) -> None:
    assert (told(unit, "Restart"), told(unit, "StartLimitIntervalSec")) == ("always", "0")
    assert (told(unit, "User"), told(unit, "NoNewPrivileges")) == ("fabriques", "yes")


def test_every_module_that_a_unit_runs_is_there_and_each_service_is_named() -> None:
    modules = {module for text in UNITS.values() for module in re.findall(r"-m ([\w.]+)", text)}
    assert modules == {"deploy.service", "deploy.monitoring"}
    assert all(find_spec(module) for module in modules)
    assert "fabriques provision keys" in UNITS["fabriques-nats.service"]
    assert all(f"fabriques@{name}" in UNITS["fabriques@.service"] for name in PROCESSES)


def test_the_job_runs_each_morning_as_on_a_machine_with_cron() -> None:
    job = told("fabriques-tranches.service", "ExecStart")
    assert "fabriques tranches publish --as-of" in job
    assert "06:15:00" in told("fabriques-tranches.timer", "OnCalendar")
    assert told("fabriques-tranches.timer", "Persistent") == "true"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_reads_every_unit(tmp_path: Path) -> None:
    """Where programs and users are is the machine's: only what systemd does not understand counts."""
    for name, text in UNITS.items():
        (tmp_path / name.replace("@.", "@intake.")).write_text(text, encoding="utf-8")
    files = sorted(str(path) for path in tmp_path.iterdir())
    said = subprocess.run(
        ["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False
    )
    strange = [
        line
        for line in said.stderr.splitlines()
        if re.search(r"Unknown|Failed to parse|Invalid", line)
    ]
    assert strange == []


async def test_a_service_beats_for_a_manager_that_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        beating = asyncio.create_task(beat_for_manager(seconds=0.01))
        loop = asyncio.get_running_loop()
        assert [await loop.sock_recv(manager, 64) for _ in range(3)] == [BEAT] * 3
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


async def test_where_nobody_listens_there_is_no_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    await beat_for_manager()
