"""The states of one batch: what its rules may read, and what they want kept.

Few queries in, few statements out.
"""

from collections.abc import Callable, Collection, Iterable
from itertools import chain, starmap
from typing import Any, TypeVar, cast

from sqlalchemy import Column, ColumnElement, Connection, Table
from sqlalchemy.sql import visitors

from shared.kit.errors import Overlap
from shared.kit.storage.bulk import (
    ask_among,
    converted,
    read_as,
    select_among,
    select_keys,
    upsert_many,
)
from shared.kit.storage.side_by_side import Beside, still_holds
from shared.kit.storage.state_tables import Key, StateTable

S = TypeVar("S")
Kind = type[Any]
Look = Callable[["States", Any, Any], None]
Keys = dict[Key, None]  # a set that keeps its order
NO_KEYS: Keys = {}


class States:
    """Reads through to the database once for each key or dossier; changes stay in memory until `write`.

    What was asked for counts as read once it was: after a query that failed, nothing is taken for missing.
    `derived` is what a store made of states, and follows them with. `beside` others, whatever might change
    meanwhile unseen raises Overlap.
    """

    def __init__(
        self,
        connection: Connection,
        state_tables: dict[Kind, StateTable],
        beside: Beside | None = None,
    ) -> None:
        self._connection = connection
        self._beside = beside
        self._before: dict[tuple[Kind, Key], Any] = {}  # contested ones, as they were read
        self._unread: set[tuple[Kind, Key]] = set()  # contested ones, changed whatever they were
        self._state_tables = state_tables
        self._states: dict[Kind, dict[Key, Any]] = {}
        self._changed: dict[Kind, Keys] = {}
        self._files: dict[Kind, dict[str | None, Keys]] = {}
        self._whole_files: dict[Kind, set[str]] = {}
        self._whole: set[Kind] = set()
        self._followed: dict[Kind, list[Look]] = {}
        self.derived: dict[Any, Any] = {}
        for kind in state_tables:
            self._states[kind] = {}
            self._changed[kind] = {}
            self._files[kind] = {}
            self._whole_files[kind] = set()

    def one(self, kind: type[S], *key: Any) -> S | None:
        states = self._states[kind]
        if key not in states:
            if not self._is_read(kind, key):
                self._add(kind, self._with_keys(kind, [key]))
            states.setdefault(key, None)
        return cast("S | None", states[key])

    def many(self, kind: type[S], keys: Iterable[Key]) -> dict[Key, S]:
        """The states of these keys that exist, in one query for those not read yet."""
        wanted = list(dict.fromkeys(keys))
        states = self._states[kind]
        missing = [key for key in wanted if key not in states and not self._is_read(kind, key)]
        if missing:
            self._add(kind, self._with_keys(kind, missing))
            for key in missing:
                states.setdefault(key, None)
        return {key: states[key] for key in wanted if states.get(key) is not None}

    def of(self, kind: type[S], dossier: str) -> list[S]:
        """Every state of this kind that belongs to the dossier, in key order."""
        if dossier not in self._whole_files[kind]:
            self.prefetch(kind, [dossier])
        states = self._states[kind]
        keys = self._files[kind].get(dossier, NO_KEYS)
        return [states[key] for key in (sorted(keys) if len(keys) > 1 else keys)]

    def prefetch(self, kind: type[Any], dossiers: Collection[str]) -> None:
        """Reads all states of these dossiers in one query: the rules of a batch find them in memory."""
        table = self._state_tables[kind]
        whole = self._whole_files[kind]
        unread = [dossier for dossier in dict.fromkeys(dossiers) if dossier not in whole]
        if not unread or table.dossier is None:
            return
        if self._beside:
            self._beside.watch(unread)
        self._add(kind, self._among(table, table.dossier, unread))
        whole.update(unread)
        # One state a dossier at most: those that the query does not bring are known to be missing.
        if table.key == (table.dossier,):
            for dossier in unread:
                self._states[kind].setdefault((dossier,), None)

    def all(self, kind: type[S]) -> list[S]:
        """Every state of a kind of which there are few, in key order: one query for the whole batch."""
        states = self._states[kind]
        table = self._state_tables[kind]
        if self._beside and (table.contested or table.dossier):
            raise Overlap("a rule looks at every dossier's")
        if kind not in self._whole:
            self._select(kind)
            self._whole.add(kind)
        return [states[key] for key in sorted(states) if states[key] is not None]

    def where(
        self, kind: type[S], *conditions: ColumnElement[bool], limit: int | None = None
    ) -> list[S]:
        """A query of its own, for rare events, in key order.

        It sees what this batch has changed, of this kind and of those that its conditions look into.
        """
        if self._beside:
            raise Overlap("a rule looks for what may be anybody's")
        if self._has_changed(kind, conditions):
            self.write()
        found = self._select(kind, *conditions, limit=limit)
        return [self._states[kind][key] for key in sorted(found)]

    def keep(self, state: Any) -> None:
        kind = type(state)
        table = self._state_tables[kind]
        key = table.key_of(state)
        states = self._states[kind]
        dossier = table.dossier_of(state)
        if self._beside:
            self._change_beside(self._beside, table, key, dossier)
        for look in self._followed.get(kind, ()):
            look(self, self.one(kind, *key), state)
        before = states.get(key)
        if before is not None and table.dossier_of(before) != dossier:
            del self._files[kind][table.dossier_of(before)][key]
        states[key] = state
        self._changed[kind][key] = None
        self._files[kind].setdefault(dossier, {})[key] = None

    def follow(self, kind: type[S], look: "Callable[[States, S | None, S], None]") -> None:
        """`look` is told of each state of this kind that is kept from now on, and of the one before it."""
        self._followed.setdefault(kind, []).append(look)

    def write(self, *kinds: Kind) -> None:
        """Writes the changed states, one upsert a table; where kinds are named, those of these alone."""
        if self._beside and not self._beside.writes:
            raise Overlap("a rule asks the database for what it has changed")
        for kind in kinds or self._changed:
            if changed := self._changed[kind]:
                states = self._states[kind]
                table = self._state_tables[kind]
                rows = [table.row_of(states[key]) for key in changed]
                upsert_many(self._connection, table.table, rows)
                changed.clear()

    def look_again(self) -> Callable[[], None]:
        """Beside others, once nobody else writes: reads again what several dossiers want, within a trip.

        What it returns is called after it: counts are brought up to date. That raises Overlap where anything
        else is not as it was read.
        """
        asked = []
        for kind, states in self._states.items():
            table = self._state_tables[kind]
            if not table.contested:
                continue
            keys = [key for key in states if (kind, key) not in self._unread]
            if keys:
                values = [key[0] for key in keys]
                rows = ask_among(self._connection, table.table, table.fields, table.key[0], values)
                asked.append((table, keys, rows))

        def check() -> None:
            for table, keys, rows in asked:
                states = self._states[table.kind]
                now = {table.key_of(one): one for one in starmap(table.kind, rows())}
                for key in keys:
                    before = self._before.get((table.kind, key), states[key])
                    states[key] = still_holds(table, before, states[key], now.get(key))

        return check

    def _change_beside(
        self, beside: Beside, table: StateTable, key: Key, dossier: str | None
    ) -> None:
        if not table.contested:
            beside.change(dossier)
        elif key in self._states[table.kind]:
            self._before.setdefault((table.kind, key), self._states[table.kind][key])
        else:
            self._unread.add((table.kind, key))

    @property
    def count(self) -> int:
        """How many are in memory."""
        return sum(map(len, self._states.values()))

    @property
    def connection(self) -> Connection:
        """For the queries of a store that are not about states, such as counts over the journal."""
        if self._beside:
            raise Overlap("a rule looks at more than states")
        return self._connection

    def column(self, kind: type[Any], name: str) -> ColumnElement[Any]:
        return self._state_tables[kind].table.c[name]

    def _add(self, kind: type[Any], found: Iterable[Any]) -> list[Key]:
        """What was read or changed before stays: it may be newer, and a rule never sees two versions."""
        states = self._states[kind]
        files = self._files[kind]
        table = self._state_tables[kind]
        keys = []
        for state in found:
            key = table.key_of(state)
            keys.append(key)
            if states.get(key) is None:
                states[key] = state
                files.setdefault(table.dossier_of(state), {})[key] = None
        return keys

    def _has_changed(self, kind: Kind, conditions: Iterable[ColumnElement[bool]]) -> bool:
        """Whether this batch changed the kind, or one that a query of these conditions looks into."""
        if self._changed[kind]:
            return True
        changed = [self._state_tables[one].table for one, keys in self._changed.items() if keys]
        return bool(changed) and not _tables_in(conditions).isdisjoint(changed)

    def _is_read(self, kind: type[Any], key: Key) -> bool:
        """Whether its dossier was read as a whole: what is not there does not exist."""
        table = self._state_tables[kind]
        if table.dossier not in table.key:
            return False
        return key[table.key.index(table.dossier)] in self._whole_files[kind]

    def _with_keys(self, kind: type[Any], keys: list[Key]) -> Iterable[Any]:
        table = self._state_tables[kind]
        if self._beside and table.dossier and not table.contested:
            if table.dossier not in table.key:
                raise Overlap("nobody knows whose a rule asks for")
            place = table.key.index(table.dossier)
            self._beside.watch(key[place] for key in keys)
        if len(table.key) == 1:
            return self._among(table, table.key[0], [key[0] for key in keys])
        rows = select_keys(self._connection, table.table, table.fields, table.key, keys)
        return starmap(table.kind, rows)

    def _among(self, table: StateTable, name: str, values: list[Any]) -> Iterable[Any]:
        rows = select_among(self._connection, table.table, table.fields, name, values)
        return starmap(table.kind, rows)

    def _select(
        self, kind: type[Any], *conditions: ColumnElement[bool], limit: int | None = None
    ) -> list[Key]:
        """Reads what these conditions tell; no state is made anew of the row of one in memory."""
        table = self._state_tables[kind]
        query = table.query.where(*conditions)
        if limit is not None:
            by_key = [table.table.c[name] for name in table.key]
            query = query.order_by(*by_key).limit(limit)
        rows = self._connection.execute(query).all()
        conversions = read_as(self._connection.dialect.name, table.table, table.fields)
        places = [table.fields.index(name) for name in table.key]
        if any(index in places for index, _ in conversions):
            return self._add(kind, starmap(kind, converted(rows, conversions)))
        states = self._states[kind]
        found = {tuple([row[place] for place in places]): row for row in rows}
        unknown = [row for key, row in found.items() if states.get(key) is None]
        self._add(kind, starmap(kind, converted(unknown, conversions)))
        return list(found)


def _tables_in(conditions: Iterable[ColumnElement[bool]]) -> set[Any]:
    """All that stand somewhere in these conditions, in a query inside them too."""
    tables: set[Any] = set()
    for part in chain.from_iterable(map(visitors.iterate, conditions)):
        if isinstance(part, Table):
            tables.add(part)
        elif isinstance(part, Column):
            tables.add(part.table)
    return tables
