"""One event on the consumer: read it, find its reaction, decide it alone, and know what to do with a failure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from traceback import extract_tb
from typing import Any, Literal

from shared.contract.answers import AnswerActRefused
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.notify import EventDeadLettered
from shared.contract.people import PersonRegistered, PersonRevoked
from shared.contract.subjects import stream_of
from shared.contract.topology import HEARS
from shared.contract.values import Reason
from shared.kit.answering import attempt_of
from shared.kit.clock import Clock
from shared.kit.delivery import Arrival, Delivery
from shared.kit.errors import ActRefused, Rejected, Temporary, TooEarly, Unreadable
from shared.kit.people.acts import REFUSED, is_act, on_person, refusal_of
from shared.kit.storage.states import States
from shared.kit.strict_json import read_event

ATTEMPTS_MAX = 8
DELAY_SECONDS_MAX = 30.0
BODY_MAX = 900_000  # bytes; the broker takes a million, headers included
DOSSIER_MAX = 64  # characters, as the tables keep it
DEAD_LETTERED = "dead-lettered"
LOOKS_AT_A_REVIEW = 3
PEOPLE_STREAM = stream_of(PersonRegistered.publisher)

Decide = Callable[[States, Any, Arrival], Decision]
Answer = Callable[[States, Unreadable, str, Arrival], Decision]


@dataclass(frozen=True, slots=True)
class Reaction:
    """How a service reacts to one class of fact. `reads` are the states its rule looks at, opened for a whole batch.

    `unreadable` may answer a body that is not what its subject promises; without it such an event is a dead letter.
    `opens` reads ahead what is not found by dossier. Reading ahead is for speed: a rule finds what it needs anyway.
    `by_subject` makes the event of the subject's dossier alone: then neither its headers nor its body are believed.
    """

    decide: Decide
    reads: tuple[type[Any], ...] = ()
    unreadable: Answer | None = None
    opens: Callable[[States, Sequence[Any]], None] | None = None
    by_subject: Callable[[str], Event] | None = None


class Reactions:
    """The table of a service: fact → reaction, to what is said of people too.

    Raises ValueError where it is not what the topology says it hears.
    """

    def __init__(self, service: str, table: Mapping[type[Event], Reaction]) -> None:
        table = {**table, PersonRegistered: Reaction(on_person), PersonRevoked: Reaction(on_person)}
        if unheard := set(HEARS[service]) ^ set(table):
            raise ValueError(f"{service} and the topology disagree on {sorted(e.__name__ for e in unheard)}")
        self._table = {event.event_type(): (event, reaction) for event, reaction in table.items()}

    def find(self, event_type: str) -> tuple[type[Event], Reaction]:
        try:
            return self._table[event_type]
        except KeyError:
            raise Rejected("nobody here hears this fact") from None

    @staticmethod
    def refusing(decide: Decide) -> Reaction:
        return Reaction(decide)


Verdict = Literal["decided", "heard-before", "early", "later"]


@dataclass(slots=True)
class Case:
    """A delivery on its way through the consumer. `event` stays empty where the body could not be read."""

    delivery: Delivery
    event_id: str
    fact: str
    dossier: str
    arrival: Arrival | None = None
    event: Event | None = None
    reaction: Reaction | None = None
    failure: Rejected | None = None

    @property
    def is_act(self) -> bool:
        return self.event is not None and is_act(type(self.event))


@dataclass(slots=True)
class Outcome:
    """`bodies` are the decision's facts as they will be published."""

    case: Case
    verdict: Verdict
    decision: Decision = field(default_factory=lambda: Decision("none"))
    cause: str = ""
    waits_for: str = ""
    unexpected: bool = False
    milliseconds: float = 0.0
    bodies: tuple[bytes, ...] = ()


def open_case(delivery: Delivery, reactions: Reactions, clock: Clock, platform: str) -> Case:
    """Reads the event. What is wrong with it is kept in `failure` and dealt with when the case is decided."""
    case = Case(delivery, delivery.event_id, delivery.event_type, delivery.told_dossier)
    try:
        case.arrival = delivery.arrival(clock, platform)
        event_class, case.reaction = reactions.find(case.fact)
        if case.reaction.by_subject is None:
            delivery.require_origin()
        case.fact = event_class.__name__
        case.event = _read(delivery, event_class, case.reaction)
    except Rejected as failure:
        case.failure = failure.with_traceback(None)  # its frames hold this case, and with it the body
    return case


def _read(delivery: Delivery, event_class: type[Event], reaction: Reaction) -> Event:
    if reaction.by_subject:
        return reaction.by_subject(delivery.dossier)
    event = read_event(event_class, delivery.data)
    if event.dossier != delivery.dossier:
        raise Rejected("the subject and the body name different dossiers")
    return event


def decide_case(case: Case, book: States) -> Outcome:
    """Decides one event. Never raises: each family of failure has its verdict."""
    started = perf_counter()
    outcome = _decided(case, book)
    outcome.milliseconds = (perf_counter() - started) * 1000
    return outcome


