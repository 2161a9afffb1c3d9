"""Writes and reads many rows with one prepared statement each.

The rows go to the driver, and come, as tuples.

This is the fast path of the storage: ten times the rows of the ORM, a lone row in a third of Core's time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain, islice
from typing import Any, TypeVar

from pydantic_core import to_json
from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

# PostgreSQL's number for it: the types of numbers alone ask what the column is.
DOUBLE_PRECISION = 701
ALONE = {"postgresql": "= %s", "sqlite": "= ?"}
AMONG = {"postgresql": "= ANY(%s)", "sqlite": "IN (SELECT value FROM json_each(?))"}
TOGETHER = 64  # rows in one statement of SQLite
KEYS_TOGETHER = 64  # of several columns, in one statement
Row = Sequence[Any]
Names = tuple[str, ...]
# By place: most columns are given as they are.
Conversions = tuple[tuple[int, Callable[[Any], Any]], ...]
T = TypeVar("T")


def insert_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Each row has a value for each column of the table, in order."""
    _write(connection, table, rows, False)


def upsert_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """The same; a row whose key is there already replaces it."""
    _write(connection, table, rows, True)


def select_among(
    connection: Connection, table: Table, columns: Names, name: str, values: Iterable[str]
) -> Iterable[Row]:
    """These columns of the rows where the column `name` has one of the values, however many they are."""
    sql, conversions, given = _among(connection, table, columns, name, values)
    return converted(_fetched(connection, sql, given), conversions)


def select_keys(
    connection: Connection,
    table: Table,
    columns: Names,
    key: Names,
    values: Sequence[Row],
) -> Iterable[Row]:
    """These columns of the rows whose columns `key` together have one of these rows of values."""
    parts = [values[at : at + KEYS_TOGETHER] for at in range(0, len(values), KEYS_TOGETHER)]
    return chain.from_iterable(
        _select_keys(connection, table, columns, key, part) for part in parts
    )


def _select_keys(
    connection: Connection, table: Table, columns: Names, key: Names, values: Sequence[Row]
) -> Iterable[Row]:
    dialect = connection.dialect.name
    sql, conversions, bound = _selecting_keys(dialect, table, columns, key, len(values))
    given = list(chain.from_iterable(converted(values, bound)))
    return converted(_fetched(connection, sql, given), conversions)


def _among(
    connection: Connection, table: Table, columns: Names, name: str, values: Iterable[str]
) -> tuple[str, Conversions, Row]:
    """What is asked, how it is read, and what is given with it."""
    dialect = connection.dialect.name
    among = list(values)
    if len(among) == 1:
        return *_selecting(dialect, table, columns, name, True), among
    together = among if dialect == "postgresql" else to_json(among).decode()
    return *_selecting(dialect, table, columns, name, False), (together,)


def execute_many(connection: Connection, sql: str, rows: Sequence[Row]) -> None:
    """`sql` marks its values with `?`, whatever the database is."""
    if rows:
        written = _marked(connection, sql)
        _driven(connection, sql, lambda cursor: cursor.executemany(written, rows))


def select_rows(connection: Connection, sql: str, *values: Any) -> list[Row]:
    """`sql` marks its values with `?`, whatever the database is."""
    return _fetched(connection, _marked(connection, sql), values)


