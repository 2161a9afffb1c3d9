"""Power cuts: the whole platform on its own disk, stopped dead at work, then started on what is left."""

import asyncio
import os
import signal
import time
from dataclasses import replace
from random import Random

from shared.kit.settings import Settings
from tests.faults.disks import Disk, own_disk
from tests.faults.experiment import Tally, Trial
from tests.faults.live import PROBE, Front, SabotagedPlatform, account, plan_in, recovery

LOAD_SECONDS = (1.0, 2.5)
SENDERS = 3


def cut_power(trial: Trial) -> Tally:
    with own_disk(trial.folder) as disk:
        plan = replace(
            plan_in(trial.folder, "2m" if trial.sabotaged else "always"),
            home=disk.mount_point / "home",
        )
        sabotage = "no-disk-sync" if trial.sabotaged else "none"
        random = trial.random
        tally = Tally()
        fronts = []
        while tally.faults < trial.count:
            platform = SabotagedPlatform(plan, sabotage)
            started = time.monotonic()
            platform.start()
            tally.stop(time.monotonic() - started)
            fronts += asyncio.run(
                _loaded(platform.settings, trial.seed, tally.faults, random.uniform(*LOAD_SECONDS))
            )
            _pull_the_plug(platform, disk)
            tally.faults += 1
            trial.tell(
                f"{tally.faults} power cuts, {sum(front.acked for front in fronts)} accepted"
            )
        with SabotagedPlatform(plan, sabotage) as platform:
            asyncio.run(
                _accounted(platform.settings, fronts, tally, 5.0 if trial.sabotaged else 60.0)
            )
    return tally


async def _loaded(settings: Settings, seed: int, cut: int, seconds: float) -> list[Front]:
    """The fronts, with what the broker had acked when time was over: nothing is acked after this moment."""
    fronts = [
        Front(settings, Random(f"{seed}/{cut}/{n}"), cut * 100_000 + n * 20_000)
        for n in range(SENDERS)
    ]
    for front in fronts:
        await front.open()
    floods = [asyncio.create_task(front.flood(0.002)) for front in fronts]
    await asyncio.sleep(seconds)
    for front, flood in zip(fronts, floods, strict=True):
        front.stopped = True
        flood.cancel()
    await asyncio.gather(*floods, return_exceptions=True)
    return fronts


def _pull_the_plug(platform: SabotagedPlatform, disk: Disk) -> None:
    """Everybody stops at one moment; what is in memory alone is gone."""
    pids = [platform.supervisor_pid, *platform.pids().values()]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    disk.cut()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    platform.stop()
    disk.unmount()
    disk.mount()


async def _accounted(
    settings: Settings, fronts: list[Front], tally: Tally, patience: float
) -> None:
    probe = Front(settings, Random(0), 0)
    await probe.open()
    try:
        tally.notes["recovery_s"] = round(await recovery(settings, probe, PROBE, patience), 2)
        silence = tally.longest_stop_s
        await account(settings, [*fronts, probe], tally, patience)
        tally.longest_stop_s = silence  # the time without power is no silence of ours
    finally:
        await probe.close()
