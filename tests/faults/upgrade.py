"""A rolling upgrade: a service's old and new version side by side, the new one saying and keeping more."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

from deploy.local.log.reading import read_stream
from deploy.local.running.child_process import ChildProcess
from deploy.local.running.processes import serve_service
from deploy.local.running.vitals import Pulse
from services.intake.domain import registration
from shared.contract.intake import CandidatureRegistered
from shared.kit.bus.connection import connect
from shared.kit.settings import Settings
from shared.kit.storage import migrations
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import schema_of
from tests.architecture.test_migrations_add import NEXT, with_migration
from tests.faults.experiment import Tally, Trial
from tests.faults.live import SabotagedPlatform, plan_in
from tests.faults.under_load import under_load
from tests.platform import until
from tests.waiting import wait_restarted

NEW_FIELD = "counter_window"
ADDS = 'op.add_column("dossiers", sa.Column("counter_window", sa.String(), nullable=True))'


class RegisteredWithMore(CandidatureRegistered):
    """The same major version with one more, optional field."""

    counter_window: str | None = "nord"


def upgrade(trial: Trial) -> Tally:
    """Each fault starts a replica of the new version beside the old one, kills the old one, ends the new.

    The new one brings a migration: the old one starts again on its schema.
    """
    newer = with_migration(trial.folder / "newer", ADDS)
    sabotage = "strict-inside" if trial.sabotaged else "none"
    with SabotagedPlatform(plan_in(trial.folder), sabotage) as platform:
        replica = ChildProcess(
            "intake-new",
            _new_version(platform.settings, newer),
            log=trial.folder / "intake-new.log",
        )
        random: Random = trial.random

        async def strike(number: int) -> None:
            replica.start()
            await until(_started(trial.folder / "intake-new.log", number + 1), "the new one serves")
            await asyncio.sleep(random.uniform(2.0, 3.0))
            killed = platform.kill("intake")
            await asyncio.to_thread(wait_restarted, platform, "intake", killed)
            replica.tell(replica.last_signal)
            await until(_ended(replica), "the new version ends")

        tally = asyncio.run(under_load(trial, platform, strike, (0.3, 1.0)))
        tally.notes["said_by_the_new"] = said = asyncio.run(_said_by_the_new(platform.settings))
        if not said:
            tally.wrong.append("the new version said nothing: nothing was tried")
        if _schema(platform.settings) != NEXT:
            tally.wrong.append("the new version migrated nothing: nothing was tried")
        return tally


def _started(log: Path, times: int) -> Callable[[], Awaitable[bool]]:
    def said() -> bool:
        return log.exists() and log.read_text("utf-8").count("service started") >= times

    return lambda: asyncio.to_thread(said)


def _ended(replica: ChildProcess) -> Callable[[], Awaitable[bool]]:
    async def ended() -> bool:
        return replica.reap() is not None or not replica.pid

    return ended


def _schema(settings: Settings) -> str | None:
    engine = open_engine(settings.database_url("intake"))
    try:
        with engine.connect() as connection:
            return schema_of(connection)
    finally:
        engine.dispose()


def _new_version(settings: Settings, newer: Path):  # type: ignore[no-untyped-def]
    def work() -> int:
        migrations.folder_of = lambda _service: newer
        registration.CandidatureRegistered = RegisteredWithMore  # type: ignore[misc]
        return serve_service("intake", settings, Pulse())()

    return work


async def _said_by_the_new(settings: Settings) -> int:
    client = await connect(settings, "provisioner")
    try:
        return sum(
            [NEW_FIELD in json.loads(stored.data) async for stored in read_stream(client, "INTAKE")]
        )
    finally:
        await client.close()
