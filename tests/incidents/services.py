"""Incidents of processes, keys, databases, and of what front-ends send."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.local.keys.identities import make_key
from shared.contract.front_ends import HOLDERS, FrontEnd
from shared.contract.frontdesk import AgreementSigned, CandidatureSubmitted, WithdrawalRequested
from shared.contract.intake import CandidatureRegistered
from shared.kit.bus.connection import connect
from tests.faults.experiment import Skipped
from tests.incidents.incident import Stage
from tests.platform import as_bytes, until
from tests.submissions import candidature_id, submission
from tests.waiting import wait_restarted

SMALL = FrontEnd("small", HOLDERS, code="S", bytes_max=1_500_000)
FLOOD = 6_000
AT_ONCE = 100
BURST = 1_500  # still being decided when two minutes have passed
FIRST_OF_THE_BURST = 1_000_000  # a number that no other sender reaches


@asynccontextmanager
async def kill_a_service(stage: Stage) -> AsyncIterator[None]:
    assert stage.local
    await asyncio.to_thread(stage.local.kill, "intake")
    yield


@asynccontextmanager
async def hang_a_service(stage: Stage) -> AsyncIterator[None]:
    """It is stopped, not dead; its supervisor starts it again within ten seconds."""
    assert stage.local
    pid = stage.local.pids()["funding"]
    os.kill(pid, signal.SIGSTOP)
    yield
    await asyncio.to_thread(wait_restarted, stage.local, "funding", pid, 30.0)


@asynccontextmanager
async def send_garbage(stage: Stage) -> AsyncIterator[None]:
    """Nobody can read it, and nobody can be answered."""
    for number in range(20):
        await stage.platform.publish(
            "holders", WithdrawalRequested, candidature_id(), b"{" * (number + 1)
        )
    yield


@asynccontextmanager
async def flood(stage: Stage) -> AsyncIterator[None]:
    """One front-end with little room says the same nothing thousands of times."""
    await _send(stage, SMALL.name, [(candidature_id(), b"{}" + b" " * 300) for _ in range(FLOOD)])
    yield


async def _send(stage: Stage, identity: str, files: list[tuple[str, bytes]]) -> None:
    """A hundred at once, until the room of its stream is used up."""
    client = await connect(stage.settings, identity)
    js = client.jetstream(timeout=10)
    kind = f"{stage.platform.programme}.{CandidatureSubmitted.event_type()}"
    for start in range(0, len(files), AT_ONCE):
        sent = (js.publish(f"{kind}.{key}", body) for key, body in files[start : start + AT_ONCE])
        answers = await asyncio.gather(*sent, return_exceptions=True)
        if any(isinstance(answer, Exception) for answer in answers):
            break
    await client.close()


@asynccontextmanager
async def sign_what_nobody_granted(stage: Stage) -> AsyncIterator[None]:
    """An agreement is signed before its grant: it waits for a decision, and somebody asks for which."""
    early = candidature_id()
    body = {"candidature_id": early, "signatory": "Camille Exemple"}
    await stage.platform.publish("holders", AgreementSigned, early, body)
    yield


@asynccontextmanager
async def exchange_a_key(stage: Stage) -> AsyncIterator[None]:
    """A service comes back with a key that the server does not know."""
    assert stage.local
    key = stage.settings.key_file("notify")
    kept = stage.folder / "notify.nk"
    shutil.copy2(key, kept)
    key.unlink()
    make_key(key)
    stage.local.kill("notify")
    yield
    shutil.copy2(kept, key)
    await _ready(stage, "notify")


@asynccontextmanager
async def protect_a_database(stage: Stage) -> AsyncIterator[None]:
    """Its files take no write any more, as where a file system went read-only."""
    assert stage.local
    files = [
        str(path) for path in (stage.home / "data").glob("intake.db*") if path.suffix != ".db-shm"
    ]
    _, body = submission()
    await asyncio.to_thread(_change_attributes, "+i", files)
    try:
        stage.local.kill("intake")
        await stage.platform.publish("holders", CandidatureSubmitted, body["candidature_id"], body)
        yield
    finally:
        await asyncio.to_thread(_change_attributes, "-i", files)
    await _ready(stage, "intake")
    await stage.platform.fact(CandidatureRegistered, body["candidature_id"])


def _change_attributes(how: str, files: list[str]) -> None:
    """Root writes to any file that is not immutable. Raises Skipped where none can be."""
    if subprocess.run(["chattr", how, *files], check=False, capture_output=True).returncode:
        raise Skipped("chattr is not to be had")


@asynccontextmanager
async def overload_rules(stage: Stage) -> AsyncIterator[None]:
    """On a platform whose rules are slow, more comes than is decided."""
    files = [submission(FIRST_OF_THE_BURST + number) for number in range(BURST)]
    await _send(stage, "holders", [(key, as_bytes(body)) for key, body in files])
    yield


@asynccontextmanager
async def nothing_more(_stage: Stage) -> AsyncIterator[None]:
    """The platform itself was started wrong."""
    yield


async def _ready(stage: Stage, service: str) -> None:
    async def ready() -> bool:
        try:
            return bool((await stage.platform.ask(service, "ready")).get("ready"))
        except Exception:
            return False

    await until(ready, f"{service} is ready again", 60)
