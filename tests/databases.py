"""Databases at the schema of this code: migrated once by each worker, copied where a test has none yet."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL, Engine, make_url

from shared.contract.topology import SERVICES
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate


def opened(folder: Path, service: str) -> Engine:
    """A service's database in this folder: an empty one, or what a test left there."""
    url = f"sqlite:///{folder / service}.db"
    lay(url, service)
    return open_engine(url)


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
