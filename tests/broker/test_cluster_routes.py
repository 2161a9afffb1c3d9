"""A server joins a cluster by the secret of its routes: a stranger's, which has none, stays outside."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from deploy.local.child_process import end
from deploy.local.cluster import cluster_config
from deploy.local.nats_server import binary, free_port
from tests.platform import until

HOSTS = ("127.0.0.1",) * 2
REFUSED = re.compile(r"authori[sz]ation|authentication", re.IGNORECASE)


@pytest.fixture
def configs(tmp_path: Path) -> list[Path]:
    ports, routes = ([free_port() for _ in HOSTS] for _ in range(2))
    return [cluster_config(tmp_path, "fabriques", number, HOSTS, ports, routes) for number in range(2)]


@contextmanager
def running(config: Path, monitor: int) -> Iterator[Path]:
    log = config.with_suffix(".log")
    with log.open("wb") as output:
        command = [binary(), "-c", str(config), "-m", str(monitor)]
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        yield log
    finally:
        end(process, 10.0)


def joined(monitor: int) -> set[str]:
    """The servers that this one has a route to."""
    try:
        with urlopen(f"http://127.0.0.1:{monitor}/routez", timeout=2) as answer:
            return {route["remote_name"] for route in json.load(answer)["routes"] or ()}
    except (URLError, OSError):
        return set()


def strangers(config: Path) -> Path:
    """The same but for the secret, at its own address: who takes a member's address needs TLS to be seen."""
    own = re.sub(
        r'listen: "127.0.0.1:\d+"', lambda _: f'listen: "127.0.0.1:{free_port()}"', config.read_text("utf-8")
    )
    own = re.sub(r"  authorization \{.*\n", "", own)
    own = re.sub(r"nats://[^@\"]*@", "nats://", own).replace('server_name: "n1"', 'server_name: "stranger"')
    path = config.with_name("stranger.conf")
    path.write_text(own, encoding="utf-8")
    return path


async def test_a_server_with_the_secret_joins_and_a_strangers_does_not(configs: list[Path]) -> None:
    first = free_port()
    with ExitStack() as stack:
        log = stack.enter_context(running(configs[0], first))

        async def refused() -> bool:
            return bool(REFUSED.search(log.read_text(encoding="utf-8", errors="replace")))

        async def is_there() -> bool:
            return joined(first) == {"n1"}

        with running(strangers(configs[1]), free_port()):
            await until(refused, "the stranger is refused")
            assert joined(first) == set()
        with running(configs[1], free_port()):
            await until(is_there, "the second server joins")


def test_the_secret_is_in_no_file_that_others_read(configs: list[Path]) -> None:
    for config in configs:
        assert config.stat().st_mode & 0o077 == 0
