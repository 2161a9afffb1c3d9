"""After an erasure the raw files of a database hold nothing of it: free pages and their log included."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from shared.kit.storage import scrubbing
from shared.kit.storage.database import open_engine
from tests.rawfiles import holding

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
