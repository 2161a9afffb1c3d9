"""SQLite ends a transaction by itself where its disk is full: then nothing of the batch is kept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from shared.contract.decision import Decision
from shared.contract.frontdesk import WithdrawalRequested
from shared.kit.delivery import Arrival, Delivery
from shared.kit.errors import Temporary
from shared.kit.reactions import Reaction
from shared.kit.storage.database import open_engine
from shared.kit.storage.states import States
from tests.service.kit.counting import (
    JOURNAL,
    TALLIES,
    Tally,
    counting_consumer,
    on_withdrawal_requested,
    reactions,
)

DOSSIER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c1"
EVERY_PAGE = 2**30


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'full.db'}")
    yield engine
    engine.dispose()


def on_a_disk_that_fills(states: States, event: WithdrawalRequested, at: Arrival) -> Decision:
    """A rule whose query writes first. There is room again when the next statement comes."""
    if event.reason != "full":
        return on_withdrawal_requested(states, event, at)
    driver: Any = states.connection.connection.dbapi_connection
    states.write()
    driver.execute("PRAGMA max_page_count = 1")
    try:
        states.connection.exec_driver_sql(
            "INSERT INTO tallies VALUES (?, 0, 0)", ("x" * 10_000_000,)
        )
    finally:
        driver.execute(f"PRAGMA max_page_count = {EVERY_PAGE}")
    raise AssertionError("there was room")


def delivery(number: int, reason: str) -> Delivery:
    dossier = f"{DOSSIER}{number}"
    subject = f"fabriques.frontdesk.holders.withdrawal.requested.v1.{dossier}"
    body = json.dumps({"candidature_id": dossier, "reason": reason}).encode()
    stream, consumer = "FRONTDESK_HOLDERS", "intake-on-frontdesk_holders"
    return Delivery(None, subject, {}, body, stream, consumer, 1, number, number)


def kept(engine: Engine) -> tuple[int, int]:
    """Events that were decided, and tallies."""
    with engine.connect() as connection:
        found = [
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (JOURNAL.inbox, TALLIES.table)
        ]
    return found[0], found[1]


def test_what_was_decided_before_comes_again(engine: Engine) -> None:
    reaction = Reaction(on_a_disk_that_fills, (Tally,))
    consumer = counting_consumer(engine, reactions=reactions({WithdrawalRequested: reaction}))
    first = delivery(1, "moved away")
    with pytest.raises(Temporary):
        consumer.transact([first, delivery(2, "full")])
    assert kept(engine) == (0, 0), "one is never kept without the other"
    consumer.transact([first])
    assert kept(engine) == (1, 1)
