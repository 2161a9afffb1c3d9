"""Things that stop for a while: a service paused, connections dropped, PostgreSQL killed."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

from services.funding.tools import annual_job as tranches
from shared.contract import funding as facts
from shared.contract import topology
from shared.contract.topology import SERVICES
from tests.faults.experiment import Skipped, Tally, Trial
from tests.faults.in_process import platform_in
from tests.faults.kills import awarded
from tests.faults.live import SabotagedPlatform, plan_in
from tests.faults.paper import changed
from tests.faults.under_load import under_load
from tests.platform import PATIENCE_SECONDS, Platform
from tests.postgresql import NoPostgres, Postgres
from tests.system.pipeline import season

ACK_WAIT_SECONDS = 2
PAUSE_SECONDS = ACK_WAIT_SECONDS + 1.0
COPIES = 3
Page = list[facts.GrantTrancheDue]


def pause_services(trial: Trial) -> Tally:
    """Each is stopped for longer than its ack wait: the broker gives its events out again."""
    sabotage = "short-ack-wait-no-inbox" if trial.sabotaged else "short-ack-wait"
    with SabotagedPlatform(plan_in(trial.folder), sabotage) as platform:
        random = trial.random
        targets = ("intake",) if trial.sabotaged else SERVICES

        async def strike(_number: int) -> None:
            pid = platform.pids()[random.choice(targets)]
            os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(PAUSE_SECONDS)
            os.kill(pid, signal.SIGCONT)

        return asyncio.run(under_load(trial, platform, strike, (0.2, 0.8)))


def drop_connections(trial: Trial) -> Tally:
    """The kernel closes every connection to the server, in the middle of whatever they carry."""
    sabotage = "publish-blindly" if trial.sabotaged else "none"
    with SabotagedPlatform(plan_in(trial.folder), sabotage) as platform:
        port = platform.settings.nats_url.rpartition(":")[2]

        async def strike(_number: int) -> None:
            await asyncio.to_thread(_close_sockets, port)

        return asyncio.run(under_load(trial, platform, strike, (0.3, 1.5)))


def _close_sockets(port: str) -> None:
    """Raises Skipped where the kernel never closes one: a socket that is just opening is passed over."""
    if shutil.which("ss") is None:
        raise Skipped("connections are closed with `ss -K`, which is not installed")
    command = ["ss", "-K", "dst", "127.0.0.1", "dport", "=", port]
    said = ""
    for _ in range(20):
        closed = subprocess.run(command, capture_output=True, text=True)
        if len(closed.stdout.splitlines()) > 1:
            return
        said = closed.stderr.strip()
        time.sleep(0.1)
    raise Skipped(f"the kernel does not close connections for us: {said or 'nothing was closed'}")


def copy_the_job(trial: Trial) -> Tally:
    """Several copies of the annual job run at once, again and again: a tranche falls due once for ever."""
    with ExitStack() as stack:
        if trial.sabotaged:
            often = tuple(replace(stream, write_once=False) for stream in topology.TABLE)
            stack.enter_context(changed(topology, "TABLE", often))
            stack.enter_context(changed(tranches, "event_id_of", lambda _: str(uuid4())))
        stack.enter_context(changed(tranches, "pages", _read_by_all(tranches.pages)))
        platform = stack.enter_context(platform_in(trial.folder))
        return asyncio.run(_copied(trial, platform))


def _read_by_all(read: Callable[..., Iterator[Page]]) -> Callable[..., Iterator[Page]]:
    """No copy says a word before each has read what is due: on a busy machine they would take turns."""
    everybody = Barrier(COPIES)

    def pages(*asked: Any) -> Iterator[Page]:
        found = list(read(*asked))
        everybody.wait(PATIENCE_SECONDS)
        yield from found

    return pages


async def _copied(trial: Trial, platform: Platform) -> Tally:
    tally = Tally()
    try:
        await platform.provision()
        async with platform.running("intake", "eligibility", "funding"):
            due = await awarded(platform)
            for number in range(trial.count):
                await _all_at_once(platform, number)
                tally.faults += 1
        said = Counter(fact.dossier for fact in await platform.facts(facts.GrantTrancheDue))
        tally.accepted = len(said)
        tally.lost = len(set(due) - set(said))
        tally.doubled = sum(count - 1 for count in said.values())
    finally:
        await platform.close()
    return tally


async def _all_at_once(platform: Platform, number: int) -> None:
    """The copies of one year's job."""
    wanted = tranches.Wanted(season.FIRST_DUE.replace(year=season.FIRST_DUE.year + number % 3))
    jobs = [
        asyncio.to_thread(tranches.publish_tranches, platform.settings, wanted)
        for _ in range(COPIES)
    ]
    await asyncio.gather(*jobs)


def kill_postgres(trial: Trial) -> Tally:
    """Every service on PostgreSQL, whose processes are all killed at once; it comes back, and so do they."""
    with on_postgres(trial.folder) as postgres:
        sabotage = "ack-first" if trial.sabotaged else "none"
        with SabotagedPlatform(plan_in(trial.folder), sabotage) as platform:

            async def strike(_number: int) -> None:
                await asyncio.to_thread(postgres.kill)
                await asyncio.sleep(0.3)
                await asyncio.to_thread(postgres.start)

            return asyncio.run(under_load(trial, platform, strike, (0.5, 1.5)))


@contextmanager
def on_postgres(folder: Path) -> Iterator[Postgres]:
    """Tells every process of the platform, and this one, where the databases are. Raises Skipped."""
    try:
        with Postgres(folder) as postgres, _databases(postgres):
            yield postgres
    except NoPostgres as failure:
        raise Skipped(str(failure)) from None


@contextmanager
def _databases(postgres: Postgres) -> Iterator[None]:
    """Tells every process of the platform, and this one, where the databases are."""
    names = {f"FABRIQUES_{name.upper()}_DATABASE_URL": postgres.database(name) for name in SERVICES}
    os.environ.update(names)
    try:
        yield
    finally:
        for name in names:
            del os.environ[name]
