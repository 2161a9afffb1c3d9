"""What a service said, as the log holds it: a decision taken again marks its facts, says nothing twice.

It lies in a file, not in memory: what stands at hand stays small, however long the log is.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, NamedTuple

from pydantic_core import to_json

from shared.contract.event import EVENTS, Event

CACHE_KIB = 16_000  # of the file, in memory
LOST_PLACE = 0  # of a fact that was said, and that the log holds no more
# Of the last token of a subject: a tranche's id begins with its candidature's.
DOSSIER = slice(0, 36)
TABLE = """
    CREATE TABLE said (
        number INTEGER PRIMARY KEY, event_id TEXT, cause_id TEXT, stream TEXT, place INTEGER,
        stamped_ns INTEGER, subject TEXT, digest BLOB, is_ranked INTEGER, body BLOB, said_at TEXT)"""
INDEXES = (
    "CREATE INDEX said_cause ON said (cause_id)",
    "CREATE INDEX said_letter ON said (subject) WHERE body IS NOT NULL",
)
# What no event caused, decision by decision, in the order of their first stamps.
WITHOUT_EVENT = """
    JOIN (SELECT cause_id AS cause, min(stamped_ns) AS first FROM said
          WHERE said_at IS NOT NULL GROUP BY cause_id)
    ON cause_id = cause AND said_at IS NOT NULL ORDER BY first, cause_id, number"""


class StoryDiffers(RuntimeError):
    """A decision taken again is not the one that was said; nothing of its transaction is kept."""


class SaidFact(NamedTuple):
    """One fact of the log: where it lies, and what it was said for. `digest` stands for its body.

    Causes whose facts are ranked were decided in the order of these. The `body` is kept of dead letters and
    of what no event caused: of the latter, and of operators' acts, `said_at` is the time.
    """

    number: int
    event_id: str
    cause_id: str
    stream: str
    place: int
    stamped_ns: int
    subject: str
    digest: bytes
    is_ranked: bool
    body: bytes | None = None
    said_at: str | None = None

    @property
    def dossier(self) -> str:
        return self.subject.rpartition(".")[2]

    def read(self) -> Event | None:
        """None for a fact that this code does not know, or whose body is not kept."""
        kind = EVENTS.get(self.subject.partition(".")[2].rpartition(".")[0])
        return kind.model_validate_json(self.body) if kind and self.body is not None else None


COLUMNS = ", ".join(SaidFact._fields)
MARKS = ", ".join("?" * len(SaidFact._fields))


@dataclass(slots=True)
class Retold:
    """A decision that no event caused, as its facts tell it to whoever takes it again."""

    name: str
    now: datetime
    facts: list[Event] = field(default_factory=list)


class SaidBefore:
    """`erased` are dossiers of which the log has lost a part: of these, what it lacks is not said again."""

    def __init__(self, erased: Collection[str] = ()) -> None:
        self.count = 0
        self.erased = erased
        # Without a name: gone with its connection. On PostgreSQL a thread of its own commits, one at a time.
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", f"cache_size=-{CACHE_KIB}"):
            self._file.execute(f"PRAGMA {pragma}")
        self._file.execute(TABLE)
        self._at_hand: dict[str, Sequence[SaidFact]] = {}
        self._again: dict[int, None] = {}
        # A byte for each fact, by its number: whether a decision has said it again.
        self._is_said_again = bytearray(1)

    def close(self) -> None:
        self._file.close()

    def add(self, facts: Sequence[SaidFact]) -> None:
        """In the order of their stream; their numbers go on from `count`."""
        self._file.execute("BEGIN")
        self._file.executemany(f"INSERT INTO said ({COLUMNS}) VALUES ({MARKS})", facts)  # noqa: S608  # names of our own
        self._file.execute("COMMIT")
        self.count += len(facts)
        self._is_said_again += bytes(len(facts))

    def complete(self) -> None:
        """All is read: from now on it is looked up."""
        for index in INDEXES:
            self._file.execute(index)

    def of_causes(self, causes: Iterable[str]) -> dict[str, list[SaidFact]]:
        """What was said for each of these, in the order of the log; who said nothing is left out."""
        among = "WHERE cause_id IN (SELECT value FROM json_each(?)) ORDER BY cause_id, number"
        found = self._select(among, to_json(list(causes)).decode())
        return {cause: list(facts) for cause, facts in groupby(found, attrgetter("cause_id"))}

    def letter(self, subject: str) -> SaidFact | None:
        """The dead letter of this subject."""
        return next(
            self._select("WHERE subject = ? AND body IS NOT NULL ORDER BY number", subject), None
        )

    def without_event(self) -> Iterator[list[SaidFact]]:
        """What no event caused, and what operators did: the facts of each decision, by their stamps."""
        for _, facts in groupby(self._select(WITHOUT_EVENT), attrgetter("cause_id")):
            yield list(facts)

    def unexplained(self, limit: int) -> tuple[int, list[SaidFact]]:
        """How many facts no decision has said again, and the first of them."""
        marks = enumerate(self._is_said_again)
        unsaid = (number for number, is_said_again in marks if number and not is_said_again)
        among = "WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number"
        first = self._select(among, to_json(list(islice(unsaid, limit))).decode())
        return self._is_said_again.count(False, 1), list(first)

    def lay_at_hand(self, said: dict[str, Sequence[SaidFact]]) -> None:
        """What the events that are decided next have said."""
        self._at_hand = said

    def begin(self) -> None:
        """A transaction that was rolled back has said nothing."""
        self._again.clear()

    def commit(self) -> None:
        for number in self._again:
            self._is_said_again[number] = True
        self._again.clear()

    def known(self, records: dict[str, str]) -> Iterator[SaidFact]:
        """Those that the records hold already; `records` are their causes by their ids."""
        for facts in self.of_causes(set(records.values())).values():
            for fact in facts:
                if fact.event_id in records:
                    self._again[fact.number] = None
                    yield fact

    def place(
        self, cause_id: str, event_id: str, subject: str, body: bytes
    ) -> tuple[str, int | None]:
        """The id under which this fact lies, and where; no place where it is to be said.

        A decision that told of an erased dossier too may say fewer facts now: the others keep their ids.
        Raises StoryDiffers where another fact lies under this id.
        """
        facts = self._at_hand.get(cause_id)
        if facts is None:
            facts = self.of_causes((cause_id,)).get(cause_id, ())
        there = next((fact for fact in facts if fact.event_id == event_id), None)
        same = (subject, digest_of(body))
        found = there
        if there and (there.subject, there.digest) != same:
            found = self._moved(facts, same)
        if found:
            self._again[found.number] = None
            return found.event_id, found.place
        if self._is_erased(subject):
            return event_id, LOST_PLACE
        if there is None:
            return event_id, None
        where = f"at place {there.place} of {there.stream}"
        raise StoryDiffers(f"fact {event_id}, {where}, is not what would be said now ({subject})")

    def _moved(self, facts: Sequence[SaidFact], same: tuple[str, bytes]) -> SaidFact | None:
        """The same fact at another place of a decision that told of an erased dossier."""
        if not any(self._is_erased(fact.subject) for fact in facts):
            return None
        return next((fact for fact in facts if (fact.subject, fact.digest) == same), None)

    def _is_erased(self, subject: str) -> bool:
        return subject.rpartition(".")[2][DOSSIER] in self.erased

    def _select(self, condition: str, *values: Any) -> Iterator[SaidFact]:
        query = f"SELECT {COLUMNS} FROM said {condition}"  # noqa: S608  # names of our own
        return map(SaidFact._make, self._file.execute(query, values))


def digest_of(body: bytes) -> bytes:
    return blake2b(body, digest_size=12).digest()
