"""From a front-end's publish to the answer `eligibility-checked` in a reader's hands, at a steady rate."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.contract.eligibility import EligibilityChecked
from shared.contract.event import Event
from shared.contract.subjects import filter_of
from shared.kit.outgoing import Outgoing
from shared.kit.settings import Settings
from tests.bench.figures import Bar, Findings, at_most, of_runs, percentile
from tests.bench.files import submissions
from tests.bench.ground import BenchFailed, client, platform
from tests.bench.sizes import Progress, Sizes

BARS: dict[int, dict[int, Bar]] = {
    40: {50: at_most(12), 99: at_most(40)},
    1_000: {99: at_most(150)},
}
PATIENCE_SECONDS = 60.0
WARM_UP = 40  # files that are not counted: what a process does once


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    found: dict[int, list[list[float]]] = {rate: [] for rate in BARS}
    with platform(folder / "latency") as running:
        first = 0
        for _ in range(sizes.runs):
            for rate, runs in found.items():
                count = WARM_UP + round(rate * sizes.latency_seconds)
                answers = answered(running.settings, EligibilityChecked, rate, first, count)
                runs.append(asyncio.run(answers))
                first += count
                progress()
    figures = [
        of_runs(
            f"latency_ms.at_{rate}.p{percent}",
            [percentile(run, percent) for run in runs],
            "ms",
            BARS[rate].get(percent),
            f"{rate} submissions/s for {sizes.latency_seconds:g} s, publish → eligibility-checked delivered",
        )
        for rate, runs in found.items()
        for percent in (50, 99)
    ]
    return Findings(figures)


async def answered(
    settings: Settings, answer: type[Event], rate: int, first: int, count: int
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


async def send_paced(front_end: Client, letters: Sequence[Outgoing], rate: int) -> list[float]:
    """When each left: one after the other on a fixed beat, whatever happens to those before."""
    began = perf_counter()
    sent = []
    for number, letter in enumerate(letters):
        if (early := began + number / rate - perf_counter()) > 0:
            await asyncio.sleep(early)
        sent.append(perf_counter())
        await front_end.publish(letter.subject, letter.body)
    return sent
