"""A body is let go once its event is decided, whatever came of it: no collector has to look for it."""

import gc
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from sqlalchemy import Engine

from shared.contract.decision import Decision
from shared.contract.frontdesk import WithdrawalRequested
from shared.kit.consumer import decide as cases
from shared.kit.delivery import Arrival, Delivery
from shared.kit.errors import Rejected, Unreadable
from shared.kit.memory import Spare
from shared.kit.reactions import Reaction
from shared.kit.storage.database import open_engine
from tests.service.kit.counting import Tally, counting_consumer

DOSSIER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
SUBJECT = f"fabriques.frontdesk.holders.withdrawal.requested.v1.{DOSSIER}"
COUNT = 40


def saying(reason: str) -> bytes:
    return json.dumps({"candidature_id": DOSSIER, "reason": reason}).encode()


BODIES: dict[str, bytes] = {
    "a good event": saying("moved away"),
    "not JSON": b"{",
    "not UTF-8": b"\xff\xfe",
    "a key twice": b'{"a": 1, "a": 2}',
    "very deep": b'{"a":' * 5_000,
    "an unknown field": saying("x")[:-1] + b', "other": 1}',
    "another dossier": saying("x").replace(b"c11", b"c12"),
    "one that waits": saying("early"),
    "one for later": saying("later"),
    "a mistake in a rule": saying("bug"),
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'memory.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    """A service hardly ever collects what has grown old: here it never does."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def left_of(consumer: Any, body: bytes) -> list[str]:
    """What outlives a batch: deliveries, and exceptions with the frames they went through."""
    before = {id(kept) for kept in _holders()}
    consumer.transact([_delivery(body, number) for number in range(1, COUNT + 1)])
    return [type(kept).__name__ for kept in _holders() if id(kept) not in before]


def _delivery(body: bytes, number: int) -> Delivery:
    return Delivery(
        None,
        SUBJECT,
        {},
        body,
        "FRONTDESK_HOLDERS",
        "intake-on-frontdesk_holders",
        cases.ATTEMPTS_MAX,
        number,
        number,
    )


def _holders() -> list[object]:
    return [
        kept
        for kept in gc.get_objects()
        if isinstance(kept, Delivery | BaseException | TracebackType)
    ]


@pytest.mark.parametrize("name", BODIES)
def test_nothing_of_a_batch_outlives_it(engine: Engine, name: str) -> None:
    assert left_of(counting_consumer(engine), BODIES[name]) == []


def test_nor_does_what_the_database_refuses(engine: Engine) -> None:
    consumer = counting_consumer(engine)
    broken = Decision("counted", changes=(Tally(DOSSIER, None),))  # type: ignore[arg-type]
    reaction = Reaction(lambda _book, _event, _at: broken)
    consumer.decider.reactions._table[WithdrawalRequested.event_type()] = (
        WithdrawalRequested,
        reaction,
    )
    assert left_of(consumer, BODIES["a good event"]) == []


def test_nor_does_what_an_answer_gives_up_on(engine: Engine) -> None:
    def give_up(failure: Unreadable, _dossier: str, _at: Arrival) -> Decision:
        try:
            raise ValueError
        except ValueError:
            raise failure from None

    consumer = counting_consumer(engine)
    _, reaction = consumer.decider.reactions._table[WithdrawalRequested.event_type()]
    reaction = replace(reaction, unreadable=give_up)
    consumer.decider.reactions._table[WithdrawalRequested.event_type()] = (
        WithdrawalRequested,
        reaction,
    )
    assert left_of(consumer, BODIES["an unknown field"]) == []


def test_a_cause_that_keeps_its_frames_would_keep_every_delivery(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(Rejected, "with_traceback", lambda failure, _frames: failure)
    assert left_of(counting_consumer(engine), BODIES["an unknown field"]).count("Delivery") == COUNT


def test_a_service_gives_memory_back_once_it_rests_and_not_again_before_it_worked() -> None:
    spare = Spare()
    counts = [0, 0, 5, 9, 9, 9, 10, 10]
    assert [spare.look(count) for count in counts] == [
        False,
        False,
        False,
        False,
        True,
        False,
        False,
        True,
    ]
