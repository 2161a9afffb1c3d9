"""One server with two programmes, each with a folder, keys and accounts of its own."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.home.plan import SERVER, PlatformRecord, programme_copy, write_record
from deploy.local.running.adding import add_programme
from deploy.local.running.child_process import end
from deploy.local.server.nats_server import free_port, start_server, write_config
from shared.kit.settings import Settings
from tests.conftest import PROGRAMMES
from tests.people import keep_keys
from tests.platform import Platform
from tests.servers import Bus

HOST = "127.0.0.1"
FIRST = "fabriques-2023"
SECOND = "manufactures"
FILES = {
    FIRST: PROGRAMMES / "fabriques-de-territoire-2023.toml",
    SECOND: PROGRAMMES / "manufactures-de-proximite.toml",
    "fabriques": PROGRAMMES / "fabriques-de-territoire.toml",
}


@dataclass(frozen=True)
class Server:
    """`homes` are the folders of its programmes, by their ids; the first is the server's own."""

    url: str
    homes: dict[str, Path]

    @asynccontextmanager
    async def platform(self, programme: str) -> AsyncIterator[Platform]:
        home = self.homes[programme]
        settings = Settings(
            home=home, nats_url=self.url, programme_file=programme_copy(home), rehearsal=True
        )
        made = Platform(Bus(self.url, home / "keys", guarded=True, source="nats-server"), settings)
        try:
            await made.provision()
            yield made
        finally:
            await made.close()


@contextmanager
def server_of_two(folder: Path) -> Iterator[Server]:
    home = folder / "var"
    home.mkdir()
    programme_copy(home).write_bytes(FILES[FIRST].read_bytes())
    beside, _ = add_programme(home, FILES[SECOND], datetime.now(UTC))
    # The people of the tests, in the place of two administrators.
    shutil.rmtree(beside / "keys" / "people")
    for each in (home, beside):
        keep_keys(each)
    port = free_port()
    config = write_config(home, FIRST, HOST, port, sync="10s")
    server = start_server(config, HOST, port, home / "logs" / "nats.log")
    url = f"nats://{HOST}:{port}"
    pids = {SERVER: server.pid}
    write_record(
        home, PlatformRecord(os.getpid(), url, str(programme_copy(home)), rehearsal=True, pids=pids)
    )
    try:
        yield Server(url, {FIRST: home, SECOND: beside})
    finally:
        end(server, 10.0)
