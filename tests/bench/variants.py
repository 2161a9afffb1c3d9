"""The same stage on PostgreSQL, with two replicas, and farther from its broker: PostgreSQL has a bar."""

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.local.home.plan import HOST
from tests.bench.figures import Figure, Findings, at_least, of_runs, ratios
from tests.bench.ground import platform
from tests.bench.postgres import postgres, postgres_programs
from tests.bench.sizes import Progress, Sizes
from tests.bench.stage import SERVICE, drained
from tests.bench.wire import farther

ROUND_TRIPS_MS = (1, 5, 20)
BARS = {"postgresql": at_least(0.8)}
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
        of_runs(f"variants.{name}.over_plain", ratios(runs, plain), "", BARS.get(name), how),
        of_runs(f"variants.{name}.events_per_s", runs, "events/s"),
    ]


def _drain(folder: Path, sizes: Sizes, replicas: int = 1, round_trip_ms: int = 0) -> float:
    with platform(folder / "variant", services=()) as running:
        settings = running.settings
        if not round_trip_ms:
            return asyncio.run(drained(settings, 0, sizes.variant_events, replicas))
        target = int(settings.nats_url.rpartition(":")[2])
        with farther(settings, target, round_trip_ms) as port:
            far = settings.model_copy(update={"nats_url": f"nats://{HOST}:{port}"})
            return asyncio.run(drained(settings, 0, sizes.variant_events, at=far))


def _on_postgres(folder: Path, sizes: Sizes, programs: Path) -> float:
    with postgres(folder / "postgres", programs) as url:
        name = f"FABRIQUES_{SERVICE.upper()}_DATABASE_URL"
        os.environ[name] = url
        try:
            return _drain(folder, sizes)
        finally:
            del os.environ[name]
