"""The pure rules under one seeded scheduler: deliver, duplicate, reorder, crash between any two effects. No I/O.

A tiny programme of two dossiers goes through intake, eligibility and funding. Each service is its rules, a dictionary
for its tables, an inbox and an outbox. A step of the scheduler is one effect: a transaction, one publication, one ack.
A crash forgets what is in memory; the broker delivers again what was not acked.
"""

import operator
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from random import Random
from typing import Any

from deploy.local.programme_copy import SHIPPED
from services.eligibility.domain import TerritoryAnswer
from services.eligibility.handlers import Handlers as EligibilityRules
from services.eligibility.tables import SHELVES as ELIGIBILITY
from services.funding.handlers.selection import SelectionHandlers
from services.funding.tables import SHELVES as FUNDING
from services.intake import domain
from services.intake.handlers import Handlers as IntakeRules
from services.intake.store import wave_states
from services.intake.tables import SHELVES as INTAKE
from shared.contract import backoffice as b
from shared.contract import frontdesk as f
from shared.contract.event import Event
from shared.contract.subjects import stream_of
from shared.contract.values import Zone
from shared.kit.delivery import Arrival
from shared.kit.errors import TooEarly
from shared.kit.ids import derived_id
from shared.programme import load_programme
from shared.reference.communes import load_communes
from tests.faults.experiment import Tally, Trial
from tests.submissions import submission

SERVICES = ("intake", "eligibility", "funding")
OPEN = datetime(2020, 11, 3, 9, tzinfo=UTC)
REVIEWED = datetime(2021, 1, 5, 9, tzinfo=UTC)
WAVE = "2020-4"
CRASHES, DUPLICATES = 0.08, 0.08
NO_STATE = ("revision", "score_revision", "eligibility_revision")
STEPS_MAX = 3_000
WORKERS = 2


@dataclass(frozen=True)
class Said:
    """One fact in the log."""

    event_id: str
    event: Event
    now: datetime
    sequence: int

    @property
    def line(self) -> tuple[str, str]:
        return stream_of(self.event.publisher), self.event.dossier[:36]


