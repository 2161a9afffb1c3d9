"""Writes and reads many rows with one prepared statement each.

The rows go to the driver, and come, as tuples.

This is the fast path of the storage: ten times the rows of the ORM, a lone row in a third of Core's time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain, islice
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

DOUBLE_PRECISION = 701  # PostgreSQL's number for it: the types of numbers alone ask what the column is
TOGETHER = 64  # rows in one statement of SQLite
Row = Sequence[Any]
Convert = Callable[[Any], Any] | None


def insert_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Each row has a value for each column of the table, in order."""
    _write(connection, table, rows, False)


def upsert_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """The same; a row whose key is there already replaces it."""
    _write(connection, table, rows, True)


def select_among(
    connection: Connection, table: Table, columns: tuple[str, ...], name: str, values: Iterable[str]
) -> Iterable[tuple[Any, ...]]:
    """These columns of the rows where the column `name` has one of the values, however many they are."""
    dialect = connection.dialect.name
    sql, converters = _selecting(dialect, table, columns, name)
    among = list(values)
    parameter = among if dialect == "postgresql" else to_json(among).decode()
    with _cursor(connection, sql) as cursor:
        return _converted(cursor.execute(sql, (parameter,)).fetchall(), converters)


def execute_many(connection: Connection, sql: str, rows: Sequence[Row]) -> int:
    """`sql` marks its values with `?`, whatever the database is. Returns how many rows it touched."""
    if not rows:
        return 0
    written = sql.replace("?", "%s") if connection.dialect.name == "postgresql" else sql
    with _cursor(connection, written) as cursor:
        cursor.executemany(written, rows)
        return int(cursor.rowcount)


def scalar(connection: Connection, sql: str) -> Any:
    """The one value of a query without parameters."""
    with _cursor(connection, sql) as cursor:
        return cursor.execute(sql).fetchone()[0]


def execute(connection: Connection, sql: str) -> None:
    with _cursor(connection, sql) as cursor:
        cursor.execute(sql)


def _write(connection: Connection, table: Table, rows: Sequence[Row], replaces: bool) -> None:
    if not rows:
        return
    sql, converters = _writing(connection.dialect.name, table, replaces)
    values = iter(_converted(rows, converters))
    with _cursor(connection, sql) as cursor:
        if connection.dialect.name == "sqlite":
            together = _together(sql, len(converters))
            for _ in range(len(rows) // TOGETHER):
                cursor.execute(together, list(chain.from_iterable(islice(values, TOGETHER))))
        cursor.executemany(sql, values)


@cache
def _together(sql: str, columns: int) -> str:
    """The same for many rows: SQLite prepares to undo one with triggers once, however many rows it has."""
    marks = f"({', '.join('?' * columns)})"
    return sql.replace(marks, ", ".join([marks] * TOGETHER), 1)


@contextmanager
def _cursor(connection: Connection, sql: str) -> Iterator[Any]:
    """The driver's own. Its errors are raised as SQLAlchemy's, like those of every other statement."""
    driver: Any = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except driver.Error as error:
        raise DBAPIError.instance(sql, None, error, driver.Error, hide_parameters=True) from error
    finally:
        cursor.close()


def _converted(rows: Sequence[Row], converters: tuple[Convert, ...]) -> Iterable[tuple[Any, ...]]:
    """Column by column: most columns are given as they are."""
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for index, convert in enumerate(converters if columns else ()):
        if convert:
            columns[index] = map(convert, columns[index])
    return zip(*columns, strict=True)


@cache
def _selecting(
    dialect_name: str, table: Table, columns: tuple[str, ...], name: str
) -> tuple[str, tuple[Convert, ...]]:
    """The values go as one parameter, so that one statement serves for any number of them."""
    among = "= ANY(%s)" if dialect_name == "postgresql" else "IN (SELECT value FROM json_each(?))"
    sql = f"SELECT {', '.join(columns)} FROM {table.name} WHERE {name} {among}"  # noqa: S608  # names of our own
    dialect = _dialect(dialect_name)
    kinds = [table.c[column].type.dialect_impl(dialect) for column in columns]
    return sql, tuple(kind.result_processor(dialect, DOUBLE_PRECISION) for kind in kinds)


@cache
def _writing(dialect_name: str, table: Table, replaces: bool) -> tuple[str, tuple[Convert, ...]]:
    """The SQL, its positional parameters in the columns' order, and how the driver takes each value."""
    on_postgresql = dialect_name == "postgresql"
    statement: Any = postgresql.insert(table) if on_postgresql else sqlite.insert(table)
    dialect = _dialect(dialect_name)
    if replaces:
        keys = [column.name for column in table.primary_key]
        others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=others)
    names = [column.name for column in table.columns]
    compiled = statement.compile(dialect=dialect, column_keys=names)
    if list(compiled.positiontup) != names:
        raise TypeError(f"{table.name}: the parameters are not in the order of the columns")
    return str(compiled), tuple(c.type.dialect_impl(dialect).bind_processor(dialect) for c in table.columns)


def _dialect(name: str) -> Dialect:
    made: Any = postgresql.psycopg.dialect if name == "postgresql" else sqlite.dialect
    dialect: Dialect = made(paramstyle="format" if name == "postgresql" else "qmark")
    return dialect
