"""The same log gives the same list, to the byte, on another machine and however its streams arrive."""

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.contract import eligibility, intake
from shared.kit.delivery import Delivery
from tests.service.selection import ballot
from tests.service.selection.machine import Machine, Said, recorded

FILES = 60
ZONES = (("outside-urban",), ("qpv",), ("outside-urban", "qpv"))


def log_of(seed: int) -> dict[str, list[Delivery]]:
    """A recorded wave, stream by stream: ties, both zones, who is out, who changes."""
    drawn = random.Random(seed)
    numbers = range(1, FILES + 1)
    entered = [(intake.CandidatureRegistered, ballot.registered(number)) for number in numbers]
    entered.append((intake.WaveClosed, ballot.closed(FILES)))
    answers: list[tuple[Any, dict[str, Any]]] = []
    for number in numbers:
        zones = drawn.choice([*ZONES, ()])
        answers.append((eligibility.EligibilityChecked, ballot.checked(number, *zones)))
        if zones:
            answers += [
                (eligibility.CandidatureScored, ballot.scored(number, drawn.randint(1, 5), r))
                for r in (1, 2)
            ]
    return {"INTAKE": recorded("INTAKE", entered), "ELIGIBILITY": recorded("ELIGIBILITY", answers)}


def shuffled(log: dict[str, list[Delivery]], seed: int) -> list[Delivery]:
    """Each stream in its own order, the streams mixed as they may arrive; some are delivered twice."""
    drawn = random.Random(seed)
    left = {stream: list(reversed(deliveries)) for stream, deliveries in log.items()}
    arrived: list[Delivery] = []
    while left:
        stream = drawn.choice(sorted(left))
        arrived.append(left[stream].pop())
        if drawn.random() < 0.1:
            arrived.append(arrived[drawn.randrange(len(arrived))])
        if not left[stream]:
            del left[stream]
    return arrived


def ranked(said: Sequence[Said]) -> dict[str, bytes]:
    """The latest place of each dossier."""
    return {subject: body for subject, body in said if ".candidature.ranked." in subject}


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    made = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        made.append(Machine(tmp_path / name))
    yield made[0], made[1]
    for machine in made:
        machine.engine.dispose()


@pytest.mark.parametrize("seed", range(4))
def test_the_same_log_gives_the_same_bytes_and_digest(
    machines: tuple[Machine, Machine], seed: int
) -> None:
    here, there = machines
    log = log_of(seed)
    here.hear(log["INTAKE"] + log["ELIGIBILITY"], batch=256)
    there.hear(shuffled(log, seed), batch=7)
    assert here.digest() == there.digest()
    assert ranked(here.said) == ranked(there.said)


def test_another_mark_gives_another_digest(machines: tuple[Machine, Machine]) -> None:
    """The control: the digest does depend on what is in the log."""
    here, there = machines
    log, other = log_of(1), log_of(1)
    place = next(i for i, d in enumerate(other["ELIGIBILITY"]) if b'"revision": 2' in d.data)
    body = json.loads(other["ELIGIBILITY"][place].data)
    number = int(body["candidature_id"][-12:], 16)
    fact = (
        eligibility.CandidatureScored,
        ballot.scored(number, 1 if body["score"] != 400 else 2, 2),
    )
    other["ELIGIBILITY"][place].data = json.dumps(fact[1]).encode()
    here.hear(log["INTAKE"] + log["ELIGIBILITY"], batch=256)
    there.hear(other["INTAKE"] + other["ELIGIBILITY"], batch=256)
    assert here.digest() != there.digest()
