"""A server joins a cluster by its secret, over TLS by one certificate too: a stranger's stays outside."""

import asyncio
import json
import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from deploy.local.keys.certificates import certify
from deploy.local.keys.identities import ROUTES, ROUTES_FILE
from deploy.local.running.child_process import end
from deploy.local.server.cluster import Node, cluster_config
from deploy.local.server.nats_server import binary
from shared.kit.key_files import kept_text, tls_file
from tests.platform import PATIENCE_SECONDS, until
from tests.servers import fresh_port

HOST = "127.0.0.1"
REFUSED = re.compile(r"authori[sz]ation|authentication", re.IGNORECASE)
UNKNOWN_AUTHORITY = "certificate signed by unknown authority"
NOT_PINNED = "certificate not pinned"
PINS = re.compile(r", pinned_certs: \[[^]]*\]")


def configs_of(home: Path, tls: bool = False) -> list[Path]:
    nodes = [Node(HOST, fresh_port(), fresh_port()) for _ in range(2)]
    return [cluster_config(home, "fabriques", number, nodes, tls) for number in range(2)]


@pytest.fixture
def configs(tmp_path: Path) -> list[Path]:
    return configs_of(tmp_path)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a cluster over TLS; in `other` lie certificates of another authority."""
    home = tmp_path_factory.mktemp("cluster")
    for folder in (home, home / "other"):
        certify(folder)
    return home


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
        with urlopen(f"http://{HOST}:{monitor}/routez", timeout=2) as answer:
            return {route["remote_name"] for route in json.load(answer)["routes"] or ()}
    except (URLError, OSError):
        return set()


async def until_joined(monitor: int, name: str) -> None:
    async def is_there() -> bool:
        return joined(monitor) == {name}

    await until(is_there, f"{name} joins")


def said_in(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


async def until_told(log: Path, words: str) -> None:
    async def told() -> bool:
        return bool(re.search(words, said_in(log), re.IGNORECASE))

    await until(told, f"the server tells {words}")


def strangers(config: Path, name: str = "stranger") -> Path:
    """The same, secret included, at its own address: what a copied configuration starts."""
    own = re.sub(
        rf'listen: "{HOST}:\d+"',
        lambda _: f'listen: "{HOST}:{fresh_port()}"',
        config.read_text("utf-8"),
    )
    path = config.with_name(f"{name}.conf")
    path.write_text(own.replace('server_name: "n1"', f'server_name: "{name}"'), encoding="utf-8")
    return path


def without_secret(config: Path) -> Path:
    own = re.sub(r"  authorization \{.*\n", "", config.read_text("utf-8"))
    config.write_text(re.sub(r"nats://[^@\"]*@", "nats://", own), encoding="utf-8")
    return config


def showing(config: Path, home: Path, certificate: Path) -> Path:
    own = config.read_text("utf-8").replace(str(tls_file(home, ROUTES)), str(certificate))
    config.write_text(own, encoding="utf-8")
    return config


async def test_a_server_with_the_secret_joins_and_a_strangers_does_not(configs: list[Path]) -> None:
    first = fresh_port()
    with ExitStack() as stack:
        log = stack.enter_context(running(configs[0], first))
        with running(without_secret(strangers(configs[1])), fresh_port()):
            await until_told(log, REFUSED.pattern)
            assert joined(first) == set()
        with running(configs[1], fresh_port()):
            await until_joined(first, "n1")


async def test_over_tls_the_secret_lets_in_no_server_without_the_routes_own_certificate(
    certified: Path,
) -> None:
    """Each stranger has the secret; one shows another authority's certificate, one a front-end's of ours."""
    configs = configs_of(certified, tls=True)
    first = fresh_port()
    foreign = showing(
        strangers(configs[1], "foreign"), certified, tls_file(certified / "other", ROUTES)
    )
    holders = showing(strangers(configs[1], "holders"), certified, tls_file(certified, "holders"))
    with ExitStack() as stack:
        log = stack.enter_context(running(configs[0], first))
        with running(foreign, fresh_port()), running(holders, fresh_port()):
            await until_told(log, UNKNOWN_AUTHORITY)
            await until_told(log, NOT_PINNED)
            assert joined(first) == set()
        with running(configs[1], fresh_port()):
            await until_joined(first, "n1")


async def test_the_control_pins_no_certificate_and_lets_a_front_ends_in(certified: Path) -> None:
    configs = configs_of(certified, tls=True)
    open_to_all = PINS.sub("", configs[0].read_text("utf-8"))
    configs[0].write_text(open_to_all, encoding="utf-8")
    stranger = showing(strangers(configs[1]), certified, tls_file(certified, "holders"))
    stranger.write_text(PINS.sub("", stranger.read_text("utf-8")), encoding="utf-8")
    first = fresh_port()
    with running(configs[0], first), running(stranger, fresh_port()):
        await until_joined(first, "stranger")


@pytest.mark.parametrize("tls", [True, False], ids=["over TLS", "the control: without"])
async def test_whoever_answers_at_a_members_address_is_not_told_the_secret(
    certified: Path, tls: bool
) -> None:
    """Over TLS the secret is said to whoever shows the routes' own certificate, and to nobody else."""
    configs = configs_of(certified, tls)
    secret = kept_text(certified / "keys" / ROUTES_FILE)
    other = str(tls_file(certified / "other", ROUTES))
    [port] = [
        int(found)
        for found in re.findall(rf'listen: "{HOST}:(\d+)"', configs[1].read_text("utf-8"))[1:]
    ]
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = {"server_id": "S", "server_name": "n1", "cluster": "fabriques", "tls_required": tls}
        writer.write(b"INFO " + json.dumps(info).encode() + b"\r\n")
        try:
            if tls:
                shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                shown.load_cert_chain(other)
                await writer.start_tls(shown)
            await heard.put(await reader.read(4_096))
        except (OSError, ssl.SSLError) as refused:
            await heard.put(str(refused).encode())
        writer.close()

    async with await asyncio.start_server(answer, HOST, port):
        with running(configs[0], fresh_port()):
            said = await asyncio.wait_for(heard.get(), PATIENCE_SECONDS)
    assert (secret.encode() in said) is not tls


def test_the_secret_is_in_no_file_that_others_read(configs: list[Path]) -> None:
    for config in configs:
        assert config.stat().st_mode & 0o077 == 0
