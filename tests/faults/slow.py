"""Slowness: bursts of large files meet rules that outlast their ack wait, on a server that keeps little."""

import asyncio
import re
from collections import Counter
from random import Random

from deploy.local.home.plan import SERVER, log_file
from shared.contract.topology import SERVICES
from tests.faults.experiment import Tally, Trial
from tests.faults.live import Front, SabotagedPlatform, plan_in
from tests.faults.under_load import under_load

BURST = 300
PAUSE_SECONDS = (4.0, 6.0)  # what a burst takes, beside a light load
SENDING_PAUSE_SECONDS = 0.05
DROPPED = re.compile(rf':({"|".join(SERVICES)})" - .*Slow Consumer Detected')


def slow_down(trial: Trial) -> Tally:
    """What waits inside a service is given out again; who is sent more than it reads at once is dropped."""
    with SabotagedPlatform(
        plan_in(trial.folder), "slow-and-greedy" if trial.sabotaged else "slow"
    ) as platform:
        burst = Front(platform.settings, Random(f"{trial.seed}/burst"), 1_000_000)

        async def strike(number: int) -> None:
            if not burst.client:
                await burst.open()
            first = burst.first_number + number * BURST
            await asyncio.gather(*map(burst.send, range(first, first + BURST)))

        load = under_load(
            trial,
            platform,
            strike,
            PAUSE_SECONDS,
            also=[burst],
            sending_pause_seconds=SENDING_PAUSE_SECONDS,
        )
        tally = asyncio.run(load)
        said = log_file(platform.plan.home, SERVER).read_text(encoding="utf-8", errors="replace")
    dropped = Counter(DROPPED.findall(said))
    tally.notes["dropped"] = dropped
    tally.wrong += [f"{service} was dropped {count} times" for service, count in dropped.items()]
    return tally
