"""Fixtures every ring of tests may use.

What each gives is told in `tests/platform.py` and `tests/servers.py`.
"""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy.engine import make_url

from deploy.cli.connection import bus as commands
from services.notify.mail import sender
from shared.kit import service
from shared.kit.settings import Settings
from tests.command import Command
from tests.people import keep_keys
from tests.platform import PATIENCE_SECONDS, Platform
from tests.profiles import PROFILE
from tests.servers import Bus, some_bus, some_postgres
from tests.store import administrator, databases, drop, on_postgres, shown, use_server

ROOT = Path(__file__).parent.parent
MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 8 * 1024**3
# No power is cut in these tests: where memory has room for what they write, they wait for no disk.
if (
    "TMPDIR" not in os.environ
    and MEMORY.is_dir()
    and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_MIN
):
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = str(MEMORY)
# A worker is told how wide the terminal is; what a command says here goes to a pipe.
os.environ.pop("COLUMNS", None)
hypothesis.settings.register_profile("usual", max_examples=25, deadline=None)
hypothesis.settings.register_profile("long", max_examples=1_000, deadline=None)
hypothesis.settings.load_profile(PROFILE)
PROGRAMMES = ROOT / "deploy" / "programmes"
SHIPPED_PROGRAMME = PROGRAMMES / "fabriques-de-territoire.toml"


@pytest.fixture(autouse=True, scope="session")
def _quick_timers() -> Iterator[None]:
    """A service in this process looks more often at what is due, and whether it was told to stop."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(service, "LOOK_SECONDS", 0.02)
        patched.setattr(service, "TICK_SECONDS", 0.25)
        patched.setattr(sender, "IDLE_SECONDS", 0.25)
        yield


@pytest.fixture(autouse=True, scope="session")
def _patient_commands() -> Iterator[None]:
    """A command in this process waits for answers as long as a test does: a busy machine is no failure."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("ANSWER_SECONDS_MAX", "RESTART_SECONDS", "VERDICT_SECONDS_MAX"):
            patched.setattr(commands, name, PATIENCE_SECONDS)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if on_postgres():
        for item in items:
            if found := item.get_closest_marker("sqlite"):
                item.add_marker(pytest.mark.skip(reason=f"SQLite's alone: {found.args[0]}"))
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    """The real nats-server this worker's tests share.

    Streams are fresh in each test that takes `platform`.
    """
    with some_bus(tmp_path_factory.mktemp("bus")) as found:
        yield found


@pytest.fixture
async def platform(bus: Bus, tmp_path: Path) -> AsyncIterator[Platform]:
    """A rehearsal platform with empty streams and an empty home; see `Platform` for what it can do."""
    async with platform_in(_var(tmp_path), bus) as made:
        yield made


@pytest.fixture
async def production(bus: Bus, tmp_path: Path) -> AsyncIterator[Platform]:
    """The same, provisioned for production: `Fabriques-Time` is refused."""
    async with platform_in(_var(tmp_path), bus, rehearsal=False) as made:
        yield made


def _var(folder: Path) -> Path:
    home = folder / "var"
    home.mkdir()
    return home


@asynccontextmanager
async def platform_in(home: Path, bus: Bus, rehearsal: bool = True) -> AsyncIterator[Platform]:
    """Of the front-ends that are kept in this folder, with the keys of this server."""
    (home / "keys").symlink_to(bus.keys)
    keep_keys(home)
    settings = Settings(
        home=home, nats_url=bus.url, programme_file=SHIPPED_PROGRAMME, rehearsal=rehearsal
    )
    made = Platform(bus, settings)
    try:
        await made.provision(rehearsal)
        yield made
    finally:
        await made.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with some_postgres() as url:
        yield url


@pytest.fixture(autouse=True, scope="session")
def _store(request: pytest.FixtureRequest) -> Iterator[None]:
    """With `STORE=postgres` every folder's databases are on this worker's server."""
    if not on_postgres():
        yield
        return
    try:
        server = request.getfixturevalue("postgres_server")
    except pytest.skip.Exception as away:
        pytest.fail(f"STORE=postgres: {away}")  # a suite that skips everything would be green
    use_server(server)
    yield
    drop(databases())


@pytest.fixture(autouse=True)
def _no_database_is_left(_store: None) -> Iterator[None]:
    """Those that a test made go with it; what a whole module shares was there before."""
    if not on_postgres():
        yield
        return
    before = databases()
    yield
    drop(databases() - before)


@pytest.fixture
def postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty PostgreSQL database of this test alone; skipped with a message where there is no server."""
    name = f"t{abs(hash(request.node.nodeid)):x}"
    gone = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    with administrator(postgres_server) as connection:
        connection.execute(gone)
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield shown(make_url(postgres_server).set(database=name))
    finally:
        with administrator(postgres_server) as connection:
            connection.execute(gone)


@pytest.fixture
def fabriques(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """The command, on the platform of the test."""
    return Command(platform, monkeypatch, capsys)
