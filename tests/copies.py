"""Copies of a service's database, on either store: put aside, put back, lost."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from shared.kit.settings import Settings
from tests.store import copy_database, drop, on_postgres


def put_aside(home: Path, service: str, name: str = "older") -> str:
    """What is committed by now, whether its service runs or not. Returns the URL of the copy."""
    database = _database(home, service)
    if on_postgres():
        return copy_database(database, f"{database}_{name}")
    file = home / f"{service}-{name}.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("VACUUM INTO ?", (str(file),))
    return f"sqlite:///{file}"


def put_back(home: Path, service: str, copy: str) -> None:
    """Of a stopped service, in the place of what it has now."""
    database, kept = _database(home, service), str(make_url(copy).database)
    lose(home, service)
    if on_postgres():
        copy_database(kept, database)
    else:
        shutil.copyfile(kept, database)


def lose(home: Path, service: str) -> None:
    """Of a stopped service: whoever opens it next finds nothing."""
    database = _database(home, service)
    if on_postgres():
        drop({database})
        return
    for path in Path(database).parent.glob(f"{service}.db*"):
        path.unlink()


def _database(home: Path, service: str) -> str:
    """A name on the server, or the path of a file."""
    return str(make_url(Settings(home=home).database_url(service)).database)
