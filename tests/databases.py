"""Databases at the schema of this code: migrated once by each worker, copied where a test has none yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL, Engine, make_url

from deploy.loading import part_of
from shared.contract.topology import SERVICES
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate
from shared.kit.storage.state_tables import by_kind
from shared.kit.storage.states import States
from tests.store import database_of, on_postgres


def opened(folder: Path, service: str) -> Engine:
    """A service's database in this folder: an empty one, or what a test left there."""
    if on_postgres():
        return open_engine(database_of(folder, service))
    url = f"sqlite:///{folder / service}.db"
    lay(url, service)
    return open_engine(url)


def kept_in(home: Path, service: str) -> Engine:
    """The database that a service of this data folder opens."""
    url = Settings(home=home).database_url(service)
    lay(url, service)
    return open_engine(url)


@contextmanager
def states_in(folder: Path, service: str) -> Iterator[States]:
    """What the rules of a service read and keep, its people too, in one transaction on an empty database."""
    tables = part_of(service, "tables")
    engine = opened(folder, service)
    try:
        with engine.begin() as connection:
            yield States(connection, tables.STATE_TABLES | by_kind(*tables.JOURNAL.state_tables))
    finally:
        engine.dispose()


def lay(url: URL | str, service: str) -> None:
    """Puts an empty one where a SQLite file is not there yet: what opens it finds nothing left to migrate."""
    made = make_url(url)
    if made.get_backend_name() != "sqlite" or not made.database or Path(made.database).exists():
        return
    path = Path(made.database)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(migrated(service))


def lay_all(settings: Settings) -> None:
    for service in SERVICES:
        lay(settings.database_url(service), service)


@cache
def migrated(service: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        engine = open_engine(f"sqlite:///{path}")
        migrate(engine, service)
        engine.dispose()
        return path.read_bytes()
