"""Two replicas of a service against one, on PostgreSQL a few milliseconds away: a backlog, then a trickle.

They are measured in turn: their ratio holds on a machine that others use, where a rate alone does not.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psutil
import psycopg
from nats.js import JetStreamContext
from sqlalchemy import make_url

from shared.contract.front_ends import HOLDERS
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.contract.subjects import stream_of
from shared.kit.outgoing import Outgoing
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate
from shared.programme import Programme
from tests.bench import files
from tests.bench.figures import Findings, Series, of_runs, percentile, ratios, time_at
from tests.bench.ground import client, platform, process, processor_seconds, say, until
from tests.bench.latency import WARM_UP, answered
from tests.bench.postgres import postgres, postgres_programs
from tests.bench.sizes import Progress, Sizes
from tests.bench.wire import farther

ROUND_TRIP_MS = 5
DATABASE = "bench"
PACED = 40  # files a second: a busy afternoon, far from what one replica carries


@dataclass(frozen=True, slots=True)
class Step:
    """What a service hears of a candidature first: who says it, and on which stream."""

    service: str
    identity: str
    stream: str
    letters: Callable[[Programme, int, int], Iterator[Outgoing]]

    @property
    def durable(self) -> str:
        return f"{self.service}-on-{self.stream.lower()}"


SUBMITTED = stream_of(CandidatureSubmitted.publisher, HOLDERS)
REGISTERED = stream_of(CandidatureRegistered.publisher, HOLDERS)
INTAKE = Step("intake", HOLDERS, SUBMITTED, files.submissions)
STEPS = (
    INTAKE,
    Step("eligibility", "intake", REGISTERED, files.registrations),
    Step("funding", "intake", REGISTERED, files.registrations),
    Step("notify", HOLDERS, SUBMITTED, files.submissions),
)


@dataclass(frozen=True, slots=True)
class Ground:
    """One server of PostgreSQL: as it is, and behind the wire."""

    near: str
    far: str


@dataclass(frozen=True, slots=True)
class Found:
    """Of one run: events/s, and for each event processor milliseconds and transactions of the database."""

    rate: float
    cpu_ms: float
    transactions: float


def steps(sizes: Sizes) -> int:
    return sizes.variant_runs * 2 * (len(STEPS) + 1) if postgres_programs() else 1


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    programs = postgres_programs()
    if programs is None:
        return Findings(notes=["replicas were not measured: no PostgreSQL is installed here"])
    findings = Findings()
    with postgres(folder / "postgres", programs) as url, _far(folder, url) as far:
        ground = Ground(url, far)
        for step in STEPS:
            findings.add(_backlog(folder, sizes, step, ground, progress))
        findings.add(_trickle(folder, sizes, ground, progress))
    return findings


def _backlog(
    folder: Path, sizes: Sizes, step: Step, ground: Ground, progress: Progress
) -> Findings:
    found: dict[int, list[Found]] = {1: [], 2: []}
    count = sizes.variant_events
    with _place(folder, step.service, ground) as (settings, url):
        first = 0
        for _ in range(sizes.variant_runs):
            for replicas, runs in found.items():
                runs.append(_drain(settings, step, url, replicas, first, count))
                first += count
                progress()
    head = f"replicas.{step.service}"
    how = f"a backlog of {count}, PostgreSQL at {ROUND_TRIP_MS} ms"
    one, two = found[1], found[2]
    return Findings(
        [
            of_runs(f"{head}.two_over_one", ratios(*_each("rate", two, one)), detail=how),
            of_runs(f"{head}.one_per_s", [run.rate for run in one], "events/s"),
            of_runs(f"{head}.two_per_s", [run.rate for run in two], "events/s"),
            of_runs(f"{head}.cpu_two_over_one", ratios(*_each("cpu_ms", two, one))),
            of_runs(f"{head}.one_cpu_ms", [run.cpu_ms for run in one], "ms/event"),
            of_runs(f"{head}.one_transactions", [run.transactions for run in one], "/event"),
            of_runs(f"{head}.two_transactions", [run.transactions for run in two], "/event"),
        ]
    )


def _each(name: str, two: Sequence[Found], one: Sequence[Found]) -> tuple[list[float], list[float]]:
    return [getattr(run, name) for run in two], [getattr(run, name) for run in one]


def _drain(
    settings: Settings, step: Step, url: str, replicas: int, first: int, count: int
) -> Found:
    """The backlog lies there when replicas that listen go on; its first tenth is not counted."""
    before = _committed(url)
    with _serving(settings, step, url, replicas) as pids:
        idle = processor_seconds(pids)
        with _held(pids):  # else the fastest would be measured by who says it
            letters = step.letters(settings.programme(), first, count)
            asyncio.run(say(settings, step.identity, letters))
        series = asyncio.run(_watched(settings, step, first, count))
        spent = processor_seconds(pids) - idle
    began = time_at(series, first + count / 10)
    ended = time_at(series, first + count)
    transactions = (_committed(url) - before) / count
    return Found(count * 0.9 / (ended - began), 1000 * spent / count, transactions)


@contextmanager
def _held(pids: Sequence[int]) -> Iterator[None]:
    """These processes stand still meanwhile."""
    processes = [psutil.Process(pid) for pid in pids]
    for one in processes:
        one.suspend()
    try:
        yield
    finally:
        for one in processes:
            one.resume()


async def _watched(settings: Settings, step: Step, first: int, count: int) -> Series:
    """How far the durable was, and when."""
    series = [(perf_counter(), first)]
    async with client(settings, "provisioner") as watcher:
        js = watcher.jetstream()

        async def through() -> bool:
            series.append((perf_counter(), await _acked(js, step)))
            return series[-1][1] >= first + count

        await until(through, f"{step.service} is through {count} events")
    return series


async def _until_listening(settings: Settings, step: Step, replicas: int) -> None:
    """Each replica keeps a request outstanding at the durable."""
    async with client(settings, "provisioner") as watcher:
        js = watcher.jetstream()

        async def listen() -> bool:
            waiting = (await js.consumer_info(step.stream, step.durable)).num_waiting
            return (waiting or 0) >= replicas

        await until(listen, f"{replicas} of {step.service} listen")


async def _acked(js: JetStreamContext, step: Step) -> int:
    floor = (await js.consumer_info(step.stream, step.durable)).ack_floor
    return floor.stream_seq if floor else 0


def _trickle(folder: Path, sizes: Sizes, ground: Ground, progress: Progress) -> Findings:
    """A steady few files a second through intake: from a front-end's publish to its registration."""
    count = WARM_UP + round(PACED * sizes.latency_seconds)
    found: dict[int, list[list[float]]] = {1: [], 2: []}
    spent: dict[int, list[float]] = {1: [], 2: []}
    with _place(folder, INTAKE.service, ground) as (settings, url):
        first = 0
        for _ in range(sizes.variant_runs):
            for replicas, runs in found.items():
                with _serving(settings, INTAKE, url, replicas) as pids:
                    idle = processor_seconds(pids)
                    answers = answered(settings, CandidatureRegistered, PACED, first, count)
                    runs.append(asyncio.run(answers))
                    spent[replicas].append(1000 * (processor_seconds(pids) - idle) / count)
                first += count
                progress()
    findings = Findings()
    for percent in (50, 99):
        one, two = ([percentile(run, percent) for run in found[n]] for n in (1, 2))
        head = f"replicas.paced.p{percent}"
        how = f"{PACED} files/s, submitted → registered, PostgreSQL at {ROUND_TRIP_MS} ms"
        findings.figures += [
            of_runs(f"{head}.two_over_one", ratios(two, one), detail=how),
            of_runs(f"{head}.one", one, "ms"),
            of_runs(f"{head}.two", two, "ms"),
        ]
    name = "replicas.paced.cpu_two_over_one"
    findings.figures.append(of_runs(name, ratios(spent[2], spent[1])))
    return findings


