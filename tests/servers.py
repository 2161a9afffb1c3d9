"""Where tests find NATS and PostgreSQL: a given URL, else Testcontainers, else what is installed here.

`FABRIQUES_TEST_NATS_URL` and `FABRIQUES_TEST_POSTGRES_URL` name servers that run already. Without them,
containers are started where a Docker engine answers and has the pinned image or brings it
(`FABRIQUES_TEST_CONTAINERS=no` leaves it alone). Without, NATS is the `nats-server` that pip installed,
PostgreSQL what the machine has; where it has none, what needs it is skipped with a message.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# The fixtures close what they start: the reaper, one more image to pull, is not needed.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

import docker
import pytest
from testcontainers.community.nats import NatsContainer
from testcontainers.community.postgres import PostgresContainer

from deploy.local.running.child_process import end
from deploy.local.server.nats_server import free_port, start_server, write_config
from tests.postgresql import NoPostgres, Postgres

NATS_IMAGE = "nats:2.15-alpine"
POSTGRES_IMAGE = "postgres:15-alpine"
PROGRAMME = "fabriques"
CONFIG_IN_CONTAINER = "/fabriques/nats-server.conf"
ENGINE_ANSWERS_WITHIN_SECONDS = 3
# No power is cut in these tests: PostgreSQL waits for no disk.
HASTY = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300"
GIVEN: set[int] = set()


@dataclass(frozen=True)
class Bus:
    """A real nats-server.

    `keys` holds the identities' seeds; `guarded` tells whether it enforces their permissions.
    """

    url: str
    keys: Path
    guarded: bool
    source: str


def fresh_port() -> int:
    """A free port that nobody here was given before: nobody listens on it yet, and it may be found twice."""
    port = free_port()
    while port in GIVEN:
        port = free_port()
    GIVEN.add(port)
    return port


@contextmanager
def some_bus(home: Path) -> Iterator[Bus]:
    """The server the tests of one worker share."""
    if url := os.environ.get("FABRIQUES_TEST_NATS_URL"):
        # For the keys alone: an open server ignores them.
        write_config(home, PROGRAMME, "127.0.0.1", 4222)
        yield Bus(url, home / "keys", guarded=False, source="FABRIQUES_TEST_NATS_URL")
    elif image_at_hand(NATS_IMAGE):
        with container_bus(home) as bus:
            yield bus
    else:
        with local_bus(home) as bus:
            yield bus


@contextmanager
def local_bus(home: Path, port: int = 0) -> Iterator[Bus]:
    """The environment's own nats-server, with every identity's permissions on."""
    port = port or free_port()
    # No power is cut in these tests.
    config = write_config(home, PROGRAMME, "127.0.0.1", port, sync="10s")
    process = start_server(config, "127.0.0.1", port, home / "logs" / "nats.log")
    try:
        yield Bus(f"nats://127.0.0.1:{port}", home / "keys", guarded=True, source="nats-server")
    finally:
        end(process, 10.0)


@contextmanager
def container_bus(home: Path) -> Iterator[Bus]:
    """The same configuration in a container of the pinned image."""
    config = write_config(home, PROGRAMME, "0.0.0.0", 4222, sync="10s")
    container: Any = NatsContainer(NATS_IMAGE).with_command(f"-c {CONFIG_IN_CONTAINER}")
    # The tests' folders may lie in /dev/shm, where a container has 64 MB: garbage alone takes more.
    container = container.with_kwargs(shm_size="2g")
    with container.with_copy_into_container(config, CONFIG_IN_CONTAINER) as started:
        yield Bus(started.nats_uri(), home / "keys", guarded=True, source=NATS_IMAGE)


@contextmanager
def some_postgres() -> Iterator[str]:
    """A SQLAlchemy URL of an empty database that tests may fill. Skips where there is none."""
    if url := os.environ.get("FABRIQUES_TEST_POSTGRES_URL"):
        yield url
    elif image_at_hand(POSTGRES_IMAGE):
        container: Any = PostgresContainer(POSTGRES_IMAGE, driver="psycopg").with_command(HASTY)
        with container.with_env("POSTGRES_INITDB_ARGS", "--no-sync") as started:
            yield started.get_connection_url()
    else:
        with local_postgres() as url:
            yield url


@contextmanager
def local_postgres() -> Iterator[str]:
    """The programs of this machine."""
    with TemporaryDirectory() as folder:
        try:
            with Postgres(Path(folder), HASTY) as server:
                yield server.url()
        except NoPostgres as failure:
            pytest.skip(
                f"{failure}: set FABRIQUES_TEST_POSTGRES_URL, or let Docker bring {POSTGRES_IMAGE}"
            )


@cache
def image_at_hand(image: str) -> bool:
    """Whether a Docker engine answers, and has the image or can bring it."""
    if os.environ.get("FABRIQUES_TEST_CONTAINERS", "").lower() in ("no", "0", "off"):
        return False
    try:
        client = docker.from_env(timeout=ENGINE_ANSWERS_WITHIN_SECONDS)
        if not client.images.list(name=image):
            client.images.pull(image)
        return True
    except (docker.errors.DockerException, OSError):
        return False
