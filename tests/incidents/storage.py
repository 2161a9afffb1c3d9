"""Incidents of disks and of a server's database."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from shared.contract.frontdesk import CandidatureSubmitted
from tests.faults.test_ready_means_it_works import take_all_room
from tests.incidents.incident import Stage
from tests.platform import until
from tests.submissions import submission


@asynccontextmanager
async def fill_the_disk(stage: Stage) -> AsyncIterator[None]:
    """What holders send is refused until there is room."""
    ballast = stage.home.parent / "ballast"
    await asyncio.to_thread(take_all_room, ballast)
    await until(lambda: _refused(stage), "what holders send is refused", 60)
    yield
    ballast.unlink()
    await until(lambda: _taken(stage), "what holders send is taken again", 60)


@asynccontextmanager
async def leave_a_wedged_stream(stage: Stage) -> AsyncIterator[None]:
    """There is room again, and the server still refuses what it refused once: it is started again."""
    ballast = stage.home.parent / "ballast"
    await asyncio.to_thread(take_all_room, ballast)
    await until(lambda: _refused(stage), "what holders send is refused", 60)
    ballast.unlink()
    yield
    await until(lambda: _taken(stage), "what holders send is taken again", 60)


async def _taken(stage: Stage) -> bool:
    _, body = submission()
    with suppress(Exception):
        async with asyncio.timeout(2):
            await stage.platform.publish(
                "holders", CandidatureSubmitted, body["candidature_id"], body
            )
            return True
    return False


async def _refused(stage: Stage) -> bool:
    return not await _taken(stage)


@asynccontextmanager
async def make_postgresql_read_only(stage: Stage) -> AsyncIterator[None]:
    """As a standby is, or a server that ran out of room."""
    _tell_postgres(stage, "ALTER SYSTEM SET default_transaction_read_only = on")
    _, body = submission()
    await stage.platform.publish("holders", CandidatureSubmitted, body["candidature_id"], body)
    yield
    _tell_postgres(stage, "ALTER SYSTEM SET default_transaction_read_only = off")


def _tell_postgres(stage: Stage, statement: str) -> None:
    """Connections that are open obey too, as they are told anew."""
    writes = "SET default_transaction_read_only = off"
    for said in (statement, "SELECT pg_reload_conf()"):
        command = ["psql", "-q", "-c", writes, "-c", said, stage.kept["postgres"]]
        subprocess.run(command, check=True, capture_output=True)
