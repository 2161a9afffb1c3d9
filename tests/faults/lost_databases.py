"""Databases are lost: all is killed at work, one service's records thrown away, made anew from the log."""

import asyncio
import os
import signal
import time
from random import Random

from deploy.local.audit.bring_up_to_date import rebuild_and_audit
from shared.contract.topology import SERVICES
from shared.kit.settings import Settings
from tests.copies import lose
from tests.faults.experiment import Tally, Trial
from tests.faults.live import (
    PROBE,
    SENDERS_APART,
    Front,
    SabotagedPlatform,
    account,
    plan_in,
    recovery,
)

LOAD_SECONDS = (1.0, 2.5)
SENDERS = 2
FRONTS_APART = 20_000  # numbers of candidatures, between two losses


def lose_databases(trial: Trial) -> Tally:
    """The control serves on with an empty database, as if nothing had been there."""
    plan = plan_in(trial.folder)
    sabotage = "older-copies-served" if trial.sabotaged else "none"
    random = trial.random
    tally = Tally()
    fronts: list[Front] = []
    while tally.faults < trial.count:
        platform = SabotagedPlatform(plan, sabotage)
        platform.start()
        fronts += asyncio.run(
            _loaded(platform.settings, trial.seed, tally.faults, random.uniform(*LOAD_SECONDS))
        )
        _kill(platform)
        service = random.choice(SERVICES)
        lose(plan.home, service)
        if not trial.sabotaged:
            started = time.monotonic()
            _made_anew(trial, service, tally)
            tally.stop(time.monotonic() - started)
        tally.faults += 1
        tally.notes[service] = tally.notes.get(service, 0) + 1
        trial.tell(
            f"{tally.faults} databases lost, {sum(front.acked for front in fronts)} accepted"
        )
    with SabotagedPlatform(plan, sabotage) as platform:
        asyncio.run(_accounted(platform.settings, fronts, tally, 5.0 if trial.sabotaged else 60.0))
    return tally


def _made_anew(trial: Trial, service: str, tally: Tally) -> None:
    home = trial.folder / "home"
    rebuilt, report = asyncio.run(rebuild_and_audit(home, service, lambda _done, _of: None, False))
    tally.notes["decided again"] = tally.notes.get("decided again", 0) + rebuilt.tally.events
    if not rebuilt.in_place or report is None or report.missing or report.changed or report.unheard:
        tally.wrong.append(f"{service} was not made anew: {rebuilt.tally.unexplained[:1]}")


async def _loaded(settings: Settings, seed: int, loss: int, seconds: float) -> list[Front]:
    """The fronts, with what the broker had acked when time was over: nothing is acked after this moment."""
    fronts = [
        Front(settings, Random(f"{seed}/{loss}/{n}"), n * SENDERS_APART + loss * FRONTS_APART)
        for n in range(1, SENDERS + 1)
    ]
    for front in fronts:
        await front.open()
    floods = [asyncio.create_task(front.flood()) for front in fronts]
    await asyncio.sleep(seconds)
    for front in fronts:
        front.stopped = True
    await asyncio.gather(*floods)
    for front in fronts:
        await front.close()
    return fronts


def _kill(platform: SabotagedPlatform) -> None:
    """Everybody stops at one moment, at work."""
    for pid in (platform.supervisor_pid, *platform.pids().values()):
        os.kill(pid, signal.SIGKILL)
    platform.stop()


async def _accounted(
    settings: Settings, fronts: list[Front], tally: Tally, patience: float
) -> None:
    probe = Front(settings, Random(0), 0)
    await probe.open()
    try:
        tally.notes["recovery_s"] = round(await recovery(settings, probe, PROBE, patience), 2)
        longest = tally.longest_stop_s
        await account(settings, [*fronts, probe], tally, patience)
        tally.longest_stop_s = longest  # the time without a platform is no silence of ours
    finally:
        await probe.close()
