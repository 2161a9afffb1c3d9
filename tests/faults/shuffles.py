"""Recorded deliveries, handed in again in other orders: duplicated, delayed, in other groups, from zero.

Kept are the order of one dossier within one stream, as the broker keeps it, and what a person had to see before
writing (a payment run is approved by somebody who saw its orders). Everything else may come in any order.
"""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack
from random import Random
from typing import Any

from services.intake.app import CounterClock
from shared.kit.delivery import Delivery
from shared.kit.record import Record
from tests.faults.experiment import Tally, Trial
from tests.faults.paper import PaperPlatform, PaperService, changed, dead_letters, instants_alike
from tests.faults.recording import CLOSED_AT, WAVE, record

DUPLICATES, FROM_ZERO, BATCH_MAX = 0.15, 0.1, 8
NO_STATE = ("revision", "score_revision", "eligibility_revision", "secret")
SEEN_BY_PEOPLE = ("funding", "notify")  # officers act on what funding told; a letter tells what was known then


def shuffle(trial: Trial) -> Tally:
    paper = record(trial.folder)
    expected = {name: service.states() for name, service in paper.services.items()}
    facts = {name: dict(service.facts()) for name, service in paper.services.items()}
    random, tally = trial.random, Tally(accepted=sum(len(heard) for heard in paper.heard.values()))
    tally.notes["expected_facts"] = sum(map(len, facts.values()))
    with ExitStack() as stack:
        if trial.sabotaged:
            _forget(stack)
        for number in range(trial.count):
            for name, service in paper.services.items():
                _replay(paper, service, random)
                _compare(tally, service, expected[name], f"seed {trial.seed}, order {number}, {name}")
            tally.faults += 1
            if number % 100 == 99:
                trial.tell(f"{number + 1} orders")
            if len(tally.wrong) > 20:
                break
    return tally


def _forget(stack: ExitStack) -> None:
    """The control: nobody remembers what was heard, and what comes early is dropped."""
    stack.enter_context(changed(Record, "heard", lambda _self, _ids: set()))
    stack.enter_context(changed(Record, "write_inbox", lambda *_: None))
    stack.enter_context(changed(Record, "wait", lambda *_: None))


def _replay(paper: PaperPlatform, service: PaperService, random: Random) -> None:
    service.empty()
    order = list(disorder(paper.heard[service.name], random, keep_phases=service.name in SEEN_BY_PEOPLE))
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
            sequence = len(paper.log.streams["FRONTDESK"])
            decide: Any = CounterClock(paper.programme, service.desk)._closing(WAVE, sequence)
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
        if delivery.stream == "FRONTDESK" and delivery.sequence not in seen:
            seen.add(delivery.sequence)
            last = place
    return last


def disorder(heard: list[tuple[int, Delivery]], random: Random, keep_phases: bool) -> Iterator[Delivery]:
    phases: dict[int, list[Delivery]] = {}
    for phase, delivery in heard:
        phases.setdefault(phase if keep_phases else 0, []).append(delivery)
    for phase in sorted(phases):
        yield from _interleaved(phases[phase], random)


def _interleaved(deliveries: list[Delivery], random: Random) -> Iterator[Delivery]:
    lines: dict[tuple[str, str], deque[Delivery]] = {}
    for delivery in deliveries:
        lines.setdefault((delivery.stream, delivery.dossier[:36]), deque()).append(delivery)
    waiting, again = list(lines.values()), []
    while waiting:
        line = random.choice(waiting)
        delivery = line.popleft()
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
    repeated = sum(count - 1 for count in Counter(event_id for event_id, _ in service.facts()).values())
    tally.doubled += repeated
    if letters:
        tally.lost += len(letters)
        tally.wrong.append(f"{where}: {len(letters)} dead letters")
    different = [place for place in {*expected, *found} if not _same(place, expected.get(place), found.get(place))]
    tally.lost += len(different)
    for place in sorted(different)[:5]:
        tally.wrong.append(f"{where}: {place}: {str(expected.get(place))[:200]} became {str(found.get(place))[:200]}")


def _same(place: str, expected: Any, found: Any) -> bool:
    """Instants are compared as instants; how often an answer was repeated, and a cipher's nonce, are no state."""
    return place.rpartition("/")[2] in NO_STATE or instants_alike(expected) == instants_alike(found)
