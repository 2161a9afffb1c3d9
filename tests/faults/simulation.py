"""The pure rules under one seeded scheduler: deliver, duplicate, reorder, crash between any two effects.

No I/O.

A tiny programme of two dossiers goes through all four services, from the first sending to an approved
payment. Each service is its rules, a dictionary for its tables, an inbox and an outbox. A step of the
scheduler is one effect: a transaction, one publication, one ack. A crash forgets what is in memory; the
broker delivers again what was not acked.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import count
from random import Random
from typing import Any, NamedTuple

from services.eligibility.domain.files import TerritoryAnswer
from services.eligibility.handlers import Handlers as EligibilityRules
from services.eligibility.tables import STATE_TABLES as ELIGIBILITY
from services.funding.handlers.payment import PaymentHandlers
from services.funding.handlers.waves import SelectionHandlers
from services.funding.tables import STATE_TABLES as FUNDING
from services.intake.domain.closing import close_wave
from services.intake.handlers import Handlers as IntakeRules
from services.intake.store import wave_states
from services.intake.tables import JOURNAL
from services.intake.tables import STATE_TABLES as INTAKE
from services.notify.domain.notice import Notice
from services.notify.handlers.occasions import Handlers as NotifyRules
from services.notify.tables import STATE_TABLES as NOTIFY
from shared.contract.event import Event
from shared.contract.subjects import stream_of
from shared.kit.delivery import Arrival
from shared.kit.errors import TooEarly
from shared.kit.ids import derived_id
from shared.kit.people.register import Standing
from shared.reference.communes import load_communes
from tests.faults.dict_states import DictStates
from tests.faults.experiment import Tally, Trial
from tests.faults.simulated_season import (
    CIPHER,
    LETTERS_A_DAY,
    MOVES,
    PROOF,
    REVIEWED,
    SEALING,
    WAVE,
    programme,
    script,
)
from tests.people import founders
from tests.stored import speaker_of

STATE_TABLES = {"intake": INTAKE, "eligibility": ELIGIBILITY, "funding": FUNDING, "notify": NOTIFY}
PEOPLE = {table.kind: table for table in JOURNAL.state_tables}
CRASHES, DUPLICATES = 0.08, 0.08
NO_STATE = ("revision", "score_revision", "eligibility_revision", "secret")
STEPS_MAX = 6_000
WORKERS = 2


class Row(NamedTuple):
    """One fact to say. `correlation_id` is that of the sending it follows from."""

    event_id: str
    event: Event
    now: datetime
    correlation_id: str


@dataclass(frozen=True)
class Said:
    """One fact in the log."""

    event_id: str
    event: Event
    now: datetime
    correlation_id: str
    sequence: int

    @property
    def line(self) -> tuple[str, str]:
        return stream_of(self.event.publisher), self.event.dossier[:36]


@dataclass
class Node:
    """One service: `at_hand` does not survive a crash; `states`, `inbox`, `outbox` and `waiting` do."""

    name: str
    state_tables: dict[type[Any], Any]
    rules: dict[type[Event], Callable[..., Any]]
    states: dict[type[Any], dict[Any, Any]]
    inbox: set[str] = field(default_factory=set)
    outbox: list[Row] = field(default_factory=list)
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
        self.nodes = [node(name) for name in STATE_TABLES]
        self.crashes = self._moves = 0

    def play(self) -> bool:
        """Runs until nothing is left to do. False where it never ends."""
        for number, (event, now) in enumerate(script()):
            self._append(Row(f"out-{number}", event, now, f"out-{number}"))
        for _ in range(STEPS_MAX):
            busy = [
                node for node in self.nodes if node.at_hand or node.outbox or self._has_lines(node)
            ]
            if not busy:
                if not self._move():
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

    def _ruled(self, node: Node, said: Said) -> list[Row]:
        book: Any = DictStates(node.state_tables, node.states)
        stream = stream_of(said.event.publisher)
        at = Arrival(
            said.event_id, said.now, stream, said.sequence, "", said.correlation_id,
            front_end=speaker_of(type(said.event)), stamped_ns=said.sequence * 1_000_000,
        )  # fmt: skip
        decision = node.rules[type(said.event)](book, said.event, at)
        for state in decision.changes:
            book.keep(state)
        book.commit()
        node.inbox.add(said.event_id)
        node.decided.append(said.event_id)
        ids = (derived_id(f"{node.name}/{said.event_id}/", index, said.now) for index in count())
        return [Row(next(ids), fact, said.now, said.correlation_id) for fact in decision.facts]

    def _publish(self, node: Node, row: Row) -> None:
        self._append(row)
        if self._faulty and self._random.random() < CRASHES:
            return  # published, and the process dies before it knows
        if row in node.outbox:
            node.outbox.remove(row)

    def _ack(self, node: Node, line: tuple[str, str], said: Said) -> None:
        place = node.lines[line].index(said)
        node.acked[line] = max(node.acked.get(line, 0), place + 1)

    def _append(self, row: Row) -> None:
        event_id, event = row.event_id, row.event
        if event_id in self._published:
            return
        self._published.add(event_id)
        stream = self.log.setdefault(stream_of(event.publisher), [])
        stream.append(said := Said(*row, len(stream) + 1))
        for node in self.nodes:
            if type(event) in node.rules:
                node.lines.setdefault(said.line, []).append(said)

    def _has_lines(self, node: Node) -> bool:
        return any(node.acked.get(line, 0) < len(said) for line, said in node.lines.items())

    def _lines(self, node: Node) -> list[tuple[str, str]]:
        return [line for line, said in node.lines.items() if node.acked.get(line, 0) < len(said)]

    def _move(self) -> bool:
        """All is still: the counter's timer speaks, then people do what they do next.

        False once all is done.
        """
        if self._moves == 0:
            self._close_wave()
        elif self._moves <= len(MOVES):
            funding = self.nodes[2]
            acts = MOVES[self._moves - 1](
                lambda kind: [found for _, found in sorted(funding.states[kind].items())]
            )
            for number, (event, now) in enumerate(acts):
                name = f"move-{self._moves}-{number}"
                self._append(Row(name, event, now, name))
        self._moves += 1
        return self._moves <= len(MOVES) + 1

    def _close_wave(self) -> None:
        intake = self.nodes[0]
        book: Any = DictStates(intake.state_tables, intake.states)
        decision = close_wave(programme(), wave_states(book, programme())[WAVE], [], 1)
        for state in decision.changes:
            book.keep(state)
        book.commit()
        intake.inbox.add(f"closed-{WAVE}")
        name = f"closed-{WAVE}"
        rows = [
            Row(f"{name}-{place}", fact, REVIEWED, name)
            for place, fact in enumerate(decision.facts)
        ]
        intake.outbox += rows

    def states(self) -> dict[str, Any]:
        found = {}
        for node in self.nodes:
            for kind, states in node.states.items():
                for key, state in states.items():
                    # Its id follows from whichever event said first what it says.
                    if kind is Notice:
                        key = (state.candidature_id, state.template, str(state.context))
                        found[f"notice/{key}"] = [*found.get(f"notice/{key}", []), state.state]
                        continue
                    names = [name for name in kind.__slots__ if name not in NO_STATE]
                    found[f"{node.name}/{kind.__name__}/{key}"] = [
                        getattr(state, name) for name in names
                    ]
        return found


@cache
def rules(name: str) -> dict[type[Event], Callable[..., Any]]:
    zones = TerritoryAnswer(("outside-urban",), False, (), {})
    handlers: Any = {
        "intake": lambda: IntakeRules(programme(), load_communes(), lambda _: True),
        "eligibility": lambda: EligibilityRules(
            programme(), lambda _event: zones, lambda _code: None
        ),
        "funding": lambda: SelectionHandlers(programme()),
        "notify": lambda: NotifyRules(programme(), PROOF, LETTERS_A_DAY),
    }[name]()
    reactions = dict(handlers.reactions())
    if name == "funding":
        reactions |= PaymentHandlers(programme(), SEALING, CIPHER).reactions()
    return {event: reaction.decide for event, reaction in reactions.items()}


def node(name: str) -> Node:
    state_tables = STATE_TABLES[name] | PEOPLE
    states: dict[type[Any], dict[Any, Any]] = {kind: {} for kind in state_tables}
    states[Standing] = {PEOPLE[Standing].key_of(person): person for person in founders()}
    return Node(name, state_tables, rules(name), states)


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
        (trial.seed + start, min(share, trial.count - start), trial.sabotaged)
        for start in range(0, trial.count, share)
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
        different = [
            place for place in {*expected(), *states} if expected().get(place) != states.get(place)
        ]
        tally.lost += len(different)
        if (different or not ended) and len(tally.wrong) < 5:
            tally.wrong.append(
                f"seed {seed}: {'differs' if ended else 'never ends'} {different[:3]}"
            )
            tally.wrong += [
                f"  {expected().get(place)} became {states.get(place)}"[:700]
                for place in different[:2]
            ]
    return tally
