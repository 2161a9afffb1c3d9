"""What one transaction read is read again by the next, unless nobody else can have written it."""

import asyncio
from pathlib import Path
from threading import Event

import pytest

from services.intake.tables import JOURNAL
from shared.kit.people.register import Standing
from shared.kit.storage.database import open_engine
from shared.kit.storage.inbox_outbox import InboxOutbox
from shared.kit.storage.said_before import SaidBefore
from shared.kit.storage.states import States
from shared.kit.storage.unit_of_work import UnitOfWork
from tests.platform import PATIENCE_SECONDS

A_MOMENT_SECONDS = 0.1


@pytest.mark.parametrize("alone", [False, True], ids=["in use", "made anew"])
def test_what_another_process_writes_meanwhile_is_read_by_a_replay_of_a_database_that_is_in_use(
    alone: bool, tmp_path: Path
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'intake.db'}")
    JOURNAL.inbox.metadata.create_all(engine)
    work, other = (UnitOfWork("intake", "fabriques", engine, JOURNAL, {}) for _ in range(2))
    work.alone = alone
    work.said_before = SaidBefore(())
    work.said_before.complete()
    assert work.run(people) == []
    other.run(write)
    assert work.run(people) == ([] if alone else ["anna"])
    work.close()
    other.close()


async def test_closing_waits_for_the_transaction_under_way(postgres_url: str) -> None:
    """Two threads at one connection end the process: libpq is no place for both."""
    engine = open_engine(postgres_url)
    JOURNAL.inbox.metadata.create_all(engine)
    work, other = (UnitOfWork("intake", "fabriques", engine, JOURNAL, {}) for _ in range(2))
    begun, goes_on = Event(), Event()

    def patient(inbox_outbox: InboxOutbox, states: States) -> None:
        begun.set()
        assert goes_on.wait(PATIENCE_SECONDS)
        write(inbox_outbox, states)

    writing = asyncio.create_task(work.run_apart(patient))
    assert await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
    closing = asyncio.create_task(asyncio.to_thread(work.close))
    assert not (await asyncio.wait({closing}, timeout=A_MOMENT_SECONDS))[0]
    goes_on.set()
    await asyncio.gather(writing, closing)
    assert other.run(people) == ["anna"]
    other.close()


def people(_: InboxOutbox, states: States) -> list[str]:
    return [person.person_id for person in states.of(Standing, "anna")]


def write(_: InboxOutbox, states: States) -> None:
    states.keep(Standing("anna", 1, "key", ("reviewer",)))
    states.write()
