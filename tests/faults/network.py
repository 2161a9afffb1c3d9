"""A small network of our own: one namespace for each node, one bridge, links that can be cut. Needs root."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.faults.experiment import Skipped

CUT_SECONDS = (3.0, 8.0)
SUBNET = "10.213.77"


class Network:
    """Nodes at 10.213.77.11 and up, seen from here at 10.213.77.1: nothing leaves the machine."""

    def __init__(self, count: int) -> None:
        self._tag = f"fx{os.getpid() % 10_000}"
        self._names = [f"{self._tag}n{number}" for number in range(count)]
        self.hosts: Sequence[str] = [f"{SUBNET}.{11 + number}" for number in range(count)]
        self.launch: Sequence[Sequence[str]] = [
            ("ip", "netns", "exec", name) for name in self._names
        ]

    def __enter__(self) -> "Network":
        """Raises Skipped where namespaces are not to be had."""
        if os.geteuid() != 0 or shutil.which("ip") is None:
            raise Skipped("partitions need root and `ip`, for network namespaces")
        try:
            _ip("link", "add", self._tag, "type", "bridge")
            _ip("addr", "add", f"{SUBNET}.1/24", "dev", self._tag)
            _ip("link", "set", self._tag, "up")
            for name, host in zip(self._names, self.hosts, strict=True):
                self._join(name, host)
        except subprocess.CalledProcessError as error:
            self.__exit__()
            raise Skipped(f"no network namespaces here: {error.stderr.decode().strip()}") from None
        return self

    def _join(self, name: str, host: str) -> None:
        _ip("netns", "add", name)
        _ip("link", "add", f"{name}v", "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", f"{name}v", "master", self._tag, "up")
        for words in (f"addr add {host}/24 dev eth0", "link set eth0 up", "link set lo up"):
            _ip("-n", name, *words.split())

    async def cut(self, _cluster: Any, _number: int, random: Random) -> None:
        name = random.choice(self._names)
        await asyncio.to_thread(_ip, "link", "set", f"{name}v", "down")
        await asyncio.sleep(random.uniform(*CUT_SECONDS))
        await asyncio.to_thread(_ip, "link", "set", f"{name}v", "up")

    def __exit__(self, *_: object) -> None:
        """The links first: left to their namespace they go late, and the next network fails."""
        for name in self._names:
            subprocess.run(["ip", "link", "del", f"{name}v"], check=False, capture_output=True)
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", self._tag], check=False, capture_output=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
