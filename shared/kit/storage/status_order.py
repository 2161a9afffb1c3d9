"""A status stream keeps the latest of each subject.

Here the outbox sees to it that this is the latest decided.

Replicas publish in any order: one may commit a status, pause, and publish it over a newer one of another
replica. The outbox knows both orders: an id tells when a status was decided, `sequence` where it lies.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

from sqlalchemy import Connection, Table, func, select, text, update

from shared.kit.storage.bulk import change, execute
from shared.kit.storage.journal import IS_STATUS

SAY_HIDDEN_AGAIN = f"""
    UPDATE outbox SET sequence = NULL FROM (
        SELECT max(id) AS id, max(sequence) AS place FROM outbox
        WHERE {IS_STATUS} AND subject IN (SELECT subject FROM outbox WHERE id BETWEEN ? AND ? AND {IS_STATUS})
        GROUP BY subject
    ) AS newest
    WHERE outbox.id = newest.id AND outbox.sequence < newest.place"""  # noqa: S608  # a name of our own


CLOSE_REPLACED = f"""
    UPDATE outbox SET sequence = 0 WHERE {IS_STATUS} AND sequence IS NULL AND EXISTS (
        SELECT 1 FROM outbox AS newer WHERE newer.{IS_STATUS} AND newer.subject = outbox.subject
            AND newer.id > outbox.id AND newer.sequence > 0)"""  # noqa: S608  # a name of our own


class LatestStatuses:
    """The queries on the statuses of one outbox, inside one transaction."""

    def __init__(self, outbox: Table, connection: Connection) -> None:
        self._outbox = outbox
        self._connection = connection

    def say_hidden_again(self, first_id: int, last_id: int) -> Callable[[], int]:
        """How many older statuses hid the latest, now pending, of a subject confirmed in this range.

        Known once the trip is over.
        """
        return change(self._connection, SAY_HIDDEN_AGAIN, first_id, last_id)

    def give_way(self, pending: Sequence[tuple[int, str]]) -> bool:
        """Whether some of these (id, subject) were replaced: said now, they would hide the latest.

        They count as said, at place 0. The latest is said again: a replica may have said one of these and
        died before it noted it.
        """
        latest = self._latest_of({subject for _, subject in pending})
        replaced = {
            number: latest[subject] for number, subject in pending if number < latest[subject]
        }
        self._place(replaced.keys(), 0)
        self._place(replaced.values(), None)
        return bool(replaced)

    def _latest_of(self, subjects: Collection[str]) -> dict[str, int]:
        outbox = self._outbox.c
        of_these = (text(IS_STATUS), outbox.subject.in_(subjects))
        newest = select(outbox.subject, func.max(outbox.id)).where(*of_these)
        rows = self._connection.execute(newest.group_by(outbox.subject))
        return {row[0]: row[1] for row in rows}

    def _place(self, ids: Iterable[int], place: int | None) -> None:
        these = self._outbox.c.id.in_(set(ids))
        self._connection.execute(update(self._outbox).where(these).values(sequence=place))

    def close_replaced(self) -> None:
        """Statuses that lie behind a newer one that was said count as said, at place 0."""
        execute(self._connection, CLOSE_REPLACED)
