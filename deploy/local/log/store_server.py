"""The server of a platform's streams, for tools that copy them: the one named, or that runs, or one's own.

A second server on a store that another one writes spoils it: one is started only where none can be running.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from nats.aio.client import Client

from deploy.local.home.beside import server_home
from deploy.local.home.folder_lock import only_one
from deploy.local.home.plan import (
    HOST,
    PlatformNotStarted,
    log_file,
    programme_copy,
    running_record,
)
from deploy.local.running.child_process import end
from deploy.local.server.nats_server import CONFIG, free_port, listens, start_server, write_config
from shared.kit.bus.connection import connect, knock
from shared.kit.bus.reaching import NotConnected
from shared.kit.settings import Settings
from shared.programme import load_programme

OWN_CONFIG = "copying-server.conf"
SPEAKS_TLS = re.compile(r"^tls {", re.MULTILINE)
LISTEN = re.compile(r'^listen: "(?P<host>[^"]+):(?P<port>[0-9]+)"', re.MULTILINE)
NAME_IT = "name it with FABRIQUES_NATS_URL"


class StoreInUse(PlatformNotStarted):
    """The store has a server that this tool was not told of; the message says how to tell."""


@asynccontextmanager
async def server_of(home: Path, named: Settings | None = None) -> AsyncIterator[Client]:
    """A connection to the server `named`; else to the one that runs here; else to our own, for this while.

    Raises StoreInUse, NotConnected.
    """
    if settings := named or running_at(home):
        async with provisioner(settings) as client:
            yield client
        return
    own = server_home(home)
    with only_one(own):
        await require_unused(own)
        port = free_port(HOST)
        config = write_config(
            own, load_programme(programme_copy(own)).id, HOST, port, name=OWN_CONFIG
        )
        server = await asyncio.to_thread(
            start_server, config, HOST, port, log_file(own, "nats-server")
        )
        try:
            async with provisioner(settings_of(home, f"nats://{HOST}:{port}")) as client:
                yield client
        finally:
            await asyncio.to_thread(end, server, 10.0)
            config.unlink()


def running_at(home: Path) -> Settings | None:
    """Of a programme beside another, the server may run while it does not itself."""
    if record := running_record(home):
        return record.settings(home)
    record = running_record(server_home(home))
    return settings_of(home, record.nats_url) if record else None


def settings_at(home: Path, client: Client) -> Settings:
    """Those of the server that this client speaks to."""
    return settings_of(home, client.connected_url.geturl() if client.connected_url else "")


def settings_of(home: Path, url: str = "") -> Settings:
    return Settings(home=home, nats_url=url, programme_file=programme_copy(home))


@asynccontextmanager
async def provisioner(settings: Settings) -> AsyncIterator[Client]:
    """A connection under the identity that may copy and read every stream. Raises NotConnected."""
    client = await connect(settings, "provisioner")
    try:
        yield client
    finally:
        await client.close()


async def require_unused(home: Path) -> None:
    """Raises StoreInUse where a server may be writing this folder's store, here or in a container."""
    config = home / "nats" / CONFIG
    text = config.read_text(encoding="utf-8") if config.exists() else ""
    told = LISTEN.search(text)
    where = f"{told['host']}:{told['port']}" if told else ""
    scheme = "tls" if SPEAKS_TLS.search(text) else "nats"
    if told and told["host"] != HOST:
        raise StoreInUse(f"the server of {home} is run on its own, at {where}: {NAME_IT}")
    if (
        told
        and listens(HOST, int(told["port"]))
        and await _knows_our_key(home, f"{scheme}://{where}")
    ):
        raise StoreInUse(f"the server of {home} runs at {where}: {NAME_IT}")
    if pids := servers_on(home / "nats"):
        raise StoreInUse(f"process {pids[0]} is a server on the store of {home}: {NAME_IT}")


async def _knows_our_key(home: Path, url: str) -> bool:
    """Another folder's server may have the port by now."""
    try:
        await knock(settings_of(home, url), "provisioner")
    except NotConnected as failure:
        return not failure.hopeless
    return True


def servers_on(store: Path) -> list[int]:
    """Processes that were started on a configuration in this folder, or hold a file of it open."""
    inside = f"{store.resolve()}/"
    return [
        int(process.name) for process in Path("/proc").glob("[0-9]*") if _touches(process, inside)
    ]


def _touches(process: Path, inside: str) -> bool:
    try:
        if b"nats-server" not in (process / "cmdline").read_bytes():
            return False
        files = [(process / "fd" / name.name).readlink() for name in (process / "fd").iterdir()]
        words = (process / "cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
        cwd = (process / "cwd").readlink()
    except OSError:
        return False
    return any(
        str(path).startswith(inside) for path in (*files, *(cwd / word for word in words if word))
    )
