"""Things that stop for a while: a service paused, connections dropped, PostgreSQL killed."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

from deploy.local.nats_server import free_port
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
from tests.system.pipeline import season

ACK_WAIT_SECONDS = 2
PAUSE_SECONDS = ACK_WAIT_SECONDS + 1.0
COPIES = 3
Page = list[facts.GrantTrancheDue]
POSTGRES_FOLDERS = ("/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/15/bin")


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
    jobs = [asyncio.to_thread(tranches.publish_tranches, platform.settings, wanted) for _ in range(COPIES)]
    await asyncio.gather(*jobs)


def kill_postgres(trial: Trial) -> Tally:
    """Every service on PostgreSQL, whose processes are all killed at once; it comes back, and so do they."""
    with Postgres(trial.folder) as postgres, _databases(postgres):
        sabotage = "ack-first" if trial.sabotaged else "none"
        with SabotagedPlatform(plan_in(trial.folder), sabotage) as platform:

            async def strike(_number: int) -> None:
                await asyncio.to_thread(postgres.kill)
                await asyncio.sleep(0.3)
                await asyncio.to_thread(postgres.start)

            return asyncio.run(under_load(trial, platform, strike, (0.5, 1.5)))


@contextmanager
def _databases(postgres: "Postgres") -> Iterator[None]:
    """Tells every process of the platform, and this one, where the databases are."""
    names = {f"FABRIQUES_{name.upper()}_DATABASE_URL": postgres.database(name) for name in SERVICES}
    os.environ.update(names)
    try:
        yield
    finally:
        for name in names:
            del os.environ[name]


class Postgres:
    """A server of our own, on a port of its own, run by the user `postgres`."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "postgres"
        self._port = free_port()
        found = [path for path in POSTGRES_FOLDERS if (Path(path) / "postgres").exists()]
        if not found or os.geteuid() != 0:
            raise Skipped("PostgreSQL is not installed here, or this is not root")
        self._bin = Path(found[0])

    def __enter__(self) -> "Postgres":
        self._data.parent.chmod(0o755)
        self._data.mkdir()
        shutil.chown(self._data, "postgres")
        self._as_postgres("initdb", "-D", str(self._data), "-A", "trust", "-U", "postgres", "--no-sync")
        self.start()
        return self

    def start(self) -> None:
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -k {self._data}"
        deadline = time.monotonic() + 20
        while self._as_postgres(
            "pg_ctl", "-D", str(self._data), "-w", "-o", options, "-l", f"{self._data}/log", "start"
        ):
            if time.monotonic() > deadline:
                raise Skipped("PostgreSQL does not start here")
            time.sleep(0.2)

    def kill(self) -> None:
        """The postmaster and all its children at once."""
        postmaster = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        for pid in [*_children(postmaster), postmaster]:
            with suppress(ProcessLookupError):  # a child may end by itself meanwhile
                os.kill(pid, signal.SIGKILL)

    def database(self, name: str) -> str:
        self._as_postgres("createdb", "-h", "127.0.0.1", "-p", str(self._port), "-U", "postgres", name)
        return f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/{name}"

    def _as_postgres(self, program: str, *words: str) -> int:
        command = [
            "setpriv",
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            str(self._bin / program),
            *words,
        ]
        return subprocess.run(command, capture_output=True, cwd="/").returncode

    def __exit__(self, *_: object) -> None:
        self._as_postgres("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")


def _children(parent: int) -> list[int]:
    path = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []
