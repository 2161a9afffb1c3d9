"""Replicas decide side by side where each batch changes its own dossiers alone, and write one at a time.

On PostgreSQL alone. They hold the writer's turn together: nothing that is decided in turn, and so nothing
global, changes meanwhile. What another one beside committed is looked for under the turn to write, before
anything is written: an event of a dossier left a line in the inbox, and what several dossiers may want is
read again. Where anything moved, or a rule reached beyond its dossiers, the batch is decided again, in turn.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from shared.kit.errors import Overlap
from shared.kit.storage.bulk import Row, ask, in_one_trip
from shared.kit.storage.state_tables import StateTable

SHARE_TURN = "SELECT pg_advisory_xact_lock_shared(hashtext(?))"
# PostgreSQL keeps locks of two numbers apart from those of one.
TAKE_TURN_TO_WRITE = "SELECT pg_advisory_xact_lock(hashtext(?), 1)"
HEARD = (
    "SELECT event_id FROM inbox WHERE event_id = ANY(?)",
    "SELECT event_id FROM waiting WHERE event_id = ANY(?)",
)
LINES = "SELECT count(*) FROM inbox WHERE dossier = ANY(?)"


class Beside:
    """What one transaction beside others looked at. Its `dossiers` are those of its events.

    `changed` are the dossiers that it changes; `writes` once nobody else does.
    """

    def __init__(self, connection: Connection, service: str, dossiers: Collection[str]) -> None:
        self.changed: set[str] = set()
        self.writes = False
        self._connection, self._service = connection, service
        self._dossiers = frozenset(dossiers)
        self._watched: set[str] = set()
        self._lines = 0

    def begin(self, event_ids: Sequence[str]) -> set[str]:
        """Takes its share of the turn, before anything else is asked.

        Returns those of its events that were decided, or wait.
        """
        with in_one_trip(self._connection):
            ask(self._connection, SHARE_TURN, self._service)
            lines = ask(self._connection, LINES, list(self._dossiers))
            found = [ask(self._connection, known, list(event_ids)) for known in HEARD]
        self._lines, self._watched = _number(lines), set(self._dossiers)
        return {event_id for rows in found for (event_id,) in rows()}

    def watch(self, dossiers: Iterable[str]) -> None:
        """Called before their states are read: what is decided of them from now on is noticed."""
        if not self._watched:
            raise Overlap("nothing is read before the turn is shared")
        if fresh := set(dossiers) - self._watched:
            self._lines += _number(ask(self._connection, LINES, list(fresh)))
            self._watched |= fresh

    def change(self, dossier: str | None) -> None:
        """Raises Overlap for what belongs to another dossier, or to none."""
        if dossier not in self._dossiers:
            raise Overlap("a rule changes more than its dossiers")
        self.changed.add(dossier)

    def take_turn(self) -> Callable[[], None]:
        """Within a trip: from here on nobody else writes.

        What it returns is called after it. Raises Overlap where a dossier that was read has moved.
        """
        if not self._watched:
            raise Overlap("nothing is written before the turn is shared")
        ask(self._connection, TAKE_TURN_TO_WRITE, self._service)
        lines = ask(self._connection, LINES, list(self._watched))

        def check() -> None:
            # The inbox only grows while transactions stand side by side.
            if _number(lines) != self._lines:
                raise Overlap("a dossier was decided by another replica meanwhile")
            self.writes = True

        return check


def _number(rows: Callable[[], list[Row]]) -> int:
    return int(rows()[0][0])


def still_holds(table: StateTable, before: Any, mine: Any, now: Any) -> Any:
    """A contested state, as this transaction leaves it: `before` as it was read, `now` as it is.

    Counts add up. Raises Overlap where anything else of it changed meanwhile.
    """
    if now == before:
        return mine
    counted = table.counts
    if not counted or before is None or now is None:
        raise Overlap("what several dossiers want was changed by another replica meanwhile")
    known = getattr(before, counted)
    only_counted = replace(now, **{counted: known}) == before == replace(mine, **{counted: known})
    if not only_counted:
        raise Overlap("more than a count was changed")
    return replace(now, **{counted: getattr(now, counted) + getattr(mine, counted) - known})
