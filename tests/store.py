"""The store that the suite runs on: SQLite files; with `make test STORE=postgres`, databases of PostgreSQL.

One place decides it: where a data folder has a SQLite file for a service, it has a database of a server then.
What is started as a process of its own decides the same: `tests/on_postgresql` is on its path.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate

STORE = "FABRIQUES_TEST_STORE"
SERVER = "FABRIQUES_TEST_STORE_URL"
MINE = "FABRIQUES_TEST_STORE_NAMES"
POSTGRES = "postgres"
EMPTY = "fabtest_empty_"
FOLDER = Path(__file__).parent / "on_postgresql"
SOURCES = Path(__file__).parents[1]
# What a table, its indexes, its long values and what the planner knows of it are on the server's disk.
FILES = """
SELECT relname, pg_read_binary_file(pg_relation_filepath(oid), 0, pg_relation_size(oid), true)
FROM pg_class
WHERE relkind IN ('r', 'i', 't')
AND (oid = 'pg_statistic'::regclass
  OR relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace))
"""
TURN = 7_120_033  # an advisory lock of the whole server: workers make templates one after the other


def on_postgres() -> bool:
    return os.environ.get(STORE) == POSTGRES


def use_server(url: str) -> None:
    """From here on every folder's databases are on this server, in processes started from here too."""
    os.environ[SERVER] = url
    # Several workers may be given one server: none drops what another's test works on.
    os.environ[MINE] = f"fabtest_{os.getpid():x}_"
    os.environ["PYTHONPATH"] = path_with(FOLDER)
    take_over()


def path_with(*folders: Path) -> str:
    """Where a process started from here looks for modules: in these, in the sources, then as we do."""
    told = os.environ.get("PYTHONPATH")
    return os.pathsep.join(filter(None, [*map(str, folders), str(SOURCES), told]))


def take_over() -> None:
    Settings.database_url = _database_url  # type: ignore[method-assign]


def _database_url(settings: Settings, service: str) -> str:
    given: str = getattr(settings, f"{service}_database_url")
    return given or database_of(settings.home, service)


def database_of(home: Path, service: str) -> str:
    """The URL of this folder's database, made at the schema of the code where it is not there yet."""
    folder = blake2b(str(home.resolve()).encode(), digest_size=8).hexdigest()
    name = f"{os.environ[MINE]}{folder}_{service}"
    make(os.environ[SERVER], name, service)
    return shown(make_url(os.environ[SERVER]).set(database=name))


def databases() -> set[str]:
    """Those that tests of this worker made, and that are there."""
    rows = _standing(os.environ[SERVER]).execute("SELECT datname FROM pg_database").fetchall()
    return {name for (name,) in rows if name.startswith(os.environ[MINE])}


def files_of(home: Path, service: str) -> dict[str, bytes]:
    """What lies on the server's disk of this folder's database, by the name of its table or index."""
    return files_at(database_of(home, service))


def files_at(url: str) -> dict[str, bytes]:
    with administrator(url) as connection:
        connection.execute("CHECKPOINT")
        return {name: bytes(found or b"") for name, found in connection.execute(FILES)}


def drop(names: set[str]) -> None:
    for name in names:
        gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        _standing(os.environ[SERVER]).execute(gone)
    if names:
        make.cache_clear()


def copy_database(name: str, copy: str) -> str:
    """Whoever is connected to it is cut off, and comes again. Returns the URL of the copy."""
    server, original = os.environ[SERVER], sql.Identifier(name)
    with administrator(server) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(original))
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        told = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(told.format(sql.Identifier(copy), original))
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(original))
    return shown(make_url(server).set(database=copy))


@contextmanager
def reading_alone(url: URL) -> Iterator[None]:
    """A database that takes no write from whoever connects; those who are connected are cut off."""
    name = sql.Identifier(url.database or "")
    with administrator(shown(url)) as connection:
        only = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on")
        connection.execute(only.format(name))
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        try:
            yield
        finally:
            again = sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only")
            connection.execute(again.format(name))


@cache
def make(server: str, name: str, service: str) -> None:
    """A database of this name, where there is none yet."""
    with administrator(server) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (TURN,))
        if not _there(connection, EMPTY + service):
            _make_template(connection, server, service)
        if not _there(connection, name):
            told = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(told.format(sql.Identifier(name), sql.Identifier(EMPTY + service)))


def _make_template(connection: "psycopg.Connection", server: str, service: str) -> None:
    name = EMPTY + service
    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    engine = open_engine(shown(make_url(server).set(database=name)))
    migrate(engine, service)
    engine.dispose()


def _there(connection: "psycopg.Connection", name: str) -> bool:
    return bool(
        connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
    )


@cache
def _standing(server: str) -> "psycopg.Connection":
    """For what is asked around each test: a server takes longer to let somebody in than to answer."""
    return administrator(server)


def administrator(server: str) -> "psycopg.Connection":
    """Each statement is a transaction of its own: what makes and drops databases has to be."""
    url = make_url(server)
    return psycopg.connect(
        host=url.host,
        port=url.port,
        user=url.username,
        password=url.password,
        dbname=url.database,
        autocommit=True,
    )


def shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)
