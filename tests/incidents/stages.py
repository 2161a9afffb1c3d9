"""Platforms that run, each as its incidents need it. A stage that this machine cannot have is skipped."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from deploy.local.home.plan import PlatformPlan
from deploy.local.home.programme_copy import SHIPPED
from deploy.local.installation.front_ends import keep_front_ends
from deploy.local.running.platform import LocalPlatform
from shared.contract.front_ends import EMBEDDED
from shared.kit.settings import Settings
from tests.faults.cluster import NODES, Cluster
from tests.faults.disks import own_disk
from tests.faults.experiment import Skipped
from tests.faults.interruptions import on_postgres
from tests.faults.live import SabotagedPlatform, services_ready
from tests.incidents.incident import Stage
from tests.incidents.services import SMALL
from tests.incidents.watching import alerts_of
from tests.people import found
from tests.platform import Platform
from tests.servers import Bus

DISK_MEGABYTES = 64
CLUSTER_SECONDS_MAX = 90.0


@asynccontextmanager
async def _open(
    settings: Settings, folder: Path, local: LocalPlatform | None = None
) -> AsyncIterator[Stage]:
    bus = Bus(settings.nats_url, settings.home / "keys", guarded=True, source="processes")
    platform = Platform(bus, settings)
    with alerts_of(settings, folder / "prometheus") as alerts:
        try:
            yield Stage(folder, settings, platform, alerts, local)
        finally:
            await platform.close()


@asynccontextmanager
async def ordinary(folder: Path, home: Path | None = None) -> AsyncIterator[Stage]:
    """As `make up` runs it, a wave open today, and one front-end more that has little room."""
    home = home or folder / "home"
    found(home)
    keep_front_ends(home, (*EMBEDDED, SMALL))
    with LocalPlatform(PlatformPlan(home)) as local:
        async with _open(local.settings, folder, local) as stage:
            yield stage


@asynccontextmanager
async def sabotaged(folder: Path, sabotage: str) -> AsyncIterator[Stage]:
    found(folder / "home")
    with SabotagedPlatform(PlatformPlan(folder / "home"), sabotage) as local:
        async with _open(local.settings, folder, local) as stage:
            yield stage


@asynccontextmanager
async def slow_rules(folder: Path) -> AsyncIterator[Stage]:
    async with sabotaged(folder, "slow-rules") as stage:
        yield stage


@asynccontextmanager
async def wrong_clock(folder: Path) -> AsyncIterator[Stage]:
    async with sabotaged(folder, "clock-ahead") as stage:
        yield stage


@asynccontextmanager
async def season(folder: Path) -> AsyncIterator[Stage]:
    """A rehearsal: its events tell the time, and a year passes in a moment."""
    found(folder / "home")
    with LocalPlatform(
        PlatformPlan(folder / "home", programme_file=SHIPPED, rehearsal=True)
    ) as local:
        async with _open(local.settings, folder, local) as stage:
            yield stage


@asynccontextmanager
async def small_disk(folder: Path) -> AsyncIterator[Stage]:
    with own_disk(folder, DISK_MEGABYTES) as disk:
        async with ordinary(folder, disk.mount_point / "home") as stage:
            yield stage


@asynccontextmanager
async def on_postgresql(folder: Path) -> AsyncIterator[Stage]:
    with on_postgres(folder) as postgres:
        async with ordinary(folder) as stage:
            stage.kept["postgres"] = postgres.database("operators").replace("+psycopg", "")
            yield stage


@asynccontextmanager
async def three_servers(folder: Path) -> AsyncIterator[Stage]:
    (folder / "home").mkdir()
    with _cluster(folder) as cluster:
        await cluster.provision(NODES)
        cluster.start_services()
        deadline = time.monotonic() + CLUSTER_SECONDS_MAX
        while not await asyncio.to_thread(services_ready, cluster.settings):
            cluster.mind()
            if time.monotonic() > deadline:
                raise Skipped("the services do not start on a cluster here")
            await asyncio.sleep(0.2)
        async with _open(cluster.settings, folder) as stage:
            stage.kept["cluster"] = cluster
            yield stage


@contextmanager
def _cluster(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder)
    try:
        for number in range(NODES):
            cluster.start_node(number)
        yield cluster
    finally:
        cluster.stop()