def _decided(case: Case, book: States) -> Outcome:
    try:
        if case.failure:
            return _unreadable(case, case.failure, book)
        assert case.reaction and case.event and case.arrival
        if case.is_act and (refused := refusal_of(book, case.event, case.arrival)):
            return _refused(case, refused)
        return decided(case, case.reaction.decide(book, case.event, case.arrival))
    except TooEarly as early:
        return Outcome(case, "early", Decision("early"), waits_for=early.waits_for)
    except ActRefused as refused:
        return decided(case, Decision(REFUSED, (refused.reason,), _told(case, refused.reason)))
    except Temporary as failure:
        return Outcome(case, "later", Decision("later"), cause=str(failure))
    except Rejected as failure:
        failure.__traceback__ = failure.__context__ = None  # what an answer raises again is the case's own
        return dead_letter(case, str(failure))
    except Exception as failure:  # the default family: retried, then dead-lettered
        cause = f"{type(failure).__name__} in {place_of(failure)}"
        if case.delivery.attempt < ATTEMPTS_MAX:
            return Outcome(case, "later", Decision("failed"), cause=cause, unexpected=True)
        outcome = dead_letter(case, cause)
        outcome.unexpected = not case.delivery.redriven_ns  # an operator's retry is no sign of a bad deploy
        return outcome


def _told(case: Case, reason: Reason) -> tuple[Event, ...]:
    """The answer to a refused act, for the front-end it came from."""
    assert case.arrival
    act = case.delivery.event_type
    return (AnswerActRefused(**attempt_of(case.arrival), candidature_id=case.dossier, act=act, reasons=(reason,)),)


def _refused(case: Case, refused: Decision) -> Outcome:
    """A review may be read before the act that gave its author a new key: it is looked at again first."""
    if case.delivery.stream != PEOPLE_STREAM and case.delivery.attempt < LOOKS_AT_A_REVIEW:
        return Outcome(case, "later", Decision("later"), cause="refused, unless a newer key is read first")
    return decided(case, refused)


def decided(case: Case, decision: Decision, cause: str = "") -> Outcome:
    """A decision, with its facts as they will be published. Raises ValueError for one that no message can carry."""
    bodies = tuple(fact.model_dump_json().encode() for fact in decision.facts)
    if too_large := [type(f).__name__ for f, body in zip(decision.facts, bodies, strict=True) if len(body) > BODY_MAX]:
        raise ValueError(f"{too_large[0]} does not fit a message")
    return Outcome(case, "decided", decision, cause, bodies=bodies)


def place_of(failure: Exception) -> str:
    """Where our own code failed. An exception's words are not told: they may quote somebody's data."""
    frames = extract_tb(failure.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno} {ours[-1].name}" if ours else "an unknown place"


def _unreadable(case: Case, failure: Rejected, book: States) -> Outcome:
    answer = case.reaction.unreadable if case.reaction else None
    if answer and case.arrival and isinstance(failure, Unreadable):
        return decided(case, answer(book, failure, case.delivery.dossier, case.arrival))
    return dead_letter(case, str(failure))


def dead_letter(case: Case, cause: str) -> Outcome:
    delivery = case.delivery
    fact = EventDeadLettered(
        letter_id=delivery.letter_id,
        consumer=delivery.consumer,
        stream=delivery.stream,
        sequence=delivery.sequence,
        subject=delivery.told_subject,
        cause=cause[:500],
        attempts=delivery.attempt,
    )
    return decided(case, Decision(DEAD_LETTERED, facts=(fact,)), cause)


def delay_seconds(attempt: int) -> float:
    """Grows with each attempt: an immediate retry is a hot loop."""
    return float(min(DELAY_SECONDS_MAX, 0.25 * 2 ** min(attempt, 10)))


def touched(outcomes: Sequence[Outcome]) -> set[str]:
    """The dossiers something happened to, tranches by their candidature too."""
    decided = [outcome for outcome in outcomes if outcome.verdict == "decided"]
    names = {outcome.case.dossier for outcome in decided if outcome.decision.changes}
    names |= {fact.dossier for outcome in decided for fact in outcome.decision.facts}
    return names | {name[:36] for name in names}


def closing_line(outcome: Outcome, now_ns: int) -> dict[str, Any]:
    """What happened to one event: from these lines alone an operator can follow a dossier."""
    case = outcome.case
    stamped_ns = case.delivery.stamped_ns
    return {
        "fact": case.fact,
        "dossier": case.dossier,
        "result": outcome.decision.result,
        "attempt": case.delivery.attempt,
        "ms": round(outcome.milliseconds, 2),
        "age_ms": (now_ns - stamped_ns) // 1_000_000 if stamped_ns else None,
        "reason": " ".join(reason.code for reason in outcome.decision.reasons) or None,
        "cause": outcome.cause or None,
    }
