"""What a service said, as the log holds it: a decision taken again marks its facts, says nothing twice."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from shared.contract.event import EVENTS, Event


class StoryDiffers(RuntimeError):
    """A decision taken again is not the one that was said; nothing of its transaction is kept."""


@dataclass(frozen=True, slots=True)
class SaidFact:
    """One fact of the log: where it lies, and what it was said for. `digest` stands for its body."""

    event_id: str
    cause_id: str
    stream: str
    place: int
    stamped_ns: int
    subject: str
    digest: bytes


@dataclass(slots=True)
class Retold:
    """A decision that no event caused, as its facts tell it to whoever takes it again."""

    name: str
    now: datetime
    stamped_ns: int
    facts: list[Event] = field(default_factory=list)


class SaidBefore:
    """`left` are the facts that no decision has said again yet, in their order."""

    def __init__(self) -> None:
        self.left: dict[str, SaidFact] = {}
        self.ranks: dict[str, int] = {}
        self._alike: dict[tuple[str, bytes], list[str]] = {}

    def add(self, fact: SaidFact, ranked: bool) -> None:
        """In the order of its stream. The rank of a cause says which of two events was decided first."""
        self.left[fact.event_id] = fact
        self._alike.setdefault((fact.subject, fact.digest), []).append(fact.event_id)
        if ranked:
            self.ranks.setdefault(fact.cause_id, len(self.ranks))

    def known(self, event_ids: Iterable[str]) -> Iterator[SaidFact]:
        """Those that the records hold already."""
        for event_id in event_ids:
            if fact := self.left.pop(event_id, None):
                yield fact

    def find(self, event_id: str, subject: str, body: bytes, derived: bool) -> SaidFact | None:
        """The fact as it was said. Raises StoryDiffers where the log holds another one under this id.

        What an operator handed in again, and what bears the wall clock, has an id that is not `derived` from
        the log alone: it is known by its subject and its body.
        """
        digest = digest_of(body)
        found = self.left.get(event_id)
        if found is None and not derived:
            found = next(
                (self.left[i] for i in self._alike.get((subject, digest), ()) if i in self.left), None
            )
        if found is None:
            return None
        if (found.subject, found.digest) != (subject, digest):
            raise StoryDiffers(
                f"fact {event_id}, at place {found.place} of {found.stream}, "
                f"is not what would be said now ({subject})"
            )
        return self.left.pop(found.event_id)


def digest_of(body: bytes) -> bytes:
    return blake2b(body, digest_size=12).digest()


def read_fact(subject: str, body: bytes) -> Event | None:
    """A fact of our own from the log; None for one that this code does not know."""
    kind = EVENTS.get(subject.partition(".")[2].rpartition(".")[0])
    return kind.model_validate_json(body) if kind else None
