"""From a front-end's publish to the answer, at a steady rate and alone on an idle platform."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.contract.eligibility import EligibilityChecked
from shared.contract.event import Event
from shared.contract.intake import CandidatureRegistered
from shared.contract.subjects import filter_of, heard_subject
from shared.kit.outgoing import Outgoing
from shared.kit.settings import Settings
from tests.bench.figures import Bar, Figure, Findings, at_most, of_runs, percentile
from tests.bench.files import submissions
from tests.bench.ground import BenchFailed, client, platform
from tests.bench.pipeline import real_rate
from tests.bench.sizes import Progress, Sizes

FEW = 40  # submissions a second
BARS: dict[str, dict[int, Bar]] = {
    "at_40": {50: at_most(6), 99: at_most(12)},
    "at_half": {99: at_most(40)},
}
LONE_BAR = at_most(5)
PATIENCE_SECONDS = 60.0
WARM_UP = 40  # files that are not counted: what a process does once
REST_SECONDS = 0.25  # after each lone file: the platform has come to rest


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    """A steady rate is held at half of what the machine carries: above it everything waits for the cores."""
    capacity = real_rate(folder / "capacity", sizes.pipeline_candidatures)
    progress()
    rates = {"at_40": float(FEW), "at_half": capacity / 2}
    found: dict[str, list[list[float]]] = {name: [] for name in rates}
    lone: list[float] = []
    with platform(folder / "latency") as running:
        first = 0
        for _ in range(sizes.runs):
            for name, runs in found.items():
                count = WARM_UP + round(rates[name] * sizes.latency_seconds)
                answers = answered(running.settings, EligibilityChecked, rates[name], first, count)
                runs.append(asyncio.run(answers))
                first += count
                progress()
            count = round(sizes.latency_seconds / REST_SECONDS)
            lone.append(median(asyncio.run(lone_answers(running.settings, first, count))))
            first += count
            progress()
    figures = [
        of_runs(
            f"latency_ms.{name}.p{percent}",
            [percentile(run, percent) for run in runs],
            "ms",
            BARS[name].get(percent),
            f"{rates[name]:.0f} submissions/s for {sizes.latency_seconds:g} s, publish → eligibility-checked "
            "delivered",
        )
        for name, runs in found.items()
        for percent in (50, 99)
    ]
    how = "one submission on an idle platform, publish → `registered` heard by its front-end"
    return Findings(
        [
            *figures,
            of_runs("latency_ms.lone_answer", lone, "ms", LONE_BAR, how),
            Figure("latency_capacity_per_s", capacity, "/s", detail="whose half is held"),
        ]
    )


def steps(sizes: Sizes) -> int:
    return 1 + 3 * sizes.runs


async def lone_answers(settings: Settings, first: int, count: int) -> list[float]:
    """Milliseconds from a front-end's publish to the answer it hears, one file at a time."""
    programme = settings.programme()
    found = []
    async with client(settings, "holders") as front_end:
        heard = await front_end.subscribe(heard_subject(programme.id, CandidatureRegistered))
        await front_end.flush()
        for letter in submissions(programme, first, count):
            await asyncio.sleep(REST_SECONDS)
            sent = perf_counter()
            await front_end.publish(letter.subject, letter.body)
            await heard.next_msg(PATIENCE_SECONDS)
            found.append((perf_counter() - sent) * 1000)
    return found


async def answered(
    settings: Settings, answer: type[Event], rate: float, first: int, count: int
) -> list[float]:
    """Milliseconds from publish to answer, one for each file after the warm-up."""
    programme = settings.programme()
    letters = list(submissions(programme, first, count))
    came: dict[str, float] = {}
    everything = asyncio.Event()

    async def note(message: Msg) -> None:
        came.setdefault(message.subject.rpartition(".")[2], perf_counter())
        if len(came) == count:
            everything.set()

    async with client(settings, "provisioner") as reader, client(settings, "holders") as front_end:
        config = ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.NEW)
        await reader.jetstream().subscribe(filter_of(programme.id, answer), cb=note, config=config)
        sent = await send_paced(front_end, letters, rate)
        try:
            await asyncio.wait_for(everything.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            raise BenchFailed(f"{count - len(came)} of {count} files were not answered") from None
    keys = [letter.subject.rpartition(".")[2] for letter in letters]
    return [(came[key] - at) * 1000 for key, at in zip(keys, sent, strict=True)][WARM_UP:]


async def send_paced(front_end: Client, letters: Sequence[Outgoing], rate: float) -> list[float]:
    """When each left: one after the other on a fixed beat, whatever happens to those before."""
    began = perf_counter()
    sent = []
    for number, letter in enumerate(letters):
        if (early := began + number / rate - perf_counter()) > 0:
            await asyncio.sleep(early)
        sent.append(perf_counter())
        await front_end.publish(letter.subject, letter.body)
    return sent
