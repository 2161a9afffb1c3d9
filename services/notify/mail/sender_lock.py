"""Only one replica sends at a time: the one that holds this lock. It frees itself when its process dies."""

import fcntl
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

NAME = "notify-sender"


class FileLock:
    """A lock on a file beside an SQLite database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def taken(self) -> bool:
        """Takes the lock if it is free. Returns whether it is ours."""
        if self._file:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def leave(self) -> None:
        if self._file:
            self._file.close()
        self._file = None


class DatabaseLock:
    """A session lock on PostgreSQL, held by a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def taken(self) -> bool:
        """Takes the lock if it is free. Returns whether it is ours: a lost connection has lost it too."""
        try:
            if self._connection:
                self._connection.execute(text("SELECT 1"))
                return True
            return self._take()
        except SQLAlchemyError:
            self.leave()
            return False

    def _take(self) -> bool:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(text("SELECT pg_try_advisory_lock(hashtext(:name))"), {"name": NAME}):
            self._connection = connection
            return True
        connection.close()
        return False

    def leave(self) -> None:
        if self._connection:
            self._connection.invalidate()  # closes the session, and with it the lock
            self._connection.close()
        self._connection = None


SenderLock = FileLock | DatabaseLock


def sender_lock_for(engine: Engine) -> SenderLock:
    if engine.dialect.name == "postgresql":
        return DatabaseLock(engine)
    return FileLock(Path(f"{engine.url.database}.sender"))