@contextmanager
def in_one_trip(connection: Connection) -> Iterator[None]:
    """What is said inside goes to PostgreSQL at once, and is answered together: far away, a trip is dear.

    Whatever failed is raised at the end; what came after it was not done. SQLite is at hand.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    opened: Any = connection.connection.dbapi_connection
    driver: Any = connection.dialect.loaded_dbapi
    try:
        with opened.pipeline():
            yield
    except driver.Error as error:
        raise _told("", error, driver) from error


def ask(connection: Connection, sql: str, *values: Any) -> Callable[[], list[Row]]:
    """As `select_rows`, asked in a trip: gives the rows once it is over."""
    return _asked(connection, _marked(connection, sql), values)


def ask_among(
    connection: Connection, table: Table, columns: Names, name: str, values: Iterable[str]
) -> Callable[[], Iterable[Row]]:
    """As `select_among`, asked in a trip: gives the rows once it is over."""
    sql, conversions, given = _among(connection, table, columns, name, values)
    rows = _asked(connection, sql, given)
    return lambda: converted(rows(), conversions)


def _fetched(connection: Connection, sql: str, values: Row) -> list[Row]:
    rows: list[Row] = _driven(
        connection, sql, lambda cursor: cursor.execute(sql, values).fetchall()
    )
    return rows


def _asked(connection: Connection, sql: str, values: Row) -> Callable[[], list[Row]]:
    cursor = _driven(connection, sql, lambda cursor: cursor.execute(sql, values))
    return lambda: _driven(connection, sql, lambda _: list(cursor.fetchall()))


def change(connection: Connection, sql: str, *values: Any) -> Callable[[], int]:
    """Changes rows in a trip, and tells how many once it is over. `sql` marks its values with `?`."""
    written = _marked(connection, sql)
    cursor = _driven(connection, sql, lambda cursor: cursor.execute(written, values))
    return lambda: int(cursor.rowcount)


def one_row(connection: Connection, sql: str) -> tuple[Any, ...]:
    """The one row of a query without parameters."""
    row: tuple[Any, ...] = _driven(connection, sql, lambda cursor: cursor.execute(sql).fetchone())
    return row


def _marked(connection: Connection, sql: str) -> str:
    return sql.replace("?", "%s") if connection.dialect.name == "postgresql" else sql


def execute(connection: Connection, sql: str) -> None:
    _driven(connection, sql, lambda cursor: cursor.execute(sql))


def _write(connection: Connection, table: Table, rows: Sequence[Row], replaces: bool) -> None:
    if not rows:
        return
    dialect = connection.dialect.name
    sql, conversions = _writing(dialect, table, replaces)
    values = iter(converted(rows, conversions))

    def written(cursor: Any) -> None:
        if dialect == "sqlite" and len(rows) >= TOGETHER:
            together = _together(sql, len(rows[0]))
            for _ in range(len(rows) // TOGETHER):
                cursor.execute(together, list(chain.from_iterable(islice(values, TOGETHER))))
        cursor.executemany(sql, values)

    _driven(connection, sql, written)


@cache
def _together(sql: str, columns: int) -> str:
    """The same for many rows: SQLite prepares to undo one with triggers once, however many rows it has."""
    marks = f"({', '.join('?' * columns)})"
    return sql.replace(marks, ", ".join([marks] * TOGETHER), 1)


def _driven(connection: Connection, sql: str, work: Callable[[Any], T]) -> T:
    """On a cursor of the driver. Its errors are raised as SQLAlchemy's, like those of other statements."""
    opened: Any = connection.connection.dbapi_connection
    driver: Any = connection.dialect.loaded_dbapi
    try:
        return work(opened.cursor())
    except driver.Error as error:
        raise _told(sql, error, driver) from error


def _told(sql: str, error: Exception, driver: Any) -> Exception:
    told: Exception = DBAPIError.instance(sql, None, error, driver.Error, hide_parameters=True)
    return told


def converted(rows: Sequence[Row], conversions: Conversions) -> Iterable[Row]:
    """The rows between the driver and us, column by column."""
    if not rows or not conversions:
        return rows
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for index, convert in conversions:
        columns[index] = map(convert, columns[index])
    return zip(*columns, strict=True)


@cache
def _selecting(
    dialect_name: str, table: Table, columns: Names, name: str, alone: bool
) -> tuple[str, Conversions]:
    """The values go as one parameter, so that one statement serves for any number of them.

    A value that is `alone` is asked for by itself: in a list it takes SQLite twice as long.
    """
    among = ALONE[dialect_name] if alone else AMONG[dialect_name]
    sql = f"SELECT {', '.join(columns)} FROM {table.name} WHERE {name} {among}"  # noqa: S608  # names of our own
    return sql, read_as(dialect_name, table, columns)


@cache
def _selecting_keys(
    dialect_name: str, table: Table, columns: Names, key: Names, count: int
) -> tuple[str, Conversions, Conversions]:
    """Also how the driver takes the values of the key."""
    mark = "%s" if dialect_name == "postgresql" else "?"
    one = " AND ".join(f"{name} = {mark}" for name in key)
    among = " OR ".join([f"({one})"] * count)
    sql = f"SELECT {', '.join(columns)} FROM {table.name} WHERE {among}"  # noqa: S608  # names of our own
    dialect = _dialect(dialect_name)
    kinds = [table.c[name].type.dialect_impl(dialect) for name in key]
    return (
        sql,
        read_as(dialect_name, table, columns),
        _conversions(kind.bind_processor(dialect) for kind in kinds),
    )


@cache
def read_as(dialect_name: str, table: Table, columns: Names) -> Conversions:
    """What makes our values of what the driver brings of these columns."""
    dialect = _dialect(dialect_name)
    kinds = [table.c[column].type.dialect_impl(dialect) for column in columns]
    return _conversions(kind.result_processor(dialect, DOUBLE_PRECISION) for kind in kinds)


@cache
def _writing(dialect_name: str, table: Table, replaces: bool) -> tuple[str, Conversions]:
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
    kinds = [column.type.dialect_impl(dialect) for column in table.columns]
    return str(compiled), _conversions(kind.bind_processor(dialect) for kind in kinds)


def _conversions(found: Iterable[Callable[[Any], Any] | None]) -> Conversions:
    return tuple((index, convert) for index, convert in enumerate(found) if convert)


def _dialect(name: str) -> Dialect:
    made: Any = postgresql.psycopg.dialect if name == "postgresql" else sqlite.dialect
    dialect: Dialect = made(paramstyle="format" if name == "postgresql" else "qmark")
    return dialect
