"""A deadline night: a backlog drains through the whole pipeline at a steady rate, in flat memory."""

import asyncio
from pathlib import Path
from time import perf_counter

from deploy.local.running.platform import LocalPlatform
from tests.bench.figures import Findings, Series, at_least, at_most, last_over_first, of_runs
from tests.bench.files import submissions
from tests.bench.ground import BenchFailed, client, platform, pss_megabytes, say
from tests.bench.pipeline import REAL, all_through
from tests.bench.sizes import Progress, Sizes

LOOK_SECONDS = 0.1
MEMORY_EVERY_LOOKS = 10
STUCK_SECONDS = 60.0
ENDS = (("ELIGIBILITY", "funding-on-eligibility"), ("ELIGIBILITY", "notify-on-eligibility"))


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    steady = []
    grown = []
    rates = []
    largest = []
    for _ in range(sizes.backlog_runs):
        series, memory = _run(folder / "backlog", sizes.backlog_candidatures)
        steady.append(last_over_first(series))
        rates.append((series[-1][1] - series[0][1]) / (series[-1][0] - series[0][0]))
        grown.append(memory_growth(memory))
        largest.append(max(max(sample.values()) for sample in memory))
        progress()
    how = (
        f"{sizes.backlog_candidatures} submissions waiting when the services start; done = funding and "
        "notify acked"
    )
    return Findings(
        [
            of_runs("backlog_last_over_first", steady, bar=at_least(0.9), detail=how),
            of_runs(
                "backlog_memory_growth",
                grown,
                "×",
                at_most(1.2),
                "PSS late over PSS early, the worst service",
            ),
            of_runs("backlog_candidatures_per_s", rates, "/s"),
            of_runs(
                "pss_mb.backlog",
                largest,
                "MB",
                detail="the largest service process while the backlog drains",
            ),
        ],
    )


def memory_growth(samples: list[dict[str, float]]) -> float:
    """The worst growth: what a process held at its end, over what it held after a fifth of its looks."""
    growth = []
    for name in {name for sample in samples for name in sample}:
        held = [sample[name] for sample in samples if name in sample]
        growth.append(held[-1] / held[len(held) // 5])
    return max(growth)


def _run(home: Path, count: int) -> tuple[Series, list[dict[str, float]]]:
    """The platform keeps its folder while it is stopped: the backlog is there before any service is."""
    with platform(home, services=()) as empty:
        asyncio.run(
            say(empty.settings, "holders", submissions(empty.settings.programme(), 0, count))
        )
        empty.stop()
        with platform(home, keep=True) as running:
            return asyncio.run(_watched(running, count))


async def _watched(running: LocalPlatform, count: int) -> tuple[Series, list[dict[str, float]]]:
    series: list[tuple[float, int]] = []
    memory: list[dict[str, float]] = []
    pids = running.pids()
    async with client(running.settings, "provisioner") as watcher:
        js = watcher.jetstream()
        moved = perf_counter()
        while True:
            infos = [await js.consumer_info(stream, durable) for stream, durable in ENDS]
            floors = [info.ack_floor.stream_seq if info.ack_floor else 0 for info in infos]
            if not series or min(floors) > series[-1][1]:
                moved = perf_counter()
            series.append((perf_counter(), min(floors)))
            if len(series) % MEMORY_EVERY_LOOKS == 1:
                memory.append(pss_megabytes(pids))
            if min(floors) >= count and await all_through(js, REAL, count):
                return series, memory
            if perf_counter() - moved > STUCK_SECONDS:
                raise BenchFailed(f"the backlog stands still at {min(floors)} of {count}")
            await asyncio.sleep(LOOK_SECONDS)
