"""Recorded deliveries, handed in again in other orders: duplicated, delayed, in other groups, from zero.

Kept are the order of one dossier within one stream, as the broker keeps it, and what a person had to see
before writing (a payment run is approved by somebody who saw its orders). All else may come in any order.
"""

import logging
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import structlog

from services.intake.timer import CounterClock
from shared.kit.delivery import Delivery
from shared.kit.memory import collect_less
from shared.kit.storage.inbox_outbox import InboxOutbox
from tests.faults.experiment import Tally, Trial
from tests.faults.paper import PaperPlatform, PaperService, changed, dead_letters, instants_alike
from tests.faults.recording import CLOSED_AT, WAVE, record

WORKERS = 2
DUPLICATES = 0.15
FROM_ZERO = 0.1
BATCH_MAX = 8
BURSTS = (0.0, 0.5, 0.9)  # how much a stream goes on before another one's turn, order by order
QUEUES = "mailboxes/"
NO_STATE = ("revision", "score_revision", "eligibility_revision", "secret")
# Officers act on what funding told, letters tell what was known.
SEEN_BY_PEOPLE = ("funding", "notify")


def shuffle(trial: Trial) -> Tally:
    """`count` orders, over the cores."""
    share = -(-trial.count // WORKERS)
    tally = Tally()
    parts = []
    for first in range(0, trial.count, share):
        folder = trial.folder / str(first)
        folder.mkdir()
        parts.append(
            Part(trial.seed, first, min(share, trial.count - first), folder, trial.sabotaged)
        )
    with ProcessPoolExecutor(WORKERS) as pool:
        for found in pool.map(_orders, parts):
            for name in ("faults", "accepted", "lost", "doubled"):
                setattr(tally, name, getattr(tally, name) + getattr(found, name))
            tally.wrong += found.wrong[:10]
    return tally


@dataclass(frozen=True)
class Part:
    """The orders one process tries."""

    seed: int
    first: int
    count: int
    folder: Path
    sabotaged: bool


def _orders(part: Part) -> Tally:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    paper = record(part.folder)
    tally = Tally()
    collect_less()
    expected = {name: service.states() for name, service in paper.services.items()}
    with ExitStack() as stack:
        if part.sabotaged:
            _forget(stack)
        for number in range(part.first, part.first + part.count):
            random = Random(f"{part.seed}/{number}")
            for name, service in paper.services.items():
                _replay(paper, service, random)
                _compare(
                    tally, service, expected[name], f"seed {part.seed}, order {number}, {name}"
                )
                tally.accepted += len(paper.heard[name])
            tally.faults += 1
            if len(tally.wrong) > 20:
                break
    return tally


def _forget(stack: ExitStack) -> None:
    """The control: nobody remembers what was heard, and what comes early is dropped."""
    stack.enter_context(changed(InboxOutbox, "heard", lambda _self, _ids: set()))
    stack.enter_context(changed(InboxOutbox, "write_inbox", lambda *_: None))
    stack.enter_context(changed(InboxOutbox, "wait", lambda *_: None))


def _replay(paper: PaperPlatform, service: PaperService, random: Random) -> None:
    service.empty()
    order = list(
        disorder(paper.heard[service.name], random, keep_phases=service.name in SEEN_BY_PEOPLE)
    )
    closing = _counted_at(order) if service.name == "intake" else -1
    if random.random() < FROM_ZERO:
        order += [delivery for _, delivery in paper.heard[service.name]]
    start = 0
    while start < len(order):
        end = _batch_end(order, start, random.randint(1, BATCH_MAX))
        if start < closing < end:
            end = closing
        service.take(order[start:end])
        if end == closing:
            sequence = len(paper.log.streams["FRONTDESK_HOLDERS"])
            decide = CounterClock(paper.programme, service.consumer, {}).closing(WAVE, sequence)
            service.announce(f"wave-closed-{WAVE}", CLOSED_AT, decide)
        start = end


def _batch_end(order: list[Delivery], start: int, size: int) -> int:
    """A batch is of one consumer."""
    end = start + 1
    while end < min(len(order), start + size) and order[end].consumer == order[start].consumer:
        end += 1
    return end


def _counted_at(order: list[Delivery]) -> int:
    """The counter closes a wave once it has decided on everything that was sent before the deadline."""
    seen: set[int] = set()
    last = 0
    for place, delivery in enumerate(order, start=1):
        if delivery.stream == "FRONTDESK_HOLDERS" and delivery.sequence not in seen:
            seen.add(delivery.sequence)
            last = place
    return last


def disorder(
    heard: list[tuple[int, Delivery]], random: Random, keep_phases: bool
) -> Iterator[Delivery]:
    phases: dict[int, list[Delivery]] = {}
    for phase, delivery in heard:
        phases.setdefault(phase if keep_phases else 0, []).append(delivery)
    for phase in sorted(phases):
        yield from _interleaved(phases[phase], random)


def _interleaved(deliveries: list[Delivery], random: Random) -> Iterator[Delivery]:
    lines: dict[tuple[str, str], deque[Delivery]] = {}
    for delivery in deliveries:
        lines.setdefault((delivery.stream, delivery.dossier[:36]), deque()).append(delivery)
    waiting = list(lines.values())
    again = []
    stream = ""
    sticks = random.choice(BURSTS)
    while waiting:
        burst = (
            [line for line in waiting if line[0].stream == stream]
            if random.random() < sticks
            else []
        )
        line = random.choice(burst or waiting)
        delivery = line.popleft()
        stream = delivery.stream
        if not line:
            waiting.remove(line)
        yield delivery
        if random.random() < DUPLICATES:
            again.append(delivery)
        if again and random.random() < DUPLICATES:
            yield again.pop(random.randrange(len(again)))
    yield from again


def _compare(tally: Tally, service: PaperService, expected: dict[str, Any], where: str) -> None:
    found = service.states()
    letters = dead_letters(service)
    repeated = sum(
        count - 1 for count in Counter(event_id for event_id, _ in service.facts()).values()
    )
    tally.doubled += repeated
    if letters:
        tally.lost += len(letters)
        tally.wrong.append(f"{where}: {len(letters)} dead letters")
    different = [
        place
        for place in {*expected, *found}
        if not _same(place, expected.get(place), found.get(place))
    ]
    tally.lost += len(different)
    for place in sorted(different)[:5]:
        tally.wrong.append(
            f"{where}: {place}: {str(expected.get(place))[:200]} became {str(found.get(place))[:200]}"
        )


def _same(place: str, expected: Any, found: Any) -> bool:
    """Instants are compared as instants; an answer's repetitions and a cipher's nonce are no state.

    How full an address's days are follows from which of its letters came first: that is what a queue is.
    """
    if place.startswith(QUEUES) or place.rpartition("/")[2] in NO_STATE:
        return True
    return instants_alike(expected) == instants_alike(found)
