"""What `make up` costs a mere onlooker: seconds until it serves, processor and memory while idle."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.home.plan import PlatformRecord, read_record
from deploy.local.server.nats_server import free_port
from tests.bench.figures import Findings, at_most, of_runs
from tests.bench.ground import BenchFailed, processor_seconds, pss_megabytes
from tests.bench.sizes import Progress, Sizes

READY_SECONDS_MAX = 60.0
POLL_SECONDS = 0.005
SETTLE_SECONDS = 2.0


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    home = folder / "up"
    ready = []
    idle = []
    memory = []
    for run in range(sizes.runs):
        shutil.rmtree(home, ignore_errors=True)
        started = time.perf_counter()
        with _up(home) as record:
            ready.append(time.perf_counter() - started)
            if run == sizes.runs - 1:
                idle.append(_idle_percent(record, sizes.idle_seconds))
            memory.append(max(pss_megabytes(record.pids).values()))
        progress()
    how = f"server, supervisor and four services, {sizes.idle_seconds:g} s"
    return Findings(
        [
            of_runs(
                "ready_s",
                ready,
                "s",
                at_most(1.0),
                "`fabriques up` on an empty folder, until all answer",
            ),
            of_runs("idle_cpu_percent", idle, "% of a core", at_most(1.5), how),
            of_runs("pss_mb.idle", memory, "MB", detail="the largest service process, idle"),
        ]
    )


@contextmanager
def _up(home: Path) -> Iterator[PlatformRecord]:
    """The command that `make up` runs, on an empty folder."""
    home.parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "deploy.cli.main",
        "up",
        "--port",
        str(free_port()),
        "--no-pages",
        "--no-metrics",
        "--json",
    ]
    environment = {**os.environ, "FABRIQUES_HOME": str(home)}
    with (home.parent / "up.log").open("wb") as log:
        running = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            yield _ready(home, running)
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(30)


def _ready(home: Path, running: subprocess.Popen[bytes]) -> PlatformRecord:
    deadline = time.perf_counter() + READY_SECONDS_MAX
    while time.perf_counter() < deadline and running.poll() is None:
        record = read_record(home)
        if record is not None and record.ready:
            return record
        time.sleep(POLL_SECONDS)
    raise BenchFailed(f"`fabriques up` was not ready: {home.parent / 'up.log'} says why")


def _idle_percent(record: PlatformRecord, seconds: float) -> float:
    time.sleep(SETTLE_SECONDS)
    pids = [record.pid, *record.pids.values()]
    before = processor_seconds(pids)
    started = time.perf_counter()
    time.sleep(seconds)
    return 100 * (processor_seconds(pids) - before) / (time.perf_counter() - started)
