"""Three servers in a cluster on this machine, every stream on all three: nodes killed, paused, cut off."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from deploy.local.home.programme_copy import SHIPPED
from deploy.local.running.child_process import ChildProcess
from deploy.local.running.processes import import_services, serve_service
from deploy.local.running.vitals import Pulse
from deploy.local.server.cluster import Node, cluster_config
from deploy.local.server.nats_server import binary, listens
from deploy.provisioning.bus import provision
from shared.contract.topology import SERVICES
from shared.kit.bus.connection import connect
from shared.kit.settings import Settings
from tests.faults.experiment import Skipped, Tally, Trial
from tests.faults.live import BUS_AWAY, PROGRAMME, services_ready
from tests.faults.network import Network
from tests.faults.under_load import under_load
from tests.people import founders
from tests.platform import until
from tests.servers import fresh_port

NODES = 3
HOST = "127.0.0.1"
DOWN_SECONDS = (0.5, 4.0)
KINDS = ("kill", "pause", "leader", "all")


Strike = Callable[["Cluster", int, Random], Awaitable[None]]


@dataclass
class Cluster:
    """Servers `n1` … `n3`, and the four services, each a process of its own."""

    folder: Path
    hosts: Sequence[str] = (HOST,) * NODES
    launch: Sequence[Sequence[str]] = ((),) * NODES
    ports: list[int] = field(default_factory=lambda: [fresh_port() for _ in range(NODES)])
    routes: list[int] = field(default_factory=lambda: [fresh_port() for _ in range(NODES)])
    servers: list["subprocess.Popen[bytes] | None"] = field(default_factory=lambda: [None] * NODES)
    services: list[ChildProcess] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, nats_url=self.url, programme_file=SHIPPED, rehearsal=True)

    @property
    def url(self) -> str:
        return ",".join(
            f"nats://{host}:{port}" for host, port in zip(self.hosts, self.ports, strict=True)
        )

    def start_node(self, number: int) -> None:
        places = zip(self.hosts, self.ports, self.routes, strict=True)
        config = cluster_config(self.home, PROGRAMME, number, [Node(*place) for place in places])
        self._run_node(number, [*self.launch[number], binary(), "-c", str(config)])

    def _run_node(self, number: int, command: Sequence[str]) -> None:
        with (self.folder / f"n{number}.log").open("ab") as log:
            self.servers[number] = subprocess.Popen(command, stdout=log, stderr=log)

    def kill_node(self, number: int) -> None:
        if server := self.servers[number]:
            server.kill()
            server.wait()
            self.servers[number] = None

    async def provision(self, replicas: int) -> None:
        """Once the three have found a leader."""
        deadline = time.monotonic() + 60
        while True:
            try:
                client = await connect(self.settings, "provisioner", attempts=0)
                try:
                    await provision(
                        client.jetstream(timeout=10), PROGRAMME, True, replicas, founders()
                    )
                    return
                finally:
                    await client.close()
            except BUS_AWAY:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.3)

    async def leader(self) -> int:
        """The node that leads the front-ends' stream, once the cluster has one to ask."""
        deadline = time.monotonic() + 60
        while True:
            try:
                return await self._leader()
            except BUS_AWAY:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.3)

    async def _leader(self) -> int:
        client = await connect(self.settings, "provisioner", attempts=0)
        try:
            info = await client.jetstream().stream_info("FRONTDESK_HOLDERS")
            return int((info.cluster.leader or "n0")[1:]) if info.cluster else 0
        finally:
            await client.close()

    def start_services(self) -> None:
        import_services(SERVICES)
        for name in SERVICES:
            log = self.home / "logs" / f"{name}.log"
            child = ChildProcess(name, serve_service(name, self.settings, Pulse()), log=log)
            child.start()
            self.services.append(child)

    def mind(self) -> None:
        """A service that ended is started again, as its supervisor would."""
        for child in self.services:
            child.reap()
            if not child.pid:
                child.start()

    def stop(self) -> None:
        for child in self.services:
            child.tell(signal.SIGKILL)
        for number in range(len(self.servers)):
            self.kill_node(number)


def break_cluster(trial: Trial) -> Tally:
    """The control keeps each stream on one node, whose disk is lost with it."""
    cluster = Cluster(trial.folder)
    return play(trial, cluster, lambda: broken(trial, cluster, _kill_or_pause), copies(trial))


def cut_cluster(trial: Trial) -> Tally:
    """Nodes in network namespaces of their own lose their link, to each other and to the services."""
    with Network(NODES) as network:
        cluster = Cluster(trial.folder, network.hosts, network.launch)
        return play(trial, cluster, lambda: broken(trial, cluster, network.cut), copies(trial))


def copies(trial: Trial) -> int:
    return 1 if trial.sabotaged else NODES


def play(
    trial: Trial, cluster: Cluster, course: Callable[[], Coroutine[Any, Any, Tally]], replicas: int
) -> Tally:
    """Runs the course on a cluster that serves."""
    cluster.home.mkdir()
    try:
        for number in range(NODES):
            cluster.start_node(number)
        asyncio.run(cluster.provision(replicas))
        cluster.start_services()
        deadline = time.monotonic() + 60
        while not services_ready(cluster.settings):
            cluster.mind()
            if time.monotonic() > deadline:
                raise Skipped("the services do not start on a cluster here")
            time.sleep(0.2)
        return asyncio.run(course())
    finally:
        cluster.stop()


async def broken(trial: Trial, cluster: Cluster, break_it: Strike) -> Tally:
    random = trial.random
    minding = asyncio.create_task(_minded(cluster))

    async def strike(number: int) -> None:
        if trial.sabotaged:
            await _lose_the_disk(cluster)
        else:
            await break_it(cluster, number, random)

    try:
        return await under_load(trial, cluster, strike, (1.0, 3.0))  # type: ignore[arg-type]
    finally:
        minding.cancel()


async def _minded(cluster: Cluster) -> None:
    while True:
        cluster.mind()
        await asyncio.sleep(0.3)


async def _kill_or_pause(cluster: Cluster, number: int, random: Random) -> None:
    kind = KINDS[number % len(KINDS)]
    number = random.randrange(NODES)
    if kind == "leader":
        number = await cluster.leader()
    struck = list(range(NODES)) if kind == "all" else [number]
    if kind == "pause" and (server := cluster.servers[number]):
        os.kill(server.pid, signal.SIGSTOP)
        await asyncio.sleep(random.uniform(*DOWN_SECONDS))
        os.kill(server.pid, signal.SIGCONT)
        return
    for node in struck:
        await asyncio.to_thread(cluster.kill_node, node)
    await asyncio.sleep(random.uniform(*DOWN_SECONDS))
    for node in struck:
        cluster.start_node(node)
    await together(cluster)


async def _lose_the_disk(cluster: Cluster) -> None:
    number = await cluster.leader()
    await asyncio.to_thread(cluster.kill_node, number)
    shutil.rmtree(cluster.home / f"n{number}" / "store", ignore_errors=True)
    cluster.start_node(number)
    await together(cluster)


async def together(cluster: Cluster) -> None:
    """The nodes listen again; the cluster itself may still be electing."""
    await until(_all_listen(cluster), "the nodes listen")


def _all_listen(cluster: Cluster) -> Any:
    async def found() -> bool:
        return all(
            listens(host, port) for host, port in zip(cluster.hosts, cluster.ports, strict=True)
        )

    return found
