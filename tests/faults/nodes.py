"""A node loses its disk for good, is lost for good, is added: the commands of docs/runbook.md, under load."""

import asyncio
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from deploy.local.home.plan import PORT
from deploy.local.server.nats_server import CONFIG, binary
from tests.faults.cluster import DOWN_SECONDS, NODES, Cluster, broken, copies, play
from tests.faults.experiment import Tally, Trial
from tests.people import found
from tests.platform import until
from tests.store import path_with

# As docs/runbook.md says them: `nats-0` … are hosts, PID is that of a server that runs.
MADE = "fabriques provision keys --node nats-0 --node nats-1 --node nats-2"
REPLACED = "fabriques provision keys --node nats-0 --node nats-9 --node nats-2"
GROWN = (
    "fabriques provision keys --node nats-0 --node nats-1 --node nats-2 --node nats-3 --node nats-4"
)
START = "nats-server -c $FABRIQUES_HOME/n1/nats-server.conf"
TELL = "nats-server --signal reload=PID"
SPREAD = "fabriques provision apply --replicas 5"
LOOK = "fabriques doctor"
IN_THE_RUNBOOK = (REPLACED, GROWN, START, TELL, SPREAD, LOOK)
ALL = 5
DOWN_AT_ONCE = 2
CAUGHT_UP_SECONDS_MAX = 120.0
HOST = re.compile(r"nats-(\d)")


def lose_nodes(trial: Trial) -> Tally:
    """The control keeps each stream on one node, whose disk is lost with it."""
    cluster = GrowingCluster(trial.folder)

    async def strike(_cluster: Cluster, number: int, random: Random) -> None:
        if number == trial.count - 1:
            await _add_two(cluster, random)
        else:
            await (_lose_a_node if number % 2 else _lose_a_disk)(cluster, random)

    return play(trial, cluster, lambda: broken(trial, cluster, strike), copies(trial))


@dataclass
class GrowingCluster(Cluster):
    """Each node has an address of its own on this machine, and the ports that any installation has."""

    hosts: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=lambda: list(range(NODES)))

    def __post_init__(self) -> None:
        self.first = f"127.{os.getpid() % 200 + 10}.0"
        self._place(self.numbers)

    def _place(self, numbers: Sequence[int]) -> None:
        """Node `n` of the cluster is at the host with this number."""
        self.numbers = list(numbers)
        self.hosts = [self._host(number) for number in numbers]
        self.ports = [PORT] * len(numbers)
        self.servers += [None] * (len(numbers) - len(self.servers))

    def _host(self, number: int) -> str:
        return f"{self.first}.{number + 1}"

    def start_node(self, number: int) -> None:
        if not (self.home / "n0" / CONFIG).exists():
            found(self.home)
            self.run(MADE)
        command = shlex.split(START.replace("$FABRIQUES_HOME/n1", f"{self.home}/n{number}"))
        self._run_node(number, [binary(), *command[1:]])

    def configure(self, command: str) -> None:
        """The configurations of all nodes anew; those that run are told."""
        self.run(command)
        self._place([int(number) for number in HOST.findall(command)])
        for server in filter(None, self.servers):
            subprocess.run(
                [binary(), *shlex.split(TELL.replace("PID", str(server.pid)))[1:]], check=True
            )

    def run(self, command: str) -> str:
        """`fabriques …`, as an operator calls it. Returns what it says; the doctor may find something."""
        told = HOST.sub(lambda host: self._host(int(host[1])), command)
        environment = os.environ | {
            "PYTHONPATH": path_with(),
            "FABRIQUES_HOME": str(self.home),
            "FABRIQUES_NATS_URL": self.url,
            "FABRIQUES_PROGRAMME_FILE": str(self.settings.programme_file),
            "FABRIQUES_REHEARSAL": "true",
        }
        ended = subprocess.run(
            [sys.executable, "-m", "deploy.cli.main", *shlex.split(told)[1:]],
            env=environment,
            capture_output=True,
            text=True,
        )
        if ended.returncode and not command.startswith(LOOK):
            raise RuntimeError(f"{command}: {ended.stdout}{ended.stderr}")
        return ended.stdout

    def is_whole(self) -> bool:
        """Whether the doctor finds nothing to say of the streams."""
        said = self.run(f"{LOOK} --json")
        findings = json.loads(said)["findings"] if said else [{"check": "broker"}]
        return not {"streams", "broker"} & {finding["check"] for finding in findings}


async def _whole_again(cluster: GrowingCluster) -> None:
    async def whole() -> bool:
        return await asyncio.to_thread(cluster.is_whole)

    await until(whole, "every stream lies on its nodes again", CAUGHT_UP_SECONDS_MAX)


async def _lose_a_disk(cluster: GrowingCluster, random: Random) -> None:
    """Of any node; it starts again on an empty one."""
    number = random.randrange(NODES)
    await asyncio.to_thread(cluster.kill_node, number)
    shutil.rmtree(cluster.home / f"n{number}" / "store")
    cluster.start_node(number)
    await _whole_again(cluster)


async def _lose_a_node(cluster: GrowingCluster, _random: Random) -> None:
    """Another machine, at another address, takes its name and place."""
    await asyncio.to_thread(cluster.kill_node, 1)
    shutil.rmtree(cluster.home / "n1")
    await asyncio.to_thread(cluster.configure, REPLACED if cluster.numbers[1] == 1 else MADE)
    cluster.start_node(1)
    await _whole_again(cluster)


async def _add_two(cluster: GrowingCluster, random: Random) -> None:
    """From three to five: any two of them may be down then."""
    told = GROWN.replace("nats-1", f"nats-{cluster.numbers[1]}")
    await asyncio.to_thread(cluster.configure, told)
    for number in range(NODES, ALL):
        cluster.start_node(number)
    await asyncio.to_thread(cluster.run, SPREAD)
    await _whole_again(cluster)
    down = random.sample(range(ALL), DOWN_AT_ONCE)
    for number in down:
        await asyncio.to_thread(cluster.kill_node, number)
    await asyncio.sleep(random.uniform(*DOWN_SECONDS))
    for number in down:
        cluster.start_node(number)
    await _whole_again(cluster)
