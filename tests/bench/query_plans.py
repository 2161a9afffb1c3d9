"""How SQLite answers every query the services really ask while files flow through: no scan on a hot path.

`python -m tests.bench.query_plans FILE` runs the four services in one process and writes what they asked.
"""

import asyncio
import json
import re
import sqlite3
import sys
from collections.abc import Collection, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from deploy.loading import part_of
from shared.contract.topology import SERVICES
from shared.kit.logs.chain import configure_logs
from shared.kit.service import Service
from shared.kit.settings import Settings
from tests.bench.ground import platform, process
from tests.bench.pipeline import REAL, drained

FILES = 300
ASKS = ("SELECT", "UPDATE", "DELETE")
ONE_ROW_OR_FEW = {"waves", "wave_support", "fund", "clock", "territory_dataset", "alembic_version"}
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
PARTIAL_INDEXES = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
VALUE = r"[xX]?'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b"
Plan = dict[str, Any]


def of_hot_queries(home: Path) -> list[Plan]:
    """`{"service", "sql", "plan", "scans"}` for each query; `scans` if a growing table is read whole."""
    answer = home / "plans.json"
    with platform(home, services=()) as running:
        with process(running.settings, "tests.bench.query_plans", str(answer)) as asking:
            asking.wait()
        if not answer.exists():
            return []
        found: list[Plan] = json.loads(answer.read_text(encoding="utf-8"))
    return found


def as_notes(plans: Iterable[Plan]) -> list[str]:
    found = list(plans)
    if not found:
        return ["The query plans could not be taken."]
    lines = [
        f"{p['service']:<12}{'SCAN ' if p['scans'] else ''}{p['plan']}   ← {p['sql']}"
        for p in found
    ]
    scans = sum(plan["scans"] for plan in found)
    return [
        f"Query plans of the pipeline: {len(found)} queries, {scans} that scan a table that grows",
        *lines,
    ]


def explained(database: Path, service: str, asked: Iterable[str]) -> list[Plan]:
    with closing(sqlite3.connect(database)) as connection:
        return [_explained(connection, service, sql) for sql in asked]


def _explained(connection: sqlite3.Connection, service: str, sql: str) -> Plan:
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    grown = {name for (name,) in connection.execute(TABLES)} - ONE_ROW_OR_FEW
    partial = {name for (name,) in connection.execute(PARTIAL_INDEXES)}
    return {
        "service": service,
        "sql": shortened(sql),
        "plan": "; ".join(steps),
        "scans": any(scans(step, grown, partial) for step in steps),
    }


def scans(step: str, grown: Collection[str], partial: Collection[str] = ()) -> bool:
    """Whether a step of a plan reads the whole of a table that grows with the programme.

    A partial index, such as the one of what is still to be published, holds only what waits. What a query
    makes for itself, such as a list of parameters, is no table.
    """
    found = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
    return found is not None and found[1] in grown and found[2] not in partial


def shortened(sql: str) -> str:
    """One line; lists of parameters and of columns say no more than one of them."""
    flat = re.sub(VALUE, "?", " ".join(sql.split()))
    flat = re.sub(r"\((\?, )+\?\)", "(?, …)", flat)
    return re.sub(r"^SELECT .*? FROM ", "SELECT … FROM ", flat)[:160]


class Listener:
    """Keeps one example of each query a database is asked, as the database itself hears it."""

    def __init__(self, engine: Engine) -> None:
        self._examples: dict[str, str] = {}
        event.listen(
            engine, "connect", lambda connection, _: connection.set_trace_callback(self._note)
        )
        engine.dispose()  # the connections that are open already have no listener

    @property
    def asked(self) -> Iterable[str]:
        return self._examples.values()

    def _note(self, sql: str) -> None:
        if sql.lstrip().upper().startswith(ASKS):
            self._examples.setdefault(shortened(sql), sql)


async def _asked() -> list[Plan]:
    settings = Settings()
    built: dict[str, Service] = {name: part_of(name, "app").build(settings) for name in SERVICES}
    listeners = {name: Listener(service.consumer.work.engine) for name, service in built.items()}
    tasks = [asyncio.create_task(service.run()) for service in built.values()]
    await drained(settings, REAL, 0, FILES)
    for service in built.values():
        service.app.exit()
    await asyncio.gather(*tasks)
    return [
        plan
        for name, listener in listeners.items()
        for plan in explained(settings.home / "data" / f"{name}.db", name, listener.asked)
    ]


if __name__ == "__main__":
    configure_logs("bench")
    found = asyncio.run(_asked())
    Path(sys.argv[1]).write_text(json.dumps(found, ensure_ascii=False, indent=2), encoding="utf-8")
