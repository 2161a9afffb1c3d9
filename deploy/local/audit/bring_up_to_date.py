"""Replays one service on a folder's installation, its server started where none runs, and audits it all."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.audit.comparison import AuditReport, audit
from deploy.local.database.records import has_records
from deploy.local.home.plan import PlatformNotStarted, running_record
from deploy.local.log.store_server import server_of, settings_at
from deploy.local.rebuilding.decided_again import Tally
from deploy.local.rebuilding.rebuild import Rebuilt, rebuild
from deploy.local.rebuilding.replay import Telling, replay
from shared.contract.topology import SERVICES
from shared.kit.settings import Settings


async def replay_and_audit(home: Path, service: str, tell: Telling) -> tuple[Tally, AuditReport]:
    """`FABRIQUES_NATS_URL` names an installation of separate processes.

    Raises as `replay` and `server_of` do.
    """
    async with _stopped(home) as settings:
        return await replay(settings, service, tell), await audit(settings)


async def rebuild_and_audit(
    home: Path, service: str, tell: Telling, accepts_gaps: bool
) -> tuple[Rebuilt, AuditReport | None]:
    """No audit where the rebuilt database did not take its place, or another service's is lost as well.

    Raises as `rebuild` and `server_of` do.
    """
    async with _stopped(home) as settings:
        rebuilt = await rebuild(settings, service, tell, accepts_gaps)
        whole = rebuilt.in_place and all(has_records(settings, name) for name in SERVICES)
        return rebuilt, await audit(settings) if whole else None


@asynccontextmanager
async def _stopped(home: Path) -> AsyncIterator[Settings]:
    """The settings of an installation whose service is stopped. Raises PlatformNotStarted."""
    if os.environ.get("FABRIQUES_NATS_URL"):
        yield Settings()
        return
    if record := running_record(home):
        raise PlatformNotStarted(
            f"a platform runs on {home} (process {record.pid}): stop it, then replay"
        )
    async with server_of(home) as client:
        yield settings_at(home, client)