@contextmanager
def _far(folder: Path, url: str) -> Iterator[str]:
    """The same server, behind the wire."""
    address = make_url(url)
    assert address.port
    with farther(Settings(home=folder / "wire"), address.port, ROUND_TRIP_MS) as port:
        yield address.set(port=port).render_as_string(hide_password=False)


@contextmanager
def _place(folder: Path, service: str, ground: Ground) -> Iterator[tuple[Settings, str]]:
    """A platform without services, and an empty database at the schema of one, far away."""
    address = make_url(ground.near)
    admin = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    engine = open_engine(address.set(database=DATABASE).render_as_string(hide_password=False))
    migrate(engine, service)
    engine.dispose()
    with platform(folder / "replicas", services=()) as running:
        far = make_url(ground.far).set(database=DATABASE)
        yield running.settings, far.render_as_string(hide_password=False)


def _committed(url: str) -> float:
    """Transactions of this database until now: those that nothing was written in, too."""
    plain = make_url(url).set(drivername="postgresql", database="postgres")
    with psycopg.connect(plain.render_as_string(hide_password=False)) as connection:
        query = "SELECT xact_commit FROM pg_stat_database WHERE datname = %s"
        row = connection.execute(query, (DATABASE,)).fetchone()
    return float(row[0]) if row else 0.0


@contextmanager
def _serving(settings: Settings, step: Step, url: str, replicas: int) -> Iterator[list[int]]:
    """The pids of replicas that listen."""
    told = {f"FABRIQUES_{step.service.upper()}_DATABASE_URL": url}
    with ExitStack() as stack:
        served = [
            stack.enter_context(process(settings, "tests.bench.replica", step.service, more=told))
            for _ in range(replicas)
        ]
        asyncio.run(_until_listening(settings, step, replicas))
        yield [one.pid for one in served]
