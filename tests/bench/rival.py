"""The strongest rival on the same work: a batch queue in PostgreSQL, beside the platform on both databases.

All get the same files in turn, published at once; the clock runs until the last service has decided the last
fact. What is committed survives a power cut in each: `synchronous_commit` and `fsync` are on.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from time import perf_counter, time_ns
from typing import Any
from unittest.mock import patch

from sqlalchemy import create_engine, text

from shared.contract.front_ends import HOLDERS
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.subjects import named
from shared.contract.topology import SERVICES
from shared.kit.settings import Settings
from tests.bench.figures import Findings, of_runs, ratios
from tests.bench.files import submissions
from tests.bench.ground import BenchFailed, platform, process, until
from tests.bench.naive import HEARD
from tests.bench.pipeline import real_rate
from tests.bench.postgres import postgres, postgres_programs
from tests.bench.rival_worker import LOG, QUEUE, SCHEMA, append, cursor_of
from tests.bench.sizes import Progress, Sizes

WAYS = ((LOG, 256), (LOG, 1_024), (QUEUE, 1_024))
SENT_TOGETHER = 256
OURS = ("sqlite", "postgresql")


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    """Raises BenchFailed where no PostgreSQL is installed."""
    programs = postgres_programs()
    if programs is None:
        raise BenchFailed("no server program of PostgreSQL is installed here")
    names = [f"{kind}_{batch}" for kind, batch in WAYS]
    runs: dict[str, list[float]] = {name: [] for name in (*OURS, *names)}
    for _ in range(sizes.rival_runs):
        runs["sqlite"].append(real_rate(folder / "ours", sizes.pipeline_candidatures))
        progress()
        with postgres(folder / "postgres", programs) as url, told(url):
            runs["postgresql"].append(real_rate(folder / "ours", sizes.pipeline_candidatures))
        progress()
        for name, (kind, batch) in zip(names, WAYS, strict=True):
            with postgres(folder / "postgres", programs) as url, told(url):
                count = sizes.pipeline_candidatures
                runs[name].append(rival_rate(folder / "rival", url, kind, batch, count))
            progress()
    best = max(names, key=lambda name: sum(runs[name]))
    how = f"candidatures/s over those of its best way, {best}: a reader's batch in one transaction"
    return Findings(
        [
            *(
                of_runs(f"rival.{name}_over_rival", ratios(runs[name], runs[best]), detail=how)
                for name in OURS
            ),
            *(
                of_runs(f"rival.{name}.candidatures_per_s", found, "/s")
                for name, found in runs.items()
            ),
        ]
    )


def steps(sizes: Sizes) -> int:
    return sizes.rival_runs * (len(OURS) + len(WAYS))


@contextmanager
def told(url: str) -> Iterator[None]:
    """Each service has a schema of its own on this server, and is told where as any service is."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for service in SERVICES:
            connection.execute(text(f"CREATE SCHEMA {service}"))
        cursor_of(connection).execute(SCHEMA)
    engine.dispose()
    own = {
        f"FABRIQUES_{service.upper()}_DATABASE_URL": f"{url}?options=-csearch_path%3D{service},public"
        for service in SERVICES
    }
    with patch.dict(os.environ, own):
        yield


def rival_rate(home: Path, url: str, kind: str, batch: int, count: int) -> float:
    engine = create_engine(url)
    with platform(home, services=()) as running, ExitStack() as stack:
        settings = running.settings
        for service in SERVICES:
            words = (service, kind, str(batch))
            stack.enter_context(process(settings, "tests.bench.rival_worker", *words))
        asyncio.run(until(lambda: _heard(engine, 0), "the rival's services", 60))
        started = perf_counter()
        _send(engine, settings, kind, count)
        asyncio.run(until(lambda: _heard(engine, count), f"{count} candidatures of the rival"))
        seconds = perf_counter() - started
    engine.dispose()
    return count / seconds


def _send(engine: Any, settings: Settings, kind: str, count: int) -> None:
    """A front-end that gathers its files: better than one that waits for each."""
    programme = settings.programme()
    said = CandidatureSubmitted.event_type()
    rest = (
        (said, named(letter.subject, HOLDERS), None, None, None, None, time_ns(), letter.body)
        for letter in submissions(programme, 0, count)
    )
    with engine.connect() as connection:
        while rows := list(islice(rest, SENT_TOGETHER)):
            with connection.begin():
                append(cursor_of(connection), rows, kind)


async def _heard(engine: Any, count: int) -> bool:
    """Whether each service has heard every event of so many candidatures."""
    with engine.connect() as connection:
        found = dict(connection.execute(text("SELECT service, heard FROM readers")).all())
    return all(found.get(name, -1) >= count * len(heard) for name, heard in HEARD.items())
