"""The ground of the benchmark: real platforms in their own folders, clients, and looks at what goes on."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter, sleep

import psutil
from nats.aio.client import Client
from nats.js import JetStreamContext

from deploy.local.home.plan import SERVER, PlatformPlan, log_file
from deploy.local.running.child_process import die_with, end
from deploy.local.running.platform import LocalPlatform
from shared.contract.permissions import INSIDERS, inbox_of
from shared.contract.topology import SERVICES
from shared.kit.bus.connection import connect
from shared.kit.bus.publisher import ATOMIC_MAX, Publisher
from shared.kit.outgoing import Outgoing
from shared.kit.settings import Settings
from tests.store import path_with

LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 600.0
START_SECONDS_MAX = 30.0
MEGABYTE = 1024 * 1024


class BenchFailed(RuntimeError):
    """A measurement could not be taken; the message says why."""


@contextmanager
def platform(
    home: Path, services: Sequence[str] = SERVICES, keep: bool = False
) -> Iterator[LocalPlatform]:
    """A platform as `make up` runs it: permissions on, `sync_interval: always`, SQLite FULL, no rehearsal."""
    if not keep:
        shutil.rmtree(home, ignore_errors=True)
    with LocalPlatform(PlatformPlan(home=home, services=tuple(services))) as running:
        yield running
    if not keep:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def process(
    settings: Settings, module: str, *arguments: str, more: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """One more process on a platform, `python -m module`, told where it is the way every service is told.

    `more` is what its environment says besides.
    """
    told = {
        "FABRIQUES_HOME": str(settings.home),
        "FABRIQUES_NATS_URL": settings.nats_url,
        "FABRIQUES_PROGRAMME_FILE": str(settings.programme_file),
        "PYTHONPATH": path_with(),
    }
    log = log_file(settings.home, "-".join([module.rpartition(".")[2], *arguments]))
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        command = [sys.executable, "-m", module, *arguments]
        leash = partial(die_with, os.getpid(), signal.SIGKILL)
        running = subprocess.Popen(
            command,
            env={**os.environ, **told, **(more or {})},
            stdout=output,
            stderr=output,
            preexec_fn=leash,
        )
    try:
        yield running
    finally:
        end(running, 15.0)


@asynccontextmanager
async def client(settings: Settings, identity: str) -> AsyncIterator[Client]:
    connection = await connect(settings, identity)
    try:
        yield connection
    finally:
        await connection.close()


async def say(settings: Settings, identity: str, letters: Iterable[Outgoing]) -> None:
    """Publishes a backlog as fast as the broker takes it: ours in atomic batches, others' side by side."""
    async with client(settings, identity) as connection:
        publisher = Publisher(connection, inbox_of(identity), atomic=identity in INSIDERS)
        await publisher.start()
        rest = iter(letters)
        while batch := list(islice(rest, ATOMIC_MAX)):
            await publisher.publish(batch)


async def until(
    condition: Callable[[], Awaitable[bool]], what: str, seconds: float = PATIENCE_SECONDS
) -> None:
    """Looks until it is so. Raises BenchFailed, saying what was awaited, when the patience is over."""
    deadline = perf_counter() + seconds
    while not await condition():
        if perf_counter() > deadline:
            raise BenchFailed(f"not within {seconds:.0f} s: {what}")
        await asyncio.sleep(LOOK_SECONDS)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Until a process of the benchmark's own is there. Raises BenchFailed."""
    deadline = perf_counter() + START_SECONDS_MAX
    while not condition():
        if perf_counter() > deadline:
            raise BenchFailed(f"{what} did not start within {START_SECONDS_MAX:.0f} s")
        sleep(0.02)


async def last_sequence(js: JetStreamContext, stream: str) -> int:
    return (await js.stream_info(stream)).state.last_seq


async def until_stream_holds(js: JetStreamContext, stream: str, count: int) -> None:
    async def holds() -> bool:
        return await last_sequence(js, stream) >= count

    await until(holds, f"{count} facts in {stream}")


async def backlog(js: JetStreamContext, stream: str, durable: str) -> int:
    """What a durable has not acked yet."""
    info = await js.consumer_info(stream, durable)
    return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def rate_between(js: JetStreamContext, stream: str, first: int, last: int) -> float:
    """Facts/s from one place in a stream to another, by the broker's own stamps."""
    stamps = []
    for sequence in (first, last):
        found = (await js.get_msg(stream, sequence)).time
        if found is None:
            raise BenchFailed(f"{stream} {sequence} has no stamp")
        stamps.append(found.timestamp())
    if stamps[1] <= stamps[0]:
        raise BenchFailed(f"{stream} was written too quickly to be measured: take more events")
    return (last - first) / (stamps[1] - stamps[0])


def pss_megabytes(pids: dict[str, int]) -> dict[str, float]:
    """What each service process costs: memory shared with others is counted by its share."""
    return {
        name: psutil.Process(pid).memory_full_info().pss / MEGABYTE
        for name, pid in pids.items()
        if name != SERVER
    }


def processor_seconds(pids: Iterable[int]) -> float:
    """Of all their threads, to the nanosecond: other counters tell hundredths of a second."""
    threads = [one for pid in pids for one in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9
