"""What visitors wait for: the first page at a steady rate beside submissions; how much the pages hold."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import httpx

from deploy.local.server.nats_server import free_port
from shared.kit.settings import Settings
from tests.bench.figures import Findings, at_most, of_runs, percentile, ratios
from tests.bench.files import submissions
from tests.bench.ground import BenchFailed, client, platform, process, pss_megabytes
from tests.bench.latency import send_paced
from tests.bench.sizes import Progress, Sizes

VISITS_A_SECOND, SUBMISSIONS_A_SECOND = 50, 40
# The same server gives a file without asking or drawing anything.
PAGE, FILE = "/", "/static/icon.svg"
PATIENCE_SECONDS = 30.0
POLL_SECONDS = 0.05
WARM_UP = 25


@dataclass(frozen=True, slots=True)
class Opened:
    url: str
    pid: int


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    waited: dict[str, list[list[float]]] = {PAGE: [], FILE: []}
    with platform(folder / "visits") as running, opened(running.settings) as pages:
        first = 0
        for _ in range(sizes.runs):
            for path, runs in waited.items():
                count = round(SUBMISSIONS_A_SECOND * sizes.latency_seconds)
                visit = _run(
                    running.settings, f"{pages.url}{path}", sizes.latency_seconds, first, count
                )
                runs.append(asyncio.run(visit))
                first += count
                progress()
        megabytes = pss_megabytes({"portal": pages.pid})["portal"]
    last_of_hundred = {path: [percentile(run, 99) for run in runs] for path, runs in waited.items()}
    how = f"{VISITS_A_SECOND} requests/s beside {SUBMISSIONS_A_SECOND} submissions/s"
    times = ratios(last_of_hundred[PAGE], last_of_hundred[FILE])
    return Findings(
        [
            of_runs("page_ms.p50", [percentile(run, 50) for run in waited[PAGE]], "ms", None, how),
            of_runs("page_ms.p99", last_of_hundred[PAGE], "ms", at_most(100), how),
            of_runs(
                "page_ms.file_p99",
                last_of_hundred[FILE],
                "ms",
                None,
                "a file of 1 kB, beside the same",
            ),
            of_runs(
                "page_over_file", times, "×", None, "p99 of the first page over that of the file"
            ),
            of_runs(
                "page_pss_mb", [megabytes], "MB", at_most(120), "the pages' process, afterwards"
            ),
        ]
    )


@contextmanager
def opened(settings: Settings) -> Iterator[Opened]:
    """The pages alone, once they reach the bus."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with process(settings, "deploy.portal", more={"FABRIQUES_PORTAL_PORT": str(port)}) as running:
        deadline = perf_counter() + PATIENCE_SECONDS
        while not _is_ready(url):
            if perf_counter() > deadline or running.poll() is not None:
                raise BenchFailed(f"the pages did not open: {settings.home}/logs says why")
            time.sleep(POLL_SECONDS)
        yield Opened(url, running.pid)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


async def _run(settings: Settings, url: str, seconds: float, first: int, count: int) -> list[float]:
    """Milliseconds of each visit, after the warm-up, while files are sent."""
    letters = list(submissions(settings.programme(), first, count))
    async with (
        client(settings, "holders") as front_end,
        httpx.AsyncClient(timeout=PATIENCE_SECONDS) as visitor,
    ):
        for _ in range(WARM_UP):
            await _visit(visitor, url)
        sending = asyncio.create_task(send_paced(front_end, letters, SUBMISSIONS_A_SECOND))
        waited = await _visits(visitor, url, round(VISITS_A_SECOND * seconds))
        await sending
    return waited


async def _visits(visitor: httpx.AsyncClient, url: str, count: int) -> list[float]:
    """On a fixed beat, whatever became of those before: a slow answer delays nobody's asking."""
    began = perf_counter()
    visits = []
    for number in range(count):
        if (early := began + number / VISITS_A_SECOND - perf_counter()) > 0:
            await asyncio.sleep(early)
        visits.append(asyncio.create_task(_visit(visitor, url)))
    return list(await asyncio.gather(*visits))


async def _visit(visitor: httpx.AsyncClient, url: str) -> float:
    asked = perf_counter()
    answer = await visitor.get(url)
    if answer.status_code != httpx.codes.OK:
        raise BenchFailed(f"{url} answered {answer.status_code}")
    return (perf_counter() - asked) * 1000
