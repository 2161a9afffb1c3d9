"""After an erasure: no page, no log of the database keeps what was overwritten.

SQLite fills with zeros what it frees (`secure_delete`), but its write-ahead log keeps earlier pages until it
is truncated. PostgreSQL keeps earlier rows in their file: a table is written anew.
"""

from collections.abc import Iterable

from sqlalchemy import Engine, Table, text

PATIENCE_MS = 500  # readers are waited for so long; writers wait meanwhile


def scrub(engine: Engine, tables: Iterable[Table]) -> bool:
    """`tables` are those that hold personal data. False where somebody reads: to be tried again."""
    if engine.dialect.name == "sqlite":
        return _truncate_log(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables:
            name = engine.dialect.identifier_preparer.format_table(table)
            connection.execute(text(f"VACUUM (FULL) {name}"))
    return True


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
