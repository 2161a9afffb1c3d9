"""Reported without a bar: the same stage on PostgreSQL, with two replicas, and farther from its broker."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.local.nats_server import free_port, listens
from deploy.local.plan import HOST
from shared.kit.settings import Settings
from tests.bench.figures import Figure, Findings, of_runs, ratios
from tests.bench.ground import BenchFailed, platform, process
from tests.bench.sizes import Progress, Sizes
from tests.bench.stage import SERVICE, drained

ROUND_TRIPS_MS = (1, 5, 20)
START_SECONDS_MAX = 30.0
Run = Callable[[], float]


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    """Each variant in turn with the plain stage, as a ratio to it."""
    variants: dict[str, Run] = {"two_replicas": lambda: _drain(folder, sizes, replicas=2)}
    for delay in ROUND_TRIPS_MS:
        variants[f"round_trip_{delay}_ms"] = lambda delay=delay: _drain(
            folder, sizes, round_trip_ms=delay
        )  # type: ignore[misc]
    programs = postgres_programs()
    if programs:
        variants["postgresql"] = lambda: _on_postgres(folder, sizes, programs)
    plain: list[float] = []
    found: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(sizes.variant_runs):
        plain.append(_drain(folder, sizes))
        progress()
        for name, run in variants.items():
            found[name].append(run())
            progress()
    figures = [line for name, runs in found.items() for line in _figures(name, runs, plain)]
    notes = [] if programs else ["PostgreSQL was not measured: no server program is installed here"]
    return Findings(figures, notes)


def steps(sizes: Sizes) -> int:
    return sizes.variant_runs * (2 + len(ROUND_TRIPS_MS) + bool(postgres_programs()))


def _figures(name: str, runs: Sequence[float], plain: Sequence[float]) -> list[Figure]:
    how = "eligibility's stage, over the same beside it: one process, SQLite, no delay"
    return [
        of_runs(f"variants.{name}.over_plain", ratios(runs, plain), detail=how),
        of_runs(f"variants.{name}.events_per_s", runs, "events/s"),
    ]


def _drain(folder: Path, sizes: Sizes, replicas: int = 1, round_trip_ms: int = 0) -> float:
    with platform(folder / "variant", services=()) as running:
        settings = running.settings
        if not round_trip_ms:
            return asyncio.run(drained(settings, 0, sizes.variant_events, replicas))
        with _far_away(settings, round_trip_ms) as far:
            return asyncio.run(drained(settings, 0, sizes.variant_events, at=far))


@contextmanager
def _far_away(settings: Settings, round_trip_ms: int) -> Iterator[Settings]:
    port = free_port()
    target = settings.nats_url.rpartition(":")[2]
    with process(settings, "tests.bench.delay_proxy", str(port), target, str(round_trip_ms)):
        _await(lambda: listens(HOST, port), "the delaying wire")
        yield settings.model_copy(update={"nats_url": f"nats://{HOST}:{port}"})


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's server programs, where they are installed: often not on PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    known = [path for path in versions if (path / "initdb").exists()]
    found = shutil.which("initdb")
    return known[0] if known else Path(found).resolve().parent if found else None


def _on_postgres(folder: Path, sizes: Sizes, programs: Path) -> float:
    with _postgres(folder / "postgres", programs) as url:
        name = f"FABRIQUES_{SERVICE.upper()}_DATABASE_URL"
        os.environ[name] = url
        try:
            return _drain(folder, sizes)
        finally:
            del os.environ[name]


@contextmanager
def _postgres(home: Path, programs: Path) -> Iterator[str]:
    """A fresh server with its usual durability.

    It refuses to run as root: then it runs as the user `postgres`.
    """
    home = home.resolve()  # the server runs inside
    owner = "postgres" if os.geteuid() == 0 else None
    port = free_port()
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    if owner:
        shutil.chown(home, owner)
    log = (home / "log").open("wb")
    initdb = [
        str(programs / "initdb"),
        "-D",
        str(home / "data"),
        "-U",
        "bench",
        "-A",
        "trust",
        "-E",
        "UTF8",
    ]
    subprocess.run(initdb, check=True, stdout=log, stderr=log, user=owner, cwd=home)
    command = [
        str(programs / "postgres"),
        "-D",
        str(home / "data"),
        "-p",
        str(port),
        "-h",
        HOST,
        "-k",
        str(home),
    ]
    server = subprocess.Popen(command, stdout=log, stderr=log, user=owner, cwd=home)
    try:
        _await(lambda: listens(HOST, port), "PostgreSQL")
        yield f"postgresql+psycopg://bench@{HOST}:{port}/postgres"
    finally:
        server.terminate()
        server.wait(START_SECONDS_MAX)
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def _await(condition: Callable[[], bool], what: str) -> None:
    deadline = time.perf_counter() + START_SECONDS_MAX
    while not condition():
        if time.perf_counter() > deadline:
            raise BenchFailed(f"{what} did not start within {START_SECONDS_MAX:.0f} s")
        time.sleep(0.02)
