"""An event on its way through the consumer, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.kit.delivery import Arrival, Delivery, instant_of
from shared.kit.errors import Rejected, Temporary
from shared.kit.people.acts import is_act
from shared.kit.reactions import Reaction

if TYPE_CHECKING:  # loaded only where traces are told
    from shared.kit.traces.spans import OpenSpan

ATTEMPTS_MAX = 8
BODY_MAX = 900_000  # bytes; the broker takes a million, headers included
DOSSIER_MAX = 64  # characters, as the tables keep it
EVENT_ID_MAX = 80  # the same
FACT_MAX = 80  # the same, of a class
CANDIDATURE_ID_CHARACTERS = 36  # a tranche's id begins with its candidature's
DEAD_LETTERED = "dead-lettered"

Verdict = Literal["open", "decided", "heard-before", "early", "later"]
NOT_YET = Decision("none")
HEARD_BEFORE, EARLY, LATER, FAILED = (
    Decision("heard-before"),
    Decision("early"),
    Decision("later"),
    Decision("failed"),
)


@dataclass(slots=True)
class Handled:
    """`event` stays empty where the body could not be read: `failure` says why.

    `verdict` is open until it is decided, known, kept as early, or put off. `bodies` are facts as published,
    `said` their ids. `acted_ns` is the moment of an operator's act. `span` is there where traces are told.
    """

    delivery: Delivery
    event_id: str
    fact: str
    dossier: str
    arrival: Arrival | None = None
    event: Event | None = None
    reaction: Reaction | None = None
    failure: Rejected | Temporary | None = None
    verdict: Verdict = "open"
    decision: Decision = NOT_YET
    cause: str = ""
    waits_for: str = ""
    unexpected: bool = False
    milliseconds: float = 0.0
    bodies: tuple[bytes, ...] = ()
    said: list[str] = field(default_factory=list)
    acted_ns: int = 0
    span: "OpenSpan | None" = None

    @property
    def traceparent(self) -> str | None:
        """What its facts carry on: its own span, or else what it came with."""
        if self.span:
            return self.span.traceparent
        return self.arrival.traceparent if self.arrival else None

    @property
    def now(self) -> datetime:
        """When it happened; where no time of it can be read, the broker's stamp."""
        return (
            self.arrival.now
            if self.arrival
            else instant_of(self.acted_ns or self.delivery.stamped_ns)
        )

    @property
    def is_act(self) -> bool:
        return self.event is not None and is_act(type(self.event))

    @property
    def is_of_its_dossier(self) -> bool:
        """Whether nothing but its own dossier follows from it, as its reaction says."""
        if self.reaction is None or self.event is None or self.is_act or self.delivery.redriven_ns:
            return False
        return self.reaction.own_dossier and self.dossier == self.candidature_id

    @property
    def candidature_id(self) -> str:
        return self.dossier[:CANDIDATURE_ID_CHARACTERS]

    @property
    def is_unexpected_letter(self) -> bool:
        """Whether it became a dead letter by a failure that nobody foresaw."""
        return self.unexpected and self.verdict == "decided"

    def settle(self, decision: Decision, cause: str = "") -> "Handled":
        """Decided. Raises ValueError for a decision that no message can carry."""
        bodies = tuple(fact.model_dump_json().encode() for fact in decision.facts)
        for fact, body in zip(decision.facts, bodies, strict=True):
            if len(body) > BODY_MAX:
                raise ValueError(f"{type(fact).__name__} does not fit a message")
        self.verdict = "decided"
        self.decision = decision
        self.cause = cause
        self.bodies = bodies
        # Filled when the outbox derives the ids: the closing line tells them.
        self.said = [""] * len(bodies)
        return self

    def put_off(self, cause: str, failed: bool = False) -> "Handled":
        """The broker brings it again; `failed` where nobody foresaw why."""
        self.verdict = "later"
        self.decision = FAILED if failed else LATER
        self.cause = cause
        self.unexpected = failed
        self.bodies = ()
        self.said = []
        return self

    def wait_for(self, dossier: str) -> "Handled":
        self.verdict = "early"
        self.decision = EARLY
        self.waits_for = dossier
        return self

    def heard_before(self) -> "Handled":
        self.verdict = "heard-before"
        self.decision = HEARD_BEFORE
        return self


def own_dossiers(batch: Sequence[Handled]) -> set[str]:
    """The dossiers of a batch that changes nothing else; none where one of its events may."""
    if not all(one.is_of_its_dossier for one in batch):
        return set()
    return {one.dossier for one in batch}


def touched(handled: Sequence[Handled]) -> set[str]:
    """The dossiers something happened to, tranches by their candidature too."""
    decided = [one for one in handled if one.verdict == "decided"]
    names = {one.dossier for one in decided if one.decision.changes}
    names |= {fact.dossier for one in decided for fact in one.decision.facts}
    return names | {name[:CANDIDATURE_ID_CHARACTERS] for name in names}
