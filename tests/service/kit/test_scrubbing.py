"""After an erasure the raw files of a database hold nothing of it: free pages and their log included."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, text

from shared.contract.decision import Decision
from shared.kit.consumer.consumer import Consumer
from shared.kit.storage import scrubbing, unit_of_work
from shared.kit.storage.database import open_engine
from shared.kit.storage.inbox_outbox import InboxOutbox
from tests.rawfiles import holding
from tests.service.kit.counting import JOURNAL, counting_consumer
from tests.store import files_at, shown
from tests.submissions import candidature_id

NOW = datetime(2020, 11, 3, 9, tzinfo=UTC)
ROWS = 300
CANARY = "Camille Exemple, 12 rue des Canaris"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def filled(folder: Path, secure: bool = True) -> Engine:
    """A table where people's texts, short and of several pages, are written, changed and emptied."""
    engine = open_engine(f"sqlite:///{folder / 'people.db'}")
    if not secure:
        event.listen(engine, "connect", _insecure)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE people (id INTEGER PRIMARY KEY, content TEXT, version INTEGER)")
        )
        for number in range(ROWS):
            content = f"{CANARY} {number} " * (1, 40, 400)[number % 3]
            connection.execute(
                text("INSERT INTO people VALUES (:id, :said, 1)"), {"id": number, "said": content}
            )
    with engine.begin() as connection:
        changed = text(
            "UPDATE people SET content = substr(content, 1, 200), version = 2 WHERE id % 5 = 0"
        )
        connection.execute(changed)
    with engine.begin() as connection:
        connection.execute(text("UPDATE people SET content = '' WHERE id % 2 = 0"))
        connection.execute(text("DELETE FROM people WHERE id % 2 = 1"))
    return engine


def _insecure(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA secure_delete=OFF")


def test_what_was_erased_is_in_no_file_of_the_database(folder: Path) -> None:
    engine = filled(folder)
    assert scrubbing.scrub(engine, [])
    assert holding(folder, CANARY) == []
    engine.dispose()


def test_without_the_truncation_it_is_in_the_log_of_pages(folder: Path) -> None:
    engine = filled(folder)
    assert [path.name for path in holding(folder, CANARY)] == ["people.db-wal"]
    engine.dispose()


def test_without_secure_deletion_it_is_in_free_pages(folder: Path) -> None:
    engine = filled(folder, secure=False)
    assert scrubbing.scrub(engine, [])
    assert [path.name for path in holding(folder, CANARY)] == ["people.db"]
    engine.dispose()


def test_while_somebody_reads_it_is_put_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrubbing, "PATIENCE_MS", 1)
    engine = filled(folder)
    reader = sqlite3.connect(folder / "people.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM people").fetchone()
    with engine.begin() as connection:
        connection.execute(text("UPDATE people SET version = 3"))
    assert not scrubbing.scrub(engine, [])
    reader.close()
    assert scrubbing.scrub(engine, [])
    engine.dispose()


async def test_a_process_that_died_between_an_erasure_and_its_scrubbing_does_it_at_the_next_start(
    postgres_url: str,
) -> None:
    engine = open_engine(postgres_url)
    died = counting_consumer(engine)
    erase_one_who_waits(died)
    died.work.close()
    assert CANARY.encode() in raw_rows(engine), "its rows are dead, and still there"
    at_work = counting_consumer(engine)
    await at_work.settle()
    assert CANARY.encode() not in raw_rows(engine)
    at_work.work.close()


async def test_an_erasure_that_is_committed_while_another_is_scrubbed_keeps_its_mark(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(postgres_url)
    one, other = counting_consumer(engine), counting_consumer(engine)
    erase_one_who_waits(one)

    def scrubbed_before_the_other(*_: object) -> bool:
        erase_one_who_waits(other)
        return True

    with monkeypatch.context() as patched:
        patched.setattr(unit_of_work, "scrub", scrubbed_before_the_other)
        await one.settle()
    other.work.close()
    at_work = counting_consumer(engine)
    await at_work.settle()
    assert CANARY.encode() not in raw_rows(engine)
    for consumer in (one, at_work):
        consumer.work.close()


@pytest.mark.parametrize(
    "reads", ["waiting", "outbox"], ids=["the table itself", "another, in a snapshot of before"]
)
async def test_while_somebody_reads_on_postgresql_it_is_put_off(
    postgres_url: str, reads: str
) -> None:
    """As a dump does that runs all night: nobody waits for its end."""
    engine = open_engine(postgres_url)
    consumer = counting_consumer(engine)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
        reader.execute(text(f"SELECT count(*) FROM {reads}"))
        erase_one_who_waits(consumer)
        await consumer.settle()
        since = await consumer.with_inbox_outbox(InboxOutbox.scrubbing_owed)
        erase_one_who_waits(consumer)
        later = await consumer.with_inbox_outbox(InboxOutbox.scrubbing_owed)
        assert since and later
        assert since[1] == later[1], "as long as it lasts, the first erasure tells since when"
        assert consumer.work.unscrubbed
        assert CANARY.encode() in raw_rows(engine)
    await consumer.settle()
    assert not consumer.work.unscrubbed
    assert CANARY.encode() not in raw_rows(engine)
    consumer.work.close()


async def test_what_the_planner_of_postgresql_knows_of_a_table_goes_too(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    consumer = counting_consumer(engine)
    for _ in range(3):
        keep_one_who_waits(consumer)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE waiting"))
    assert CANARY.encode() in raw_rows(engine, "pg_statistic"), "the control: it was there"
    with engine.begin() as connection:
        connection.execute(text("UPDATE waiting SET body = 'of others'"))
    erase_one_who_waits(consumer)
    await consumer.settle()
    assert CANARY.encode() not in raw_rows(engine, "pg_statistic")
    consumer.work.close()


def erase_one_who_waits(consumer: Consumer) -> None:
    """Committed, and nothing after it."""
    dossier = keep_one_who_waits(consumer)
    erasure = consumer.timer_event(f"erased-{dossier}", NOW)
    decision = Decision("erased", forgets=dossier)
    consumer.work.run(lambda i, s: consumer.decider.announce(i, s, erasure, lambda *_: decision))


def keep_one_who_waits(consumer: Consumer) -> str:
    dossier = candidature_id()
    row = {
        "event_id": f"early-{dossier}",
        "waits_for": dossier,
        "consumer": "intake",
        "stream": "FRONTDESK_HOLDERS",
        "sequence": 1,
        "stamped_ns": 1,
        "subject": f"fabriques.frontdesk.holders.withdrawal.requested.{dossier}",
        "headers": {},
        "body": CANARY.encode(),
        "since": NOW,
    }
    with consumer.work.engine.begin() as connection:
        connection.execute(insert(JOURNAL.waiting).values(**row))
    return dossier


def raw_rows(engine: Engine, table: str = "waiting") -> bytes:
    """The file of the table, as it lies on the server's disk."""
    return files_at(shown(engine.url))[table]
