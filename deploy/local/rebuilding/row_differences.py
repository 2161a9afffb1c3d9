"""Compares two databases of one service, table by table and row by row, both read in the order of their keys.

A person's words are never shown: of what may hold them it is told that they differ, and where.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Column, Connection, Row, String, Table, collate, select

from deploy.local.rebuilding.local_state import ALIKE, TIMER, UNCOMPARED
from shared.contract.subjects import STATUS_STREAM
from shared.kit.storage.inbox_outbox import REHEARSAL_ROW
from shared.kit.storage.state_tables import StateTable

TOGETHER = 500  # rows
SHOWN_MAX = 64  # characters: longer texts are people's words
HIDDEN = "(not shown)"
NO_WORDS = re.compile(r"[^A-Za-z]*")
What = Literal["changed", "added", "missing"]
Opened = Mapping[str, Callable[[Any], Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of the records that is not what the log leads to: what it holds, beside what it should."""

    service: str
    table: str
    key: str
    what: What
    column: str = ""
    kept: str = ""
    should_be: str = ""


class Comparison:
    """`opened` makes comparable what is sealed anew each time, by `table.column`, from its row.

    `tables` tell which columns hold data of a person.
    """

    def __init__(
        self,
        service: str,
        kept: Connection,
        fresh: Connection,
        opened: Opened,
        tables: Iterable[StateTable],
    ) -> None:
        self._service, self._kept, self._fresh, self._opened = service, kept, fresh, opened
        self._personal = {(one.table.name, column) for one in tables for column in one.personal}
        self.rows = 0

    def of(self, table: Table) -> Iterator[Difference]:
        keys = _keys(table)
        columns = [
            c for c in table.columns if (table.name, c.name) not in UNCOMPARED and c not in keys
        ]
        kept = _rows(self._kept, table, [*keys, *columns])
        fresh = _rows(self._fresh, table, [*keys, *columns])
        for mine, other in _paired(kept, fresh, len(keys)):
            self.rows += 1
            row = other if mine is None else mine
            if _is_local(table, row, alone=mine is None or other is None):
                continue
            key = " ".join(map(str, row[: len(keys)]))
            if mine is None:
                yield Difference(self._service, table.name, key, "missing")
            elif other is None:
                yield Difference(self._service, table.name, key, "added")
            else:
                yield from self._changed(table, key, columns, mine, other)

    def _changed(
        self, table: Table, key: str, columns: list[Column[Any]], mine: Row[Any], other: Row[Any]
    ) -> Iterator[Difference]:
        for column in columns:
            if self._differs(table, column, mine, other):
                kept = self._shown(column, mine)
                should_be = self._shown(column, other)
                yield Difference(
                    self._service, table.name, key, "changed", column.name, kept, should_be
                )

    def _shown(self, column: Column[Any], row: Row[Any]) -> str:
        if (column.table.name, column.name) in self._personal:
            return HIDDEN
        return _shown(column, row._mapping[column.name])

    def _differs(self, table: Table, column: Column[Any], mine: Row[Any], other: Row[Any]) -> bool:
        was = mine._mapping[column.name]
        is_right = other._mapping[column.name]
        alike = ALIKE.get((table.name, column.name), ())
        if was == is_right or (was in alike and is_right in alike):
            return False
        if table.name == "outbox" and column.name == "sequence":
            return mine._mapping["stream"] != STATUS_STREAM and None not in (was, is_right)
        if opens := self._opened.get(f"{table.name}.{column.name}"):
            return bool(opens(mine._mapping) != opens(other._mapping))
        return True


def _keys(table: Table) -> list[Column[Any]]:
    """Facts are known by their id: the number of their row is the database's own."""
    return [table.c.event_id] if table.name == "outbox" else list(table.primary_key)


def _rows(connection: Connection, table: Table, columns: list[Column[Any]]) -> Iterator[Row[Any]]:
    order: list[Any] = []
    for column in _keys(table):
        as_bytes = connection.dialect.name == "postgresql" and isinstance(column.type, String)
        order.append(collate(column, "C") if as_bytes else column)
    query = select(*columns).order_by(*order).execution_options(yield_per=TOGETHER)
    return iter(connection.execute(query))


def _paired(
    mine: Iterator[Row[Any]], others: Iterator[Row[Any]], keys: int
) -> Iterator[tuple[Any, Any]]:
    """Rows with the same key together, the others alone."""
    left, right = next(mine, None), next(others, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[:keys] < right[:keys]):
            yield left, None
            left = next(mine, None)
        elif left is None or right[:keys] < left[:keys]:
            yield None, right
            right = next(others, None)
        else:
            yield left, right
            left = next(mine, None)
            right = next(others, None)


def _is_local(table: Table, row: Row[Any], alone: bool) -> bool:
    if table.name == "clock":
        return bool(row[0] != REHEARSAL_ROW)
    return table.name == "inbox" and alone and row._mapping["type"] == TIMER


def _shown(column: Column[Any], value: Any) -> str:
    """Numbers, instants, ids and words of the programme; never what somebody wrote."""
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return HIDDEN
    text = str(value)
    is_word = isinstance(value, str) and _holds_words_alone(column)
    is_number = len(text) <= SHOWN_MAX and NO_WORDS.fullmatch(text)
    return text if is_word or is_number else HIDDEN


def _holds_words_alone(column: Column[Any]) -> bool:
    """Where there is no room for what somebody wrote."""
    length: int = getattr(column.type, "length", None) or SHOWN_MAX + 1
    return length <= SHOWN_MAX
