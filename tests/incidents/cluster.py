"""An incident of three servers: one of them is stopped, and two go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.faults.cluster import Cluster
from tests.incidents.incident import Stage


@asynccontextmanager
async def stop_a_node(stage: Stage) -> AsyncIterator[None]:
    cluster: Cluster = stage.kept["cluster"]
    await asyncio.to_thread(cluster.kill_node, 2)
    yield
    cluster.start_node(2)
