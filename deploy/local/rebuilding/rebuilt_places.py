"""Where a database is made anew, beside the one in use, and how it takes its place: whole, or not at all."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, make_url, text

from deploy.local.home.durable import sync_folder
from shared.kit.storage.database import open_engine

SCHEMA = "rebuilding"
BESIDE_IT = ("-wal", "-shm")


class RebuiltPlace(Protocol):
    """`url` is of the database that is made; `name` tells people where it is."""

    url: str
    name: str

    def begin(self) -> bool:
        """Makes room. True where an earlier try was left there, and is gone now."""

    def take_over(self) -> str:
        """From now on this is the database. Returns where the one before is kept, if there was one."""


def rebuilt_place(database_url: str) -> RebuiltPlace:
    url = make_url(database_url)
    return FilePlace(url) if url.drivername.startswith("sqlite") else SchemaPlace(url)


def _moment() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S")


class FilePlace:
    """`<service>.db.rebuilding`; what was there before stays as `<service>.before-<moment>.db`."""

    def __init__(self, url: URL) -> None:
        self._path = Path(url.database or "")
        self._fresh = self._path.with_name(f"{self._path.name}.rebuilding")
        self.url = f"sqlite:///{self._fresh}"
        self.name = str(self._fresh)

    def begin(self) -> bool:
        left = self._fresh.exists()
        for name in ("", *BESIDE_IT):
            Path(f"{self._fresh}{name}").unlink(missing_ok=True)
        return left

    def take_over(self) -> str:
        _write_out(self._fresh)
        kept = self._path.with_name(f"{self._path.stem}.before-{_moment()}{self._path.suffix}")
        if was_there := self._path.exists():
            with suppress(sqlite3.DatabaseError):  # a damaged one is kept as it is
                _write_out(self._path)
            os.link(self._path, kept)
        # They belong to the one before: over the new one they would spoil it.
        for name in BESIDE_IT:
            if Path(f"{self._path}{name}").exists():
                Path(f"{self._path}{name}").rename(f"{kept}{name}")
        self._fresh.chmod(0o600)
        self._fresh.replace(self._path)
        sync_folder(self._path.parent)
        return str(kept) if was_there else ""


def _write_out(path: Path) -> None:
    """Every page in the one file, and on the disk."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class SchemaPlace:
    """A schema of the same PostgreSQL database; the two are renamed in one transaction."""

    def __init__(self, url: URL) -> None:
        self._url = url
        fresh = url.update_query_dict({"options": f"-csearch_path={SCHEMA}"})
        self.url = fresh.render_as_string(hide_password=False)
        self.name = f"schema {SCHEMA} of {url.render_as_string()}"

    def begin(self) -> bool:
        with self._transaction() as connection:
            left = text("SELECT count(*) FROM pg_namespace WHERE nspname = :name")
            there = bool(connection.scalar(left, {"name": SCHEMA}))
            connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
            connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        return there

    def take_over(self) -> str:
        kept = f"before_{_moment().replace('-', '_')}"
        with self._transaction() as connection:
            current = connection.scalar(text("SELECT current_schema()"))
            quoted = connection.dialect.identifier_preparer.quote(str(current))
            connection.execute(text(f"ALTER SCHEMA {quoted} RENAME TO {kept}"))
            connection.execute(text(f"ALTER SCHEMA {SCHEMA} RENAME TO {quoted}"))
        return f"schema {kept}"

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        engine = open_engine(self._url.render_as_string(hide_password=False))
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()
