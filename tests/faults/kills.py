"""`kill -9` of any service, the server, the tranche job and the command, at random moments under load."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

from shared.contract import funding as facts
from shared.contract.intake import WaveClosed
from shared.contract.topology import SERVICES
from shared.kit.settings import Settings
from tests.faults.experiment import Tally, Trial
from tests.faults.live import AT, SabotagedPlatform, plan_in
from tests.faults.sabotage import SHIPPED_DELAYS
from tests.faults.under_load import under_load
from tests.platform import Platform
from tests.store import path_with
from tests.submissions import submission
from tests.system.pipeline import season
from tests.waiting import wait_restarted

SERVER = "nats-server"
JOB = "tranche-job"
COMMAND = "command"
TARGETS = (*SERVICES, *SERVICES, SERVER, JOB, COMMAND)
GRANTS = 6
PAUSE_SECONDS = (0.02, 0.3)
HAMMERED_SECONDS_MAX = 10.0


def kill(trial: Trial) -> Tally:
    with SabotagedPlatform(
        plan_in(trial.folder), "ack-first" if trial.sabotaged else "none"
    ) as platform:
        return asyncio.run(_kill(trial, platform))


async def _kill(trial: Trial, platform: SabotagedPlatform) -> Tally:
    settings = platform.settings
    random = trial.random
    struck = Counter[str]()
    due = [] if trial.sabotaged else await _awarded_there(settings)
    outside = Outside(settings, trial.folder, random)
    targets = SERVICES if trial.sabotaged else TARGETS

    async def strike(_number: int) -> None:
        while True:
            target = random.choice(targets)
            if await _strike(platform, outside, target):
                struck[target] += 1
                return
            await asyncio.sleep(random.uniform(*PAUSE_SECONDS))

    tally = await under_load(
        trial, platform, strike, PAUSE_SECONDS, control_patience=5.0, finish=outside.finish
    )
    tally.notes |= struck
    if not trial.sabotaged:
        await _each_tranche_once(settings, due, tally)
    return tally


def hammer(trial: Trial) -> Tally:
    """One service is killed as soon as it runs, again and again, under the shipped supervisor's delays."""
    sabotage = "shipped-delays-no-limit" if trial.sabotaged else SHIPPED_DELAYS
    with SabotagedPlatform(plan_in(trial.folder), sabotage) as platform:
        # Those a new dossier cannot pass without.
        victim = trial.random.choice(("intake", "eligibility"))

        killed = [0]

        async def strike(_number: int) -> None:
            await asyncio.to_thread(wait_restarted, platform, victim, killed[-1], 60.0)
            killed.append(platform.kill(victim))

        tally = asyncio.run(under_load(trial, platform, strike, (0.0, 0.2), control_patience=15.0))
    if tally.notes["recovery_s"] > HAMMERED_SECONDS_MAX:
        tally.wrong.append(f"{victim} was away for {tally.notes['recovery_s']} s")
    return tally


async def _awarded_there(settings: Settings) -> list[str]:
    platform = Platform(bus=None, settings=settings)  # type: ignore[arg-type]
    try:
        return await awarded(platform)
    finally:
        await platform.close()


async def awarded(platform: Platform) -> list[str]:
    """A first wave with a few grants, so that tranches fall due.

    Returns the tranches the job must speak of.
    """
    keys = [await season.submit(platform) for _ in range(GRANTS)]
    await platform.idle("eligibility")
    for key in keys:
        await season.review(platform, key, 4)
    await platform.fact(WaveClosed, "2020-4")
    await season.publish_wave(platform, "2020-4")
    await platform.fact(facts.GrantAwarded, count=GRANTS)
    return [f"{key}-T1" for key in keys]


async def _strike(platform: SabotagedPlatform, outside: "Outside", target: str) -> bool:
    if target == JOB:
        return await outside.kill_job()
    if target == COMMAND:
        return await outside.kill_command()
    pid = platform.pids().get(target)
    if not pid:
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


class Outside:
    """The job and the command, started again and again and killed on their way."""

    def __init__(self, settings: Settings, folder: Path, random: Random) -> None:
        self._settings = settings
        self._folder = folder
        self._random = random
        self._files: list[Path] = []
        self._endless: list[str] = []

    async def kill_job(self) -> bool:
        return await self._killed(self._job())

    async def kill_command(self) -> bool:
        path = self._new_file()
        await self._killed(self._submit(path))
        # At once: the day of the tranches, once its job has spoken, ends the wave that this file is for.
        await self._insist(self._submit(path))
        return True

    async def finish(self, tally: Tally) -> None:
        """The job, too, is run again to its end, as its user would."""
        await self._insist(self._job())
        tally.stuck += len(self._endless)
        tally.wrong += self._endless
        tally.accepted += len(self._files)
        tally.notes["interrupted_commands"] = len(self._files)

    def _job(self) -> list[str]:
        return ["tranches", "publish", "--as-of", season.FIRST_DUE.isoformat()]

    def _submit(self, path: Path) -> list[str]:
        return ["submit", str(path), "--at", AT]

    def _new_file(self) -> Path:
        key, body = submission(5_000_000 + len(self._files))
        path = self._folder / f"{key}.json"
        path.write_text(json.dumps(body))
        self._files.append(path)
        return path

    async def _killed(self, command: list[str]) -> bool:
        child = self._start(command)
        await asyncio.sleep(self._random.uniform(0.3, 1.6))
        child.kill()
        await asyncio.to_thread(child.wait)
        return True

    async def _insist(self, command: list[str], times: int = 5) -> None:
        for _ in range(times):
            if await asyncio.to_thread(self._start(command).wait) == 0:
                return
            await asyncio.sleep(0.5)
        last_words = (self._folder / "commands.log").read_text("utf-8").split("\n")[-3:]
        self._endless.append(f"{command[0]} came to no end: {' '.join(last_words)}")

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        environment = {
            **os.environ,
            "PYTHONPATH": path_with(),
            "FABRIQUES_HOME": str(self._settings.home),
        }
        with (self._folder / "commands.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "deploy.cli.main", *command],
                env=environment,
                stdout=log,
                stderr=log,
            )


async def _each_tranche_once(settings: Settings, due: list[str], tally: Tally) -> None:
    platform = Platform(bus=None, settings=settings)  # type: ignore[arg-type]
    try:
        said = [fact.dossier for fact in await platform.facts(facts.GrantTrancheDue)]
        answered = [fact.dossier for fact in await platform.facts(facts.TrancheWithheld)]
        for found, words in ((said, "fell due"), (answered, "was answered")):
            for tranche in due:
                count = found.count(tranche)
                tally.lost += count == 0
                tally.doubled += max(0, count - 1)
                if count != 1:
                    tally.wrong.append(f"{tranche} {words} {count} times")
    finally:
        await platform.close()
