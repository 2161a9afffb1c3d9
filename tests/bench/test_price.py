"""What the price of a candidature rests on: the right piece for each sample, the right table for each row."""

import asyncio
import re
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import nats
import pytest
from rich.console import Console

from deploy.local.home.plan import SERVER
from deploy.local.running.platform import SOURCES
from shared.contract.topology import SERVICES
from tests.bench.figures import Findings
from tests.bench.price import (
    Way,
    in_pieces,
    of_statements,
    per_candidature,
    table_of_counts,
    table_of_pieces,
)
from tests.bench.priced import (
    COMMIT,
    INBOX,
    PIECES,
    PLACES,
    REST,
    STATES,
    between,
    piece_at,
    traced,
    verb_and_table,
)
from tests.bench.report import show

LIBRARIES = {
    "nats": Path(nats.__file__).parent.parent,
    "asyncio": Path(asyncio.__file__).parent.parent,
}
SPOKEN = Callable[[Callable[[], str]], str]


def function_of(path: str, name: str) -> SPOKEN:
    """A function that lies in this file, as far as its frames tell, and calls what it is given."""
    found: dict[str, Any] = {}
    exec(compile(f"def {name}(then): return then()", f"/sources{path}", "exec"), found)
    return found[name]  # type: ignore[no-any-return]


def here() -> str:
    return piece_at(sys._getframe())


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0]} {place[2]}")
def test_each_place_is_where_the_code_is(place: tuple[str, tuple[str, ...], str]) -> None:
    """A sample of code that moved would be told as its caller's."""
    path, functions, piece = place
    lies = LIBRARIES.get(path.split("/")[1], SOURCES) / path.lstrip("/")
    assert lies.exists()
    missing = [name for name in functions if not re.search(rf"def {name}\(", lies.read_text())]
    assert not missing
    assert piece in PIECES


def test_a_sample_belongs_to_the_innermost_function_that_has_a_place() -> None:
    run = function_of("/shared/kit/storage/unit_of_work.py", "run")
    write = function_of("/shared/kit/storage/states.py", "write")
    insert = function_of("/shared/kit/storage/bulk.py", "insert_many")
    write_inbox = function_of("/shared/kit/storage/inbox_outbox.py", "write_inbox")
    assert here() == REST
    assert run(here) == COMMIT
    assert run(lambda: write(lambda: insert(here))) == STATES
    assert run(lambda: write_inbox(lambda: insert(here))) == INBOX


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("INSERT INTO inbox (event_id) VALUES ('x FROM y')", ("INSERT", "inbox")),
        ("UPDATE outbox SET sequence = id + 1", ("UPDATE", "outbox")),
        ("DELETE FROM waiting WHERE event_id IN ('a')", ("DELETE", "waiting")),
        ("SELECT a, b FROM files WHERE id = 'a'", ("SELECT", "files")),
        ("BEGIN IMMEDIATE", ("BEGIN", "")),
        ("COMMIT", ("COMMIT", "")),
    ],
)
def test_a_statement_tells_its_verb_and_its_table(sql: str, told: tuple[str, str]) -> None:
    assert verb_and_table(sql) == told


def test_rows_are_counted_for_the_table_they_were_written_into_and_a_look_is_no_row() -> None:
    seen: list[tuple[Any, ...]] = []
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE inbox (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE files (id INTEGER PRIMARY KEY, at INTEGER)")
        connection.set_trace_callback(traced(connection, seen))
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO inbox VALUES (?)", [(1,), (2,), (3,)])
        connection.execute("INSERT INTO files VALUES (1, 0), (2, 0)")
        connection.execute("SELECT id FROM files").fetchall()
        connection.execute("UPDATE files SET at = 1 WHERE id = 2")
        connection.execute("COMMIT")
        connection.execute("BEGIN")
        connection.execute("SELECT id FROM files").fetchall()
        connection.execute("COMMIT")
        connection.execute("SELECT 1")
    counts = of_statements({"intake": [note for _, *note in seen]})
    assert counts == {
        "asked · intake.files": 2,
        "rows · intake.inbox": 3,
        "rows · intake.files": 3,
        "statements · intake": 7,
        "transactions · intake": 2,
        "commits that wrote · intake": 1,
    }


def test_only_what_was_noted_within_the_window_counts() -> None:
    seen = [(0.9, "rules"), (1.0, "read"), (1.9, "publish"), (2.0, "ack")]
    assert list(between(seen, 1.0, 2.0)) == [["read"], ["publish"]]


def ways() -> list[Way]:
    """Two runs of a hundred candidatures each."""
    seen = {service: [["rules"], ["rules"], ["publish"], ["ack"]] for service in SERVICES}
    return [Way(100, {**dict.fromkeys(SERVICES, 0.01), SERVER: 0.02}, {}, seen)] * 2


def test_the_pieces_of_a_process_add_up_to_what_it_worked() -> None:
    cpu_us = dict.fromkeys(SERVICES, 100.0)
    pieces = in_pieces(ways(), cpu_us)
    assert pieces["intake"] == {"rules": 50.0, "publish": 25.0, "ack": 25.0}
    assert all(sum(found.values()) == 100.0 for found in pieces.values())


def test_the_tables_tell_each_piece_the_sum_and_the_server() -> None:
    cpu_us = {**dict.fromkeys(SERVICES, 100.0), SERVER: 333.0}
    counts = per_candidature({"rows · intake.inbox": 200, "rows · notify.inbox": 100}, 100)
    tables = [
        table_of_pieces("bulk", in_pieces(ways(), cpu_us), cpu_us),
        table_of_counts("bulk", counts),
    ]
    written = StringIO()
    show(Console(width=200, file=written), Findings(tables=tables))
    assert re.search(r"rules +50\.0 +50\.0 +50\.0 +50\.0 +200\.0", written.getvalue())
    assert re.search(r"services +100\.0.* +400\.0", written.getvalue())
    assert re.search(r"nats-server +333\.0", written.getvalue())
    assert re.search(r"rows +3 +intake\.inbox 2, notify\.inbox 1", written.getvalue())