class Field:
    """A column in a condition: `column == value` is a test of a state."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _test(self, compare: Callable[[Any, Any], bool], value: Any) -> Callable[[Any], bool]:
        return lambda state: compare(getattr(state, self._name), value)

    def __eq__(self, value: object) -> Any:
        return self._test(operator.eq, value)

    def __ne__(self, value: object) -> Any:
        return self._test(operator.ne, value)

    def __hash__(self) -> int:
        return hash(self._name)

    def in_(self, values: Iterable[Any]) -> Any:
        return self._test(lambda found, wanted: found in wanted, tuple(values))


class DictBook:
    """The interface of `Book` on a dictionary. Nothing is kept before `commit`."""

    def __init__(self, shelves: dict[type[Any], Any], states: dict[type[Any], dict[Any, Any]]) -> None:
        self._shelves, self._states = shelves, states
        self._changed: dict[type[Any], dict[Any, Any]] = {}

    def one(self, kind: type[Any], *key: Any) -> Any:
        found = self._changed.get(kind, {}).get(key)
        return found if found is not None else self._states[kind].get(key)

    def many(self, kind: type[Any], keys: Iterable[Any]) -> dict[Any, Any]:
        return {key: found for key in keys if (found := self.one(kind, *key)) is not None}

    def of(self, kind: type[Any], dossier: str) -> list[Any]:
        name = self._shelves[kind].dossier
        return [state for state in self._all(kind) if getattr(state, name) == dossier]

    def open_files(self, _kind: type[Any], _dossiers: Iterable[str]) -> None:
        """Reading ahead is for speed."""

    def where(self, kind: type[Any], *conditions: Callable[[Any], bool], limit: int | None = None) -> list[Any]:
        return [state for state in self._all(kind) if all(test(state) for test in conditions)][:limit]

    def column(self, _kind: type[Any], name: str) -> Any:
        return Field(name)

    def keep(self, state: Any) -> None:
        self._changed.setdefault(type(state), {})[self._shelves[type(state)].key_of(state)] = state

    def commit(self) -> None:
        for kind, states in self._changed.items():
            self._states[kind] |= states

    def _all(self, kind: type[Any]) -> list[Any]:
        merged = self._states[kind] | self._changed.get(kind, {})
        return [merged[key] for key in sorted(merged)]


@dataclass
class Node:
    """One service: what survives a crash (`states`, `inbox`, `outbox`, `waiting`), and what does not (`at_hand`)."""

    name: str
    shelves: dict[type[Any], Any]
    rules: dict[type[Event], Callable[..., Any]]
    states: dict[type[Any], dict[Any, Any]]
    inbox: set[str] = field(default_factory=set)
    outbox: list[tuple[str, Event, datetime]] = field(default_factory=list)
    waiting: dict[str, Said] = field(default_factory=dict)
    lines: dict[tuple[str, str], list[Said]] = field(default_factory=dict)
    acked: dict[tuple[str, str], int] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    at_hand: list[Callable[[], None]] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)


class World:
    def __init__(self, random: Random, faulty: bool, sabotaged: bool) -> None:
        self._random, self._faulty, self._sabotaged = random, faulty, sabotaged
        self.log: dict[str, list[Said]] = {}
        self._published: set[str] = set()
        self.nodes = [node(name) for name in SERVICES]
        self.crashes = 0

    def play(self) -> bool:
        """Runs until nothing is left to do. False where it never ends."""
        for number, (event, now) in enumerate(script()):
            self._append(f"out-{number}", event, now)
        for _ in range(STEPS_MAX):
            busy = [node for node in self.nodes if node.at_hand or self._lines(node) or node.outbox]
            if not busy:
                if not self._close_wave():
                    return True
                continue
            self._step(self._random.choice(busy))
        return False

    def _step(self, node: Node) -> None:
        if self._faulty and self._random.random() < CRASHES:
            node.at_hand.clear()
            self.crashes += 1
        elif node.at_hand:
            node.at_hand.pop(0)()
        elif node.outbox and (not self._sabotaged):
            node.at_hand = [lambda row=row: self._publish(node, row) for row in node.outbox]
        elif lines := self._lines(node):
            self._take(node, self._random.choice(lines))
        else:
            node.outbox.clear()  # the control forgets what an earlier process did not publish

    def _take(self, node: Node, line: tuple[str, str]) -> None:
        said = node.lines[line][node.acked.get(line, 0)]
        node.at_hand = [lambda: self._decide(node, said), lambda: self._ack(node, line, said)]
        if self._faulty and self._random.random() < DUPLICATES:
            node.at_hand.insert(1, lambda: self._decide(node, said))

    def _decide(self, node: Node, said: Said) -> None:
        """One transaction: inbox, states and outbox, or nothing."""
        if said.event_id in node.inbox or said.event_id in node.waiting:
            return
        try:
            facts = self._ruled(node, said)
        except TooEarly:
            node.waiting[said.event_id] = said
            return
        for early in sorted(node.waiting.values(), key=lambda early: early.sequence):
            try:
                facts += self._ruled(node, early)
                del node.waiting[early.event_id]
            except TooEarly:
                continue
        node.outbox += facts
        node.at_hand[0:0] = [lambda row=row: self._publish(node, row) for row in facts]

    def _ruled(self, node: Node, said: Said) -> list[tuple[str, Event, datetime]]:
        book: Any = DictBook(node.shelves, node.states)
        stream = stream_of(said.event.publisher)
        at = Arrival(said.event_id, said.now, stream, said.sequence, "", said.event_id)
        decision = node.rules[type(said.event)](book, said.event, at)
        for state in decision.changes:
            book.keep(state)
        book.commit()
        node.inbox.add(said.event_id)
        node.decided.append(said.event_id)
        ids = (derived_id(f"{node.name}/{said.event_id}/", index, said.now) for index in count())
        return [(next(ids), fact, said.now) for fact in decision.facts]

    def _publish(self, node: Node, row: tuple[str, Event, datetime]) -> None:
        self._append(*row)
        if self._faulty and self._random.random() < CRASHES:
            return  # published, and the process dies before it knows
        if row in node.outbox:
            node.outbox.remove(row)

    def _ack(self, node: Node, line: tuple[str, str], said: Said) -> None:
        place = node.lines[line].index(said)
        node.acked[line] = max(node.acked.get(line, 0), place + 1)

    def _append(self, event_id: str, event: Event, now: datetime) -> None:
        if event_id in self._published:
            return
        self._published.add(event_id)
        stream = self.log.setdefault(stream_of(event.publisher), [])
        stream.append(said := Said(event_id, event, now, len(stream) + 1))
        for node in self.nodes:
            if type(event) in node.rules:
                node.lines.setdefault(said.line, []).append(said)

    def _lines(self, node: Node) -> list[tuple[str, str]]:
        return [line for line, said in node.lines.items() if node.acked.get(line, 0) < len(said)]

    def _close_wave(self) -> bool:
        """The counter's timer, once everything that was sent is decided. Returns whether it said something."""
        intake = self.nodes[0]
        if f"closed-{WAVE}" in intake.inbox:
            return False
        book: Any = DictBook(intake.shelves, intake.states)
        decision = domain.close_wave(programme(), wave_states(book, programme())[WAVE], [], 1)
        for state in decision.changes:
            book.keep(state)
        book.commit()
        intake.inbox.add(f"closed-{WAVE}")
        rows = [(f"closed-{WAVE}-{place}", fact, REVIEWED) for place, fact in enumerate(decision.facts)]
        intake.outbox += rows
        return True

    def states(self) -> dict[str, Any]:
        found = {}
        for node in self.nodes:
            for kind, states in node.states.items():
                for key, state in states.items():
                    names = [name for name in kind.__slots__ if name not in NO_STATE]
                    found[f"{node.name}/{kind.__name__}/{key}"] = [getattr(state, name) for name in names]
        return found


