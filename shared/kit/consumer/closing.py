"""The closing line of an event: what happened, to which dossier, why, and what was said of it.

From these lines alone an operator follows a dossier. They are on the way of every event, and built in one go.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from shared.contract.decision import Decision
from shared.contract.event import EVENTS, Event, OutsideEvent, RoutedEvent
from shared.contract.people import speaker_of
from shared.contract.values import Reasons
from shared.kit.handled import Handled
from shared.kit.logs.outputs import Record
from shared.kit.people.acts import REFUSED, is_act
from shared.kit.tellable import is_name

# Fields of facts that a line tells under the contract's own names, beside every sum in cents.
TOLD = ("receipt_number", "wave", "order_id", "run_id", "reason_code")
# With reasons: lines of the bank that changed nothing.
FOR_A_PERSON = frozenset(("statement-matched",))
CALM_ATTEMPTS = 3  # what a rule puts off once or twice is on its way
CODES_MAX = 20
SAID_MAX = 8
TRACE_ID = slice(3, 35)  # of a traceparent


@dataclass(frozen=True, slots=True)
class Telling:
    """What a line tells of a fact of one class. `matter` is what it is about; empty where no fact says."""

    name: str
    matter: str
    dossier_field: str
    fields: tuple[str, ...]
    worries: bool
    is_act: bool

    def fields_of(self, fact: Event, line: Record) -> None:
        for name in self.fields:
            # A fact that is known by its subject alone has few.
            value: Any = getattr(fact, name, None)
            if value is not None and name not in line:
                line[name] = value


UNREAD = Telling("", "", "", (), False, False)


@cache
def telling(kind: type[Event]) -> Telling:
    return Telling(
        name=kind.__name__,
        matter=getattr(kind, "aggregate", ""),
        dossier_field=kind.dossier_field,
        fields=tuple(_told_fields(kind)),
        worries=kind.worries,
        is_act=is_act(kind),
    )


def _told_fields(kind: type[Event]) -> Iterator[str]:
    """Of what comes from outside, sums alone. Of an answer, nothing: it repeats what another fact says."""
    if issubclass(kind, RoutedEvent):
        return
    for name in kind.model_fields:
        if name.endswith("_cents") or (name in TOLD and not issubclass(kind, OutsideEvent)):
            yield name


def closing_lines(
    batch: Sequence[Handled], head: Record, now_ns: int, tells_info: bool = True
) -> Iterator[Record]:
    """One for each event, and one for each worrying fact that is about another dossier, as in a statement.

    Each begins with what `head` holds.
    """
    for handled in batch:
        line = dict(head)
        apart = _tell(line, handled, now_ns)
        if tells_info or line["level"] != "info":
            yield line
        for index in apart:
            yield _worrying_line(handled, index, head)


def told_of(handled: Handled, now_ns: int) -> Record:
    """What its line tells, without who speaks and when: its span tells the same."""
    line: Record = {}
    _tell(line, handled, now_ns)
    return line


def _tell(line: Record, handled: Handled, now_ns: int) -> list[int]:
    """Fills the line. Returns the places of worrying facts about other dossiers."""
    decision, event = handled.decision, handled.event
    told = telling(type(event)) if event is not None else UNREAD
    line["level"] = _level(handled)
    line["event"] = what_happened(told.matter or _matter(handled), decision.result)
    line["dossier"] = handled.dossier
    line["fact"] = handled.fact
    line["result"] = decision.result
    _tell_why(line, handled)
    if event is not None:
        told.fields_of(event, line)
        if told.is_act and is_name(actor := speaker_of(event)[0]):
            line["actor"] = actor
    apart = _tell_said(line, handled) if handled.said else []
    if decision.changes and "receipt_number" not in line:
        _tell_receipt(line, decision, handled.candidature_id)
    _tell_place(line, handled, now_ns)
    return apart


def _tell_why(line: Record, handled: Handled) -> None:
    if handled.decision.reasons:
        line["reasons"] = _codes(handled.decision.reasons)
    if handled.cause:
        line["cause"] = handled.cause
    if handled.waits_for and is_name(handled.waits_for):
        line["waits_for"] = handled.waits_for


def _tell_said(line: Record, handled: Handled) -> list[int]:
    """The facts, class and id, and what those on the same dossier tell."""
    apart = []
    said: list[str] = []
    for fact, event_id in zip(handled.decision.facts, handled.said, strict=True):
        told = telling(type(fact))
        said.append(f"{told.name} {event_id}")
        if not (told.fields or told.worries):
            continue
        if getattr(fact, told.dossier_field) == handled.dossier:
            told.fields_of(fact, line)
            if told.worries:
                line["level"] = "warning"
        # Who follows that other dossier must find it: it gets a line of its own.
        elif told.worries:
            apart.append(len(said) - 1)
    line["said"] = said[:SAID_MAX]
    if len(said) > SAID_MAX:
        line["said_count"] = len(said)
    return apart


def _tell_place(line: Record, handled: Handled, now_ns: int) -> None:
    """Where it lies in the log, and what it belongs to."""
    delivery, arrival = handled.delivery, handled.arrival
    line["event_id"] = handled.event_id
    if arrival is not None:
        if arrival.front_end:
            line["front_end"] = arrival.front_end
        line["correlation_id"] = arrival.correlation_id
        if trace := handled.traceparent:
            line["trace_id"] = trace[TRACE_ID]
    if delivery.stamped_ns:
        line["stream"] = delivery.stream
        line["sequence"] = delivery.sequence
        line["age_ms"] = (now_ns - delivery.stamped_ns) // 1_000_000
    line["attempt"] = delivery.attempt
    line["ms"] = round(handled.milliseconds, 2)


def _worrying_line(handled: Handled, index: int, head: Record) -> Record:
    """In the words of the fact's own class."""
    fact = handled.decision.facts[index]
    line = {
        **head,
        "level": "warning",
        "event": what_happened(fact.aggregate, fact.verb),
        "dossier": fact.dossier,
        "fact": handled.fact,
    }
    if reasons := getattr(fact, "reasons", ()):
        line["reasons"] = _codes(reasons)
    told = telling(type(fact))
    told.fields_of(fact, line)
    line["said"] = [f"{told.name} {handled.said[index]}"]
    line["event_id"] = handled.event_id
    return line


