"""The states of a service in a dictionary, with conditions in place of queries."""

import operator
from collections.abc import Callable, Iterable
from typing import Any


class Condition:
    """A condition on a state. Two of them with `|` between are one."""

    def __init__(self, holds: Callable[[Any], bool]) -> None:
        self._holds = holds

    def __call__(self, state: Any) -> bool:
        return self._holds(state)

    def __or__(self, other: "Condition | Field") -> "Condition":
        return Condition(lambda state: self(state) or other(state))


class Field:
    """A column in a condition: `column == value` is a test of a state, and so is a column of yes and no."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, state: Any) -> bool:
        return bool(getattr(state, self._name))

    def _test(self, compare: Callable[[Any, Any], bool], value: Any) -> Condition:
        return Condition(lambda state: compare(getattr(state, self._name), value))

    def __eq__(self, value: object) -> Any:
        return self._test(operator.eq, value)

    def __ne__(self, value: object) -> Any:
        return self._test(operator.ne, value)

    def __hash__(self) -> int:
        return hash(self._name)

    def __le__(self, value: Any) -> Any:
        return self._test(lambda found, limit: found is not None and found <= limit, value)

    def is_(self, value: Any) -> Any:
        return self._test(operator.is_, value)

    def is_not(self, value: Any) -> Any:
        return self._test(operator.is_not, value)

    def in_(self, values: Iterable[Any]) -> Any:
        return self._test(lambda found, wanted: found in wanted, tuple(values))


class DictStates:
    """The interface of `States` on a dictionary. Nothing is kept before `commit`."""

    def __init__(
        self, state_tables: dict[type[Any], Any], states: dict[type[Any], dict[Any, Any]]
    ) -> None:
        self._state_tables = state_tables
        self._states = states
        self._changed: dict[type[Any], dict[Any, Any]] = {}

    def one(self, kind: type[Any], *key: Any) -> Any:
        found = self._changed.get(kind, {}).get(key)
        return found if found is not None else self._states[kind].get(key)

    def many(self, kind: type[Any], keys: Iterable[Any]) -> dict[Any, Any]:
        return {key: found for key in keys if (found := self.one(kind, *key)) is not None}

    def of(self, kind: type[Any], dossier: str) -> list[Any]:
        name = self._state_tables[kind].dossier
        return [state for state in self.all(kind) if getattr(state, name) == dossier]

    def all(self, kind: type[Any]) -> list[Any]:
        merged = self._states[kind] | self._changed.get(kind, {})
        return [merged[key] for key in sorted(merged)]

    def prefetch(self, _kind: type[Any], _dossiers: Iterable[str]) -> None:
        """Reading ahead is for speed."""

    def where(self, kind: type[Any], *conditions: Condition, limit: int | None = None) -> list[Any]:
        return [state for state in self.all(kind) if all(test(state) for test in conditions)][
            :limit
        ]

    def column(self, _kind: type[Any], name: str) -> Any:
        return Field(name)

    def keep(self, state: Any) -> None:
        self._changed.setdefault(type(state), {})[self._state_tables[type(state)].key_of(state)] = (
            state
        )

    def commit(self) -> None:
        for kind, states in self._changed.items():
            self._states[kind] |= states
