"""The whole pipeline: submitted → registered → checked → entry opened, notice recorded; and the usual way.

Both get the same files on a platform of their own, in turn: all are published at once, and the clock runs
until the last service has acked the last fact.
"""

import asyncio
import shutil
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from shared.contract.front_ends import HOLDERS
from shared.contract.subjects import stream_of
from shared.contract.topology import SERVICES, all_durables
from shared.kit.settings import Settings
from tests.bench.figures import Findings, at_least, of_runs, ratios
from tests.bench.files import submissions
from tests.bench.ground import backlog, client, last_sequence, platform, process, say, until
from tests.bench.limit import Bare, bare
from tests.bench.naive import HEARD, PIPELINE, durable_of
from tests.bench.sizes import Progress, Sizes

STREAMS = tuple(stream_of(event.publisher, HOLDERS) for event in PIPELINE)
REAL = tuple(
    (durable.stream, durable.name) for durable in all_durables() if durable.stream in STREAMS
)
NAIVE = tuple(
    (stream_of(event.publisher, HOLDERS), durable_of(service, event))
    for service, heard in HEARD.items()
    for event in heard
)

LIMIT = (
    "candidatures/s × (Σ over the services of Σ(1/piece) + the server's processor for the same, bare), "
    "over two cores"
)


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    real = []
    naive = []
    shares = []
    limits = []
    for _ in range(sizes.runs):
        naive.append(naive_rate(folder / "naive", sizes.naive_candidatures))
        progress()
        rate, limit = rate_and_limit(folder / "pipeline", sizes.pipeline_candidatures)
        progress()
        real.append(rate)
        shares.append(limit.share(rate))
        limits.append(limit)
        progress()
    how = (
        "all four services; the usual way: FastStream, one message, one SQLModel transaction, one "
        "publish, one ack"
    )
    return Findings(
        [
            of_runs("pipeline_over_naive", ratios(real, naive), bar=at_least(40), detail=how),
            of_runs("pipeline_over_limit", shares, bar=at_least(0.5), detail=LIMIT),
            of_runs("bare_us_per_candidature.server", [one.server_us for one in limits], "µs"),
            *(
                of_runs(
                    f"bare_us_per_candidature.{service}",
                    [sum(one.pieces_us[service].values()) for one in limits],
                    "µs",
                )
                for service in SERVICES
            ),
            of_runs("candidatures_per_s", real, "/s"),
            of_runs("naive_candidatures_per_s", naive, "/s"),
        ],
        data={"bare_pieces_us": [one.pieces_us for one in limits]},
    )


def rate_and_limit(home: Path, count: int) -> tuple[float, Bare]:
    """Candidatures/s, and what the bare pieces of the same candidatures take on the same machine."""
    shutil.rmtree(home, ignore_errors=True)
    with platform(home, keep=True) as running:
        rate = asyncio.run(drained(running.settings, REAL, 0, count))
    with platform(home, services=(), keep=True) as running:
        limit = asyncio.run(bare(running, count))
    shutil.rmtree(home, ignore_errors=True)
    return rate, limit


def real_rate(home: Path, count: int) -> float:
    with platform(home) as running:
        return asyncio.run(drained(running.settings, REAL, 0, count))


def naive_rate(home: Path, count: int) -> float:
    with platform(home, services=()) as running, ExitStack() as stack:
        for service in SERVICES:
            stack.enter_context(process(running.settings, "tests.bench.naive", service))
        asyncio.run(_until_present(running.settings))
        return asyncio.run(drained(running.settings, NAIVE, 0, count))


async def drained(
    settings: Settings, durables: tuple[tuple[str, str], ...], first: int, count: int
) -> float:
    """Candidatures/s, from the first one published to the last ack."""
    letters = list(submissions(settings.programme(), first, count))
    async with client(settings, "provisioner") as watcher:
        js = watcher.jetstream()
        started = perf_counter()
        await say(settings, "holders", letters)
        through = f"{count} candidatures through the pipeline"
        await until(lambda: all_through(js, durables, first + count), through)
        return count / (perf_counter() - started)


async def all_through(
    js: JetStreamContext, durables: tuple[tuple[str, str], ...], count: int
) -> bool:
    for stream in STREAMS:
        if await last_sequence(js, stream) < count:
            return False
    for stream, durable in durables:
        if await backlog(js, stream, durable):
            return False
    return True


async def _until_present(settings: Settings) -> None:
    """The usual way makes its consumers when it starts."""
    async with client(settings, "provisioner") as watcher:
        js = watcher.jetstream()

        async def present() -> bool:
            try:
                for stream, durable in NAIVE:
                    await js.consumer_info(stream, durable)
            except NotFoundError:
                return False
            return True

        await until(present, "the naive services listen", 60)
