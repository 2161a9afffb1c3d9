"""The millionth event costs what the first did: one stage, on an empty system and on one full of history."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from shared.contract.eligibility import EligibilityChecked
from shared.kit.ids import derived_id
from shared.kit.outgoing import Outgoing
from shared.kit.settings import Settings
from shared.programme import Programme
from tests.bench import query_plans
from tests.bench.figures import Figure, Findings, at_least, of_runs, ratios
from tests.bench.files import candidature_id, registrations
from tests.bench.ground import client, platform, say
from tests.bench.pieces import take
from tests.bench.sizes import Progress, Sizes
from tests.bench.stage import HEARD, SAID, SERVICE, drained

PATTERN = 500  # real rows and facts, of which the history is made
CHUNK = 10_000
Row = tuple[Any, ...]


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    full, empty = _rates(folder, sizes.flat_rows, sizes.runs, sizes.flat_events, progress)
    plans = query_plans.of_hot_queries(folder / "plans")
    progress()
    return Findings(
        [_figure("flat_ratio", sizes.flat_rows, full, empty)],
        query_plans.as_notes(plans),
        {"query_plans": plans},
    )


def measure_long(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    """The same on ten times the history: it takes an hour or more, and some thirty gigabytes meanwhile."""
    full, empty = _rates(folder, sizes.long_rows, sizes.long_runs, sizes.flat_events, progress)
    return Findings([_figure("long_ratio", sizes.long_rows, full, empty)])


def _rates(
    folder: Path, rows: int, runs: int, events: int, progress: Progress
) -> tuple[list[float], list[float]]:
    """Events/s on a system full of history, and on an empty one, in turn."""
    full_home = folder / "full"
    full = []
    empty = []
    next_file = _fill(full_home, rows)
    progress()
    for _ in range(runs):
        with platform(folder / "empty", services=()) as running:
            empty.append(asyncio.run(drained(running.settings, 0, events)))
        with platform(full_home, services=(), keep=True) as running:
            full.append(asyncio.run(drained(running.settings, next_file, events)))
            next_file += events
        progress()
    shutil.rmtree(full_home, ignore_errors=True)
    return full, empty


def _figure(name: str, rows: int, full: Sequence[float], empty: Sequence[float]) -> Figure:
    how = f"eligibility's stage with {rows} events in the log and as many rows in each table, over empty"
    return of_runs(name, ratios(full, empty), bar=at_least(0.9), detail=how)


def _fill(home: Path, rows: int) -> int:
    """Real facts and rows first, then copies of them.

    Returns the number of the next file that is not used.
    """
    with platform(home, services=()) as running:
        settings = running.settings
        asyncio.run(drained(settings, 0, PATTERN))
        asyncio.run(_fill_log(settings, rows // 2))
        _fill_tables(settings.home / "data" / f"{SERVICE}.db", rows)
        running.stop()
        shutil.move(home, home.with_name("kept"))
    shutil.move(home.with_name("kept"), home)
    os.sync()  # what the history leaves to be written is not to be paid by the first run
    return PATTERN + rows


async def _fill_log(settings: Settings, events: int) -> None:
    """Half of the history was heard, and is acked; half of it was said."""
    programme = settings.programme()
    await say(settings, "intake", registrations(programme, PATTERN, events))
    async with client(settings, "provisioner") as connection:
        js = connection.jetstream()
        await take(js, HEARD, f"{SERVICE}-on-{HEARD.lower()}", events)
        pattern = await js.get_msg(SAID, 1)
    await say(settings, SERVICE, _answers(programme, pattern.data or b"", events))


def _answers(programme: Programme, pattern: bytes, count: int) -> Iterator[Outgoing]:
    head = f"{programme.id}.{EligibilityChecked.event_type()}"
    first = candidature_id(0).encode()
    now = datetime.now(UTC)
    for number in range(PATTERN, PATTERN + count):
        dossier = candidature_id(number)
        event_id = derived_id(f"eligibility/{number}", 0, now)
        yield Outgoing(
            SAID,
            f"{head}.{dossier}",
            event_id,
            pattern.replace(first, dossier.encode()),
            {"ce-id": event_id},
        )


def _fill_tables(database: Path, count: int) -> None:
    """`count` rows in each table the stage writes, under ids and keys of their own."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for table, change in COPIES.items():
            pattern = connection.execute(f"SELECT * FROM {table}").fetchall()
            names = [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]
            marks = ", ".join("?" * len(names))
            copies = _copies(pattern, names, change, count)
            while chunk := list(islice(copies, CHUNK)):
                connection.execute("BEGIN")
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", chunk)
                connection.execute("COMMIT")


def _copies(
    pattern: Sequence[Row],
    names: Sequence[str],
    change: Callable[[int], dict[str, Any]],
    count: int,
) -> Iterator[Row]:
    places = {name: place for place, name in enumerate(names)}
    for number in range(PATTERN, PATTERN + count):
        row = list(pattern[number % len(pattern)])
        for name, value in change(number).items():
            row[places[name]] = value
        yield tuple(row)


COPIES: dict[str, Callable[[int], dict[str, Any]]] = {
    "inbox": lambda number: {"event_id": candidature_id(number), "dossier": candidature_id(number)},
    "files": lambda number: {"candidature_id": candidature_id(number)},
    "outbox": lambda number: {
        "id": number + 1,
        "event_id": candidature_id(number),
        "sequence": number + 1,
    },
}
