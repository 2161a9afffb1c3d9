"""A platform under load that is struck again and again, then left alone and accounted for."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from random import Random

from tests.faults.experiment import Tally, Trial
from tests.faults.live import (
    PROBE,
    SENDERS_APART,
    SENDING_PAUSE_SECONDS,
    Front,
    SabotagedPlatform,
    account,
    recovery,
    until_quiet,
)

Strike = Callable[[int], Awaitable[None]]
SENDERS = 2
CONTROL_PATIENCE_SECONDS = 5.0
RESTLESS_SECONDS = 1.0
TOLD_EVERY = 20


async def under_load(
    trial: Trial,
    platform: SabotagedPlatform,
    strike: Strike,
    pause: tuple[float, float],
    control_patience: float = CONTROL_PATIENCE_SECONDS,
    also: Sequence[Front] = (),
    sending_pause_seconds: float = SENDING_PAUSE_SECONDS,
    finish: Callable[[Tally], Awaitable[None]] | None = None,
) -> Tally:
    """`strike(n)` breaks something and mends it; `finish` ends what it left half done, before the account.

    `recovery_s` is how soon a new dossier passes after the last one.
    """
    settings = platform.settings
    random = trial.random
    tally = Tally()
    numbers = range(1, SENDERS + 1)
    fronts = [
        Front(settings, Random(f"{trial.seed}/{number}"), SENDERS_APART * number)
        for number in numbers
    ]
    for front in fronts:
        await front.open()
    floods = [asyncio.create_task(front.flood(sending_pause_seconds)) for front in fronts]
    for number in range(trial.count):
        await asyncio.sleep(random.uniform(*pause))
        await strike(number)
        tally.faults += 1
        if tally.faults % TOLD_EVERY == 0:
            trial.tell(f"{tally.faults} faults, {sum(front.acked for front in fronts)} accepted")
    patience = control_patience if trial.sabotaged else 60.0
    struck = time.monotonic()
    recovering = asyncio.create_task(recovery(settings, fronts[0], PROBE, patience))
    await asyncio.sleep(0.3)
    for front in fronts:
        front.stopped = True
    await asyncio.gather(*floods)
    tally.notes["recovery_s"] = round(await recovering, 2)
    if await until_quiet(settings, patience):
        patience = RESTLESS_SECONDS  # it had its time to come to rest
    tally.notes["settled_s"] = round(time.monotonic() - struck, 2)
    if finish:
        await finish(tally)
    await account(settings, [*fronts, *also], tally, patience)
    for front in (*fronts, *also):
        await front.close()
    return tally