def _level(handled: Handled) -> str:
    if handled.verdict == "later":
        return (
            "warning" if handled.unexpected or handled.delivery.attempt >= CALM_ATTEMPTS else "info"
        )
    result = handled.decision.result
    is_refused_act = result == REFUSED and handled.is_act
    is_in_doubt = result in FOR_A_PERSON and handled.decision.reasons
    return "warning" if handled.cause or is_refused_act or is_in_doubt else "info"


def _matter(handled: Handled) -> str:
    """Of what was not read, its type's; what a timer or an operator said is known by its first fact."""
    kind = EVENTS.get(handled.delivery.event_type)
    if kind is None and handled.decision.facts:
        kind = type(handled.decision.facts[0])
    return kind.aggregate if kind else "event"


@lru_cache(maxsize=2_048)
def what_happened(matter: str, result: str) -> str:
    """`candidature registered`, `tranche withheld`: the matter and the result; no word stands twice."""
    about, words = matter.split("-"), result.replace("_", "-").split("-")
    if set(about) & set(words):
        return " ".join(words)
    return " ".join([*about, *words])


def _codes(reasons: Reasons) -> list[str]:
    codes = [reason.code for reason in reasons]
    return codes if len(codes) == 1 else list(dict.fromkeys(codes))[:CODES_MAX]


def _tell_receipt(line: Record, decision: Decision, candidature_id: str) -> None:
    """Of the dossier itself: what else changed may be another's."""
    for change in decision.changes:
        receipt = getattr(change, "receipt_number", "")
        if receipt and change.candidature_id == candidature_id:
            line["receipt_number"] = receipt
            return
