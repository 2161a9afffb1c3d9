"""Attack 10: disks that are full or read-only, processes that hang. Readiness tells, and all comes back."""

import asyncio
import contextlib
import json
import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from sqlalchemy import make_url

from deploy.local.home.plan import PlatformPlan
from deploy.local.running import vitals
from deploy.local.running.child_process import ChildProcess
from deploy.local.running.platform import LocalPlatform
from deploy.local.running.vitals import Pulse, Silence
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.contract.subjects import ask_subject
from shared.kit.bus.connection import connect
from tests.faults.disks import own_disk
from tests.faults.experiment import Skipped
from tests.faults.live import SabotagedPlatform
from tests.platform import Platform, as_bytes, as_data, until
from tests.store import on_postgres, reading_alone
from tests.submissions import OPEN_DAY, submission
from tests.waiting import wait_restarted

DISK_MEGABYTES = 48
LOOKS_MAX = 200  # a minute


@contextlib.contextmanager
def read_only(files: list[Path]) -> Iterator[None]:
    """Root writes to any file that is not immutable; anybody else is stopped by its mode."""
    modes = [stat.S_IMODE(file.stat().st_mode) for file in files]
    for file in files:
        file.chmod(0o444)
    immutable = os.geteuid() == 0
    if (
        immutable
        and subprocess.run(["chattr", "+i", *files], check=False, capture_output=True).returncode
    ):
        pytest.skip("root writes to any file here: chattr +i is not to be had")
    try:
        yield
    finally:
        if immutable:
            subprocess.run(["chattr", "-i", *files], check=True)
        for file, mode in zip(files, modes, strict=True):
            file.chmod(mode)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """On a disk: in memory, whoever has a file open goes on writing to one that is read-only."""
    with TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


def read_only_database(platform: Platform, service: str) -> AbstractContextManager[None]:
    if on_postgres():
        return reading_alone(make_url(platform.settings.database_url(service)))
    data = platform.home / "data"
    return read_only([file for file in data.iterdir() if not file.name.endswith("-shm")])


async def readiness(platform: Platform, ready: bool) -> str:
    async def said() -> str | None:
        answer = await platform.ask("intake", "ready")
        return str(answer.get("cause")) if answer["ready"] == ready else None

    return await until(said, f"intake is {'ready' if ready else 'not ready'}")


async def test_a_database_that_is_read_only_is_told_and_used_again_once_it_is_writable(
    platform: Platform,
) -> None:
    dossier, body = submission()
    async with platform.running("intake") as [service]:
        service.consumer.work.engine.dispose()  # what is opened from now on is opened read-only
        with read_only_database(platform, "intake"):
            assert "its database takes no write" in await readiness(platform, ready=False)
            await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await readiness(platform, ready=True)
        await platform.fact(CandidatureRegistered, dossier)


async def test_many_who_ask_whether_it_is_ready_share_one_write(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with platform.running("intake") as [service]:
        written = []
        write = service.consumer.write

        async def counted(work: Any) -> Any:
            written.append(work)
            return await write(work)

        monkeypatch.setattr(service.consumer, "write", counted)
        monkeypatch.setattr("shared.kit.consumer.readiness.PROOF_SECONDS", 60.0)
        await asyncio.gather(*(platform.ask("intake", "ready") for _ in range(20)))
        assert len(written) <= 1


def hung() -> int:
    signal.pause()
    return 0


def busy() -> int:
    while True:
        pass


@pytest.mark.parametrize(("work", "hangs"), [(hung, True), (busy, False)])
def test_a_process_that_gives_no_sign_hangs_unless_it_computes(work: Any, hangs: bool) -> None:
    child = ChildProcess("silent", work)
    child.start()
    try:
        silence = Silence()
        looks: list[bool] = []
        # It is not judged before it has begun to hang, however long its start takes.
        while len(looks) < 3 or (hangs and not looks[-1] and len(looks) < LOOKS_MAX):
            looks.append(silence.is_too_long(child.pid, vitals.SILENT_SECONDS_MAX + 1))
            os.sched_yield()
            signal.sigtimedwait([], 0.3)
        assert looks[0] is False, "it is compared with the look before"
        assert looks[-1] is hangs
        assert silence.is_too_long(child.pid, vitals.WORKING_SECONDS_MAX + 1), (
            "no work lasts that long"
        )
    finally:
        child.tell(signal.SIGKILL)


def test_a_pulse_is_seen_across_a_fork_and_begins_anew_with_each_start() -> None:
    pulse = Pulse()
    child = ChildProcess("beats", lambda: pulse.beat() or 0, vitals=pulse)
    child.start()
    os.waitpid(child.pid, 0)
    assert pulse.ails(child.pid) == ""


def test_a_service_and_a_server_that_hang_are_started_again(tmp_path: Path) -> None:
    plan = PlatformPlan(tmp_path / "var", services=("intake",))
    with SabotagedPlatform(plan, "short-silence") as platform:
        before = platform.pids()
        for pid in before.values():
            os.kill(pid, signal.SIGSTOP)
        for name, pid in before.items():
            wait_restarted(platform, name, pid)
        asyncio.run(answers(platform))
        log = (tmp_path / "var" / "logs" / "supervisor.log").read_text(encoding="utf-8")
        told = [json.loads(line) for line in log.splitlines()]
        # Where all is slow, one may hang a second time as it starts.
        assert {one["process"] for one in told if one["event"] == "process hangs"} == set(before)


async def answers(platform: LocalPlatform) -> None:
    client = await connect(platform.settings, "officers")
    try:
        await until(lambda: _ready(client), "intake is ready")
    finally:
        await client.close()


async def _ready(client: Client) -> bool:
    try:
        answer = await client.request(ask_subject("fabriques", "intake", "ready"), b"{}", timeout=2)
    except NatsError:
        return False
    return bool(as_data(answer.data)["ready"])


def test_after_a_full_disk_what_holders_send_is_taken_again(tmp_path: Path) -> None:
    """A stream where a write failed takes no more: readiness says so; given room, the server starts anew."""
    try:
        with own_disk(tmp_path, DISK_MEGABYTES) as disk:
            home = disk.mount_point / "home"
            with LocalPlatform(
                PlatformPlan(home, rehearsal=True, services=("intake",))
            ) as platform:
                asyncio.run(full_for_a_while(platform, disk.mount_point / "ballast"))
    except Skipped as reason:
        pytest.skip(str(reason))


async def full_for_a_while(platform: LocalPlatform, ballast: Path) -> None:
    holders = await connect(platform.settings, "holders", attempts=-1)
    officers = await connect(platform.settings, "officers", attempts=-1)

    async def sent() -> bool:
        dossier, body = submission()
        subject = f"fabriques.{CandidatureSubmitted.event_type()}.{dossier}"
        try:
            await holders.jetstream().publish(subject, as_bytes(body), timeout=1)
        except (NatsError, TimeoutError):
            return False
        return True

    async def wedged() -> bool:
        return not await sent()

    async def told() -> bool:
        return not await _ready(officers)

    try:
        await until(sent, "FRONTDESK takes what is sent")
        take_all_room(ballast)
        await until(wedged, "FRONTDESK refuses")
        await until(told, "intake is not ready")
        await asyncio.to_thread(ballast.unlink)
        await until(sent, "FRONTDESK takes what is sent again")
        await until(lambda: _ready(officers), "intake is ready again")
    finally:
        await holders.close()
        await officers.close()


def take_all_room(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)
