"""What telling costs: the stage with its log lines and metrics, beside the same service that says nothing."""

import asyncio
from pathlib import Path

from tests.bench.figures import Findings, at_least, of_runs, ratios
from tests.bench.ground import platform
from tests.bench.replica import MUTE
from tests.bench.sizes import Progress, Sizes
from tests.bench.stage import drained


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    telling: list[float] = []
    mute: list[float] = []
    for _ in range(sizes.runs):
        telling.append(_drain(folder, sizes))
        progress()
        mute.append(_drain(folder, sizes, MUTE))
        progress()
    how = "eligibility's stage with a line and counts for each event, over the same without"
    return Findings(
        [
            of_runs("telling_over_mute", ratios(telling, mute), bar=at_least(0.97), detail=how),
            of_runs("telling.events_per_s", telling, "events/s"),
            of_runs("mute.events_per_s", mute, "events/s"),
        ]
    )


def _drain(folder: Path, sizes: Sizes, *words: str) -> float:
    with platform(folder / "telling", services=()) as running:
        return asyncio.run(drained(running.settings, 0, sizes.stage_events, words=words))
