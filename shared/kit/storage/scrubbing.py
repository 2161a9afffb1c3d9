"""After an erasure: no page, no log of the database keeps what was overwritten.

SQLite fills with zeros what it frees (`secure_delete`), but its write-ahead log keeps earlier pages until it
is truncated. PostgreSQL keeps earlier rows in their file: a table is written anew. What its planner knows
of a table's columns are values of them.
"""

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, Table, text
from sqlalchemy.exc import OperationalError

from shared.kit.storage.refusals import sqlstate_of

PATIENCE_MS = 500  # readers are waited for so long; writers wait meanwhile
LOCK_NOT_AVAILABLE = "55P03"
PLANNER_KNOWS = "pg_catalog.pg_statistic"


def scrub(engine: Engine, tables: Iterable[Table]) -> bool:
    """`tables` are those that hold personal data. False where somebody reads: to be tried again."""
    if engine.dialect.name == "sqlite":
        return _truncate_log(engine)
    names = [engine.dialect.identifier_preparer.format_table(table) for table in tables]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver: Any = connection.connection.dbapi_connection
        kept: list[int] = []
        told = _dead_rows_added_to(kept)
        driver.add_notice_handler(told)
        # Every writer queues behind the scrub: a dump that reads all night held a service up.
        connection.execute(text(f"SET lock_timeout = {PATIENCE_MS}"))
        try:
            for name in names:
                connection.execute(text(f"VACUUM (FULL, ANALYZE, VERBOSE) {name}"))
            connection.execute(text(f"VACUUM (FULL, VERBOSE) {PLANNER_KNOWS}"))
        except OperationalError as error:
            if sqlstate_of(error) != LOCK_NOT_AVAILABLE:
                raise
            return False
        finally:
            driver.remove_notice_handler(told)
            connection.execute(text("RESET lock_timeout"))
    # A table written anew keeps the dead rows that an open snapshot may see, names of the erased too.
    return not any(kept)


def _dead_rows_added_to(kept: list[int]) -> Any:
    """Of each table PostgreSQL tells how many dead rows it left, because an open snapshot may see them."""

    def told(notice: Any) -> None:
        if number := re.match(r"[0-9]+", notice.message_detail or ""):
            kept.append(int(number[0]))

    return told


def _truncate_log(engine: Engine) -> bool:
    """On a connection of its own: a pragma cannot run inside a transaction."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        before = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={before}")
        return not busy
    finally:
        connection.close()
