"""The states of one batch: what its rules may read, and what they want kept.

Few queries in, few statements out.
"""

from collections.abc import Collection, Iterable
from itertools import starmap
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, select, tuple_

from shared.kit.storage.bulk import select_among, upsert_many
from shared.kit.storage.state_tables import Key, StateTable

S = TypeVar("S")
Kind = type[Any]
Keys = dict[Key, None]  # a set that keeps its order


class States:
    """Reads through to the database once for each key or dossier; changes stay in memory until `write`."""

    def __init__(self, connection: Connection, state_tables: dict[Kind, StateTable]) -> None:
        self._connection = connection
        self._state_tables = state_tables
        self._states: dict[Kind, dict[Key, Any]] = {}
        self._changed: dict[Kind, Keys] = {}
        self._files: dict[Kind, dict[str | None, Keys]] = {}
        self._whole: set[Kind] = set()
        for kind in state_tables:
            self._states[kind] = {}
            self._changed[kind] = {}
            self._files[kind] = {}

    def one(self, kind: type[S], *key: Any) -> S | None:
        states = self._states[kind]
        if key not in states:
            states[key] = next(iter(self._with_keys(kind, [key])), None)
        return cast("S | None", states[key])

    def many(self, kind: type[S], keys: Iterable[Key]) -> dict[Key, S]:
        """The states of these keys that exist, in one query for those not read yet."""
        wanted = list(dict.fromkeys(keys))
        states = self._states[kind]
        missing = [key for key in wanted if key not in states]
        if missing:
            states.update(dict.fromkeys(missing))
            for state in self._with_keys(kind, missing):
                states[self._state_tables[kind].key_of(state)] = state
        return {key: states[key] for key in wanted if states[key] is not None}

    def of(self, kind: type[S], dossier: str) -> list[S]:
        """Every state of this kind that belongs to the dossier, in key order."""
        if dossier not in self._files[kind]:
            self.prefetch(kind, [dossier])
        states = self._states[kind]
        keys = self._files[kind][dossier]
        return [states[key] for key in (sorted(keys) if len(keys) > 1 else keys)]

    def prefetch(self, kind: type[Any], dossiers: Collection[str]) -> None:
        """Reads all states of these dossiers in one query: the rules of a batch find them in memory."""
        table = self._state_tables[kind]
        files = self._files[kind]
        unread = [dossier for dossier in dict.fromkeys(dossiers) if dossier not in files]
        if not unread or table.dossier is None:
            return
        files.update({dossier: {} for dossier in unread})
        self._file_known(kind)
        # One state a dossier at most: those that the query does not bring are known to be missing.
        if table.key == (table.dossier,):
            for dossier in unread:
                self._states[kind].setdefault((dossier,), None)
        self._file_found(kind, self._among(table, table.dossier, unread))

    def all(self, kind: type[S]) -> list[S]:
        """Every state of a kind of which there are few, in key order: one query for the whole batch."""
        states = self._states[kind]
        if kind not in self._whole:
            self._whole.add(kind)
            for state in self._select(kind):
                key = self._state_tables[kind].key_of(state)
                # What this batch has read or changed wins: it may be newer.
                if states.get(key) is None:
                    states[key] = state
        return [states[key] for key in sorted(states) if states[key] is not None]

    def where(self, kind: type[S], *conditions: ColumnElement[bool], limit: int | None = None) -> list[S]:
        """A query of its own, for rare events, in key order. It sees what this batch has changed so far."""
        self.write()
        table = self._state_tables[kind]
        found = []
        for state in self._select(kind, *conditions, limit=limit):
            key = table.key_of(state)
            # What this batch has read or changed wins: a rule never sees two versions of one state.
            known = self._states[kind].get(key)
            self._states[kind][key] = known if known is not None else state
            found.append(self._states[kind][key])
        return sorted(found, key=table.key_of)

    def keep(self, state: Any) -> None:
        kind = type(state)
        table = self._state_tables[kind]
        key = table.key_of(state)
        self._states[kind][key] = state
        self._changed[kind][key] = None
        # A dossier whose states were read must list a new one, too.
        if (file := self._files[kind].get(table.dossier_of(state))) is not None:
            file[key] = None

    def write(self) -> None:
        """Writes the changed states, one upsert a table."""
        for kind, changed in self._changed.items():
            if changed:
                states = self._states[kind]
                table = self._state_tables[kind]
                rows = [table.row_of(states[key]) for key in changed]
                upsert_many(self._connection, table.table, rows)
                changed.clear()

    @property
    def connection(self) -> Connection:
        """For the queries of a store that are not about states, such as counts over the journal."""
        return self._connection

    def column(self, kind: type[Any], name: str) -> ColumnElement[Any]:
        return self._state_tables[kind].table.c[name]

    def _file_known(self, kind: type[Any]) -> None:
        """What was read by its key, or kept, before the file of its dossier was there."""
        files = self._files[kind]
        dossier_of = self._state_tables[kind].dossier_of
        for key, state in self._states[kind].items():
            file = None if state is None else files.get(dossier_of(state))
            if file is not None:
                file[key] = None

    def _file_found(self, kind: type[Any], found: Iterable[Any]) -> None:
        """A state that is known already stays as it is: it may have changed."""
        files = self._files[kind]
        states = self._states[kind]
        table = self._state_tables[kind]
        for state in found:
            key = table.key_of(state)
            if states.get(key) is None:
                states[key] = state
            files[table.dossier_of(state)][key] = None

    def _with_keys(self, kind: type[Any], keys: list[Key]) -> Iterable[Any]:
        table = self._state_tables[kind]
        if len(table.key) == 1:
            return self._among(table, table.key[0], [key[0] for key in keys])
        columns = [table.table.c[name] for name in table.key]
        return self._select(kind, tuple_(*columns).in_(keys))

    def _among(self, table: StateTable, name: str, values: list[Any]) -> Iterable[Any]:
        rows = select_among(self._connection, table.table, table.fields, name, values)
        return starmap(table.kind, rows)

    def _select(
        self, kind: type[Any], *conditions: ColumnElement[bool], limit: int | None = None
    ) -> Iterable[Any]:
        table = self._state_tables[kind]
        columns = table.table.c
        query = select(*(columns[name] for name in table.fields)).where(*conditions)
        if limit is not None:
            by_key = [columns[name] for name in table.key]
            query = query.order_by(*by_key).limit(limit)
        return starmap(kind, self._connection.execute(query))
