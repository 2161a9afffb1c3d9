"""Replays one service on a folder's installation, its server started where none runs, and audits it all."""

import os
from pathlib import Path

from deploy.local.audit import AuditReport, audit
from deploy.local.plan import PlatformNotStarted, read_record
from deploy.local.replay import Telling, replay
from deploy.local.store_server import server_of, settings_at
from shared.kit.consumer.replay import Tally
from shared.kit.settings import Settings


async def replay_and_audit(home: Path, service: str, tell: Telling) -> tuple[Tally, AuditReport]:
    """`FABRIQUES_NATS_URL` names an installation of separate processes.

    Raises as `replay` and `server_of` do.
    """
    if os.environ.get("FABRIQUES_NATS_URL"):
        settings = Settings()
        return await replay(settings, service, tell), await audit(settings)
    record = read_record(home)
    if record and record.alive:
        raise PlatformNotStarted(f"a platform runs on {home} (process {record.pid}): stop it, then replay")
    async with server_of(home) as client:
        settings = settings_at(home, client)
        return await replay(settings, service, tell), await audit(settings)
