"""Opens a service's database: one SQLite file by default, PostgreSQL with another URL."""

import logging
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url, text
from sqlalchemy.orm import registry

from shared.kit.storage.bulk import execute

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT_MS = 10_000
PAGE_BYTES = 8192  # a transaction of many rows writes whole pages: half as many, for a fifth less
CACHE_KIB = 64 * 1024  # of pages at hand, of a database that is made anew
HASTY_SQLITE = (
    "PRAGMA synchronous=OFF",
    f"PRAGMA cache_size=-{CACHE_KIB}",
    f"PRAGMA wal_autocheckpoint={CACHE_KIB * 1024 // PAGE_BYTES}",  # a page that changes often is copied once
)
HASTY_POSTGRESQL = ("SET synchronous_commit TO OFF",)
# A statement that asks for pairs of ids is another one for each number of them.
STATEMENTS_KEPT_MAX = 64


def service_registry() -> registry:
    """A registry of its own for each service: no table of one can be joined with another's by accident."""
    return registry(metadata=MetaData(naming_convention=NAMING))


def open_engine(url: str) -> Engine:
    """`sqlite:///path` or `postgresql+psycopg://…`. SQLite is opened in WAL with full synchronisation."""
    # Parameters stay hidden: an error must not tell who it is about.
    if not url.startswith("sqlite"):
        # It would tell what a second error of one trip was about, and so about whom; the first is raised.
        logging.getLogger("psycopg").setLevel(logging.ERROR)
        return create_engine(
            url, pool_pre_ping=True, pool_size=2, max_overflow=2, hide_parameters=True
        )
    arguments = {
        "check_same_thread": False,
        "timeout": BUSY_TIMEOUT_MS / 1000,
        "cached_statements": STATEMENTS_KEPT_MAX,
    }
    pool = {}
    if file := make_url(url).database:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        pool = {"pool_use_lifo": True}  # the connection that wrote last has the pages at hand
    engine = create_engine(url, connect_args=arguments, hide_parameters=True, **pool)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def hasten(engine: Engine) -> None:
    """Waits for no disk: of a database that is made anew, none is better than half of one."""
    engine.dispose()
    said = HASTY_SQLITE if engine.dialect.name == "sqlite" else HASTY_POSTGRESQL

    def say(connection: Any, _record: Any) -> None:
        for one in said:
            connection.execute(one)
        connection.commit()

    event.listen(engine, "connect", say)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own
    for pragma in (
        f"page_size={PAGE_BYTES}",
        "journal_mode=WAL",
        "synchronous=FULL",  # what is acknowledged must outlive a power cut
        "foreign_keys=ON",
        "secure_delete=ON",  # an erased person must not stay legible in free pages
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    """A writer says so at once: a transaction that upgrades later can be refused in its middle."""
    reads_only = connection.get_execution_options().get("reads_only")
    execute(connection, "BEGIN" if reads_only else "BEGIN IMMEDIATE")


def has_ended(connection: Connection) -> bool:
    """SQLite ends a transaction by itself where its disk is full: each later statement would stand alone."""
    opened: Any = connection.connection.dbapi_connection
    return connection.dialect.name == "sqlite" and not opened.in_transaction


def take_writer_turn(connection: Connection, service: str) -> None:
    """One writer at a time for each service, on PostgreSQL too: rules then see each other's finished work."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext(:service))"), {"service": service}
        )
