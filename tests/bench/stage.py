"""One stage of the pipeline, CandidatureRegistered → EligibilityChecked, against the limit of one core.

The stage is eligibility's own process on a backlog: fetch, validate, decide, one transaction, publish, ack.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from shared.contract.eligibility import EligibilityChecked
from shared.contract.intake import CandidatureRegistered
from shared.kit.settings import Settings
from tests.bench import pieces
from tests.bench.figures import Findings, at_least, of_runs, ratios, rounded, serial_limit
from tests.bench.files import registrations
from tests.bench.ground import client, platform, process, rate_between, say, until_stream_holds
from tests.bench.sizes import Progress, Sizes

SERVICE = "eligibility"
HEARD = "INTAKE"
SAID = "ELIGIBILITY"
TABLES = {"inbox": "", "files": "", "outbox": ""}
WARM_UP = 10  # the first tenth of a backlog is not counted: what a process does once


@dataclass(frozen=True, slots=True)
class Stage:
    """What the limit of a stage needs to know of it. `tables` says which rows are the stage's own, as SQL."""

    heard: type[BaseModel]
    said: type[BaseModel]
    stream_in: str
    stream_out: str
    service: str
    tables: Mapping[str, str]


ELIGIBILITY = Stage(CandidatureRegistered, EligibilityChecked, HEARD, SAID, SERVICE, TABLES)


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    rates: list[float] = []
    limits: list[float] = []
    found: list[dict[str, float]] = []
    for _ in range(sizes.runs):
        rate, alone = asyncio.run(_run(folder, sizes.stage_events))
        rates.append(rate)
        limits.append(serial_limit(alone))
        found.append(alone)
        progress()
    how = "eligibility drains a backlog of registered candidatures, over 1/Σ(1/piece)"
    per_piece = [
        of_runs(f"pieces.{name}", [run[name] for run in found], "events/s") for name in found[0]
    ]
    return Findings(
        [
            of_runs("stage_over_limit", ratios(rates, limits), bar=at_least(0.7), detail=how),
            of_runs("stage_events_per_s", rates, "events/s"),
            of_runs("stage_limit_per_s", limits, "events/s"),
            *per_piece,
        ],
        data={"pieces": [{name: rounded(value) for name, value in run.items()} for run in found]},
    )


async def _run(folder: Path, count: int) -> tuple[float, dict[str, float]]:
    with platform(folder / "stage", services=()) as running:
        rate = await drained(running.settings, 0, count)
        return rate, await bare_pieces(running.settings, ELIGIBILITY, count)


async def drained(
    settings: Settings,
    first: int,
    count: int,
    replicas: int = 1,
    at: Settings | None = None,
    words: Sequence[str] = (),
) -> float:
    """Events/s of eligibility on `count` registered candidatures, measured from the end of the warm-up on.

    `at` is where the service connects to, when that is not where the platform is; `words` are the replica's.
    """
    await say(settings, "intake", registrations(settings.programme(), first, count))
    async with client(settings, "provisioner") as watcher:
        js = watcher.jetstream()
        before = (await js.stream_info(SAID)).state.last_seq
        with _serving(at or settings, replicas, words):
            await until_stream_holds(js, SAID, before + count)
        return await rate_between(js, SAID, before + count // WARM_UP, before + count)


@contextmanager
def _serving(settings: Settings, replicas: int, words: Sequence[str]) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(replicas):
            stack.enter_context(process(settings, "tests.bench.replica", SERVICE, *words))
        yield


async def bare_pieces(settings: Settings, stage: Stage, count: int) -> dict[str, float]:
    """Events/s of each piece alone, on what the stage has just heard, said and written."""
    async with client(settings, "provisioner") as connection:
        js = connection.jetstream()
        fetched, ins = await pieces.fetch_and_ack(js, stage.stream_in, count)
        _, outs = await pieces.fetch_and_ack(js, stage.stream_out, count)
        said = pieces.as_messages(outs)
        published = await pieces.publish_in_batches(js, said)
    validated = pieces.validate(
        stage.heard, stage.said, [m.data for m in ins], [m.body for m in said]
    )
    rows = pieces.rows_of(settings.home / "data" / f"{stage.service}.db", stage.tables)
    written = pieces.write_rows(settings.home, rows, count)
    seconds = {
        "fetch_and_ack": fetched,
        "validate": validated,
        "write_rows": written,
        "publish": published,
    }
    return {name: count / taken for name, taken in seconds.items()}