@cache
def programme() -> Any:
    return load_programme(SHIPPED)


@cache
def script() -> tuple[tuple[Event, datetime], ...]:
    """Two dossiers, one sent twice and changed, one withdrawn; two reviews of the one that stays."""
    said: list[tuple[Event, datetime]] = []
    (first, body), (second, other) = submission(8_001), submission(8_002)
    changed = {**body, "place": {**body["place"], "name": "La Grande Passerelle"}}
    for sent in (body, body, changed, other):
        said.append((f.CandidatureSubmitted.model_validate(sent), OPEN.replace(minute=len(said))))
    gone = f.WithdrawalRequested.model_validate({"candidature_id": second, "reason": "déménagement"})
    said.append((gone, OPEN.replace(minute=30)))
    act = {"actor": {"id": "officer-1", "role": "instructor"}, "reason": "selon le dossier", "candidature_id": first}
    for reviewer in ("r1", "r2"):
        said.append((b.ReviewAssigned.model_validate({**act, "reviewer_id": reviewer}), REVIEWED))
        marks = {criterion.id: 4 for criterion in programme().criteria}
        review = {"candidature_id": first, "reviewer_id": reviewer, "marks": marks, "comment": "Lu."}
        said.append((f.ReviewSubmitted.model_validate(review), REVIEWED))
    return tuple(said)


@cache
def rules(name: str) -> dict[type[Event], Callable[..., Any]]:
    zones = TerritoryAnswer((Zone.OUTSIDE_URBAN,), False, (), {})
    handlers: Any = {
        "intake": lambda: IntakeRules(programme(), load_communes(), lambda _: True),
        "eligibility": lambda: EligibilityRules(programme(), lambda _event: zones, lambda _code: None),
        "funding": lambda: SelectionHandlers(programme()),
    }[name]()
    return {event: reaction.decide for event, reaction in handlers.reactions().items()}


def node(name: str) -> Node:
    shelves = {shelf.kind: shelf for shelf in {"intake": INTAKE, "eligibility": ELIGIBILITY, "funding": FUNDING}[name]}
    return Node(name, shelves, rules(name), {kind: {} for kind in shelves})


@cache
def expected() -> dict[str, Any]:
    world = World(Random(0), faulty=False, sabotaged=False)
    assert world.play(), "the programme ends without faults"
    return world.states()


def simulate(trial: Trial) -> Tally:
    """`count` seeds, over the cores."""
    tally, share = Tally(), -(-trial.count // WORKERS)
    expected()
    starts = [
        (trial.seed + start, min(share, trial.count - start), trial.sabotaged) for start in range(0, trial.count, share)
    ]
    with ProcessPoolExecutor(WORKERS) as pool:
        for part in pool.map(_seeds, starts):
            for name in ("faults", "accepted", "lost", "doubled", "stuck"):
                setattr(tally, name, getattr(tally, name) + getattr(part, name))
            tally.wrong += part.wrong[:10]
            tally.notes["crashes"] = tally.notes.get("crashes", 0) + part.notes.get("crashes", 0)
    return tally


def _seeds(part: tuple[int, int, bool]) -> Tally:
    first, count_, sabotaged = part
    tally = Tally()
    for seed in range(first, first + count_):
        world = World(Random(seed), faulty=True, sabotaged=sabotaged)
        ended = world.play()
        tally.faults += 1
        tally.accepted += len(script())
        tally.notes["crashes"] = tally.notes.get("crashes", 0) + world.crashes
        tally.stuck += not ended or any(node.waiting for node in world.nodes)
        tally.doubled += sum(len(node.decided) - len(set(node.decided)) for node in world.nodes)
        states = world.states()
        different = [place for place in {*expected(), *states} if expected().get(place) != states.get(place)]
        tally.lost += len(different)
        if (different or not ended) and len(tally.wrong) < 5:
            tally.wrong.append(f"seed {seed}: {'differs' if ended else 'never ends'} {different[:3]}")
            tally.wrong += [f"  {expected().get(place)} became {states.get(place)}"[:700] for place in different[:2]]
    return tally
