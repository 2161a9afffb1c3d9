"""A service's tables are written by its consumer alone, in the transaction of what it heard: tools read.

What a tool wrote by itself would have no inbox row, no fact and no log line: no replay would bring it back.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import calls, nodes, sources

WRITERS = {
    "shared/kit/storage/": "the one transaction of a batch, in which what was decided becomes rows",
    "deploy/portal/store.py": "a front-end's drafts are no service's, and no fact until they are sent",
    "services/eligibility/datasets/store.py": "reference data come from public files, which no event tells",
    "services/eligibility/datasets/importing.py": "a file is imported whole or not at all, by an operator",
    "services/eligibility/tools/territory/commands.py": "an operator retires a version of reference data",
    "deploy/keeper/store.py": "no service: it chains what lies in the log, and no fact tells its salts",
    "services/funding/tools/renew_accounts.py": "the same accounts under a newer key: nothing is decided",
    "deploy/local/rebuilding/rebuilt_places.py": "a database made anew takes the place of the other, whole",
    "deploy/local/database/roles.py": "roles and empty databases: no table is there yet",
    "deploy/local/database/health.py": "doctor tries one write, and takes it back",
}
MAKES_TABLES = re.compile(r"(services/[a-z]+|deploy/keeper)/migrations/")
WRITES = {"insert", "update", "delete", "merge", "upsert_many", "insert_many", "execute_many"}
OF_LIBRARIES = re.compile(r"(sqlalchemy|sqlmodel)(\.|$)|shared\.kit\.storage\.bulk$")
OPENS = re.compile(r"(engine|connection)\.begin$")
SQL = re.compile(
    r"\s*(INSERT INTO|UPDATE \w+ SET|DELETE FROM|REPLACE INTO|TRUNCATE|DROP|ALTER|CREATE) ",
    re.ASCII,
)


def test_nothing_but_a_services_consumer_writes_its_tables_and_that_goes_for_its_tools_too() -> (
    None
):
    found = [
        f"{source.name}:{place}"
        for source in sources()
        if not source.name.startswith(tuple(WRITERS)) and not MAKES_TABLES.match(source.name)
        for place in writing(source.tree)
    ]
    assert found == []


@pytest.mark.parametrize("allowed", WRITERS)
def test_no_exception_is_left_that_nothing_needs(allowed: str) -> None:
    assert any(
        list(writing(source.tree)) for source in sources() if source.name.startswith(allowed)
    )


def writing(tree: ast.Module) -> Iterator[str]:
    """Where a module may write: a statement it imports, SQL of its own, or a transaction that it opens."""
    for node in nodes(tree):
        if isinstance(node, ast.ImportFrom) and OF_LIBRARIES.match(node.module or ""):
            for name in sorted({alias.name for alias in node.names} & WRITES):
                yield f"{node.lineno} imports {name}"
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
        ):
            yield f"{node.lineno} {node.value.split()[0]}"
    for name, call in calls(tree):
        verb = name.rpartition(".")[2]
        if OPENS.search(name) or (
            verb in WRITES and "." in name and not call.args and not call.keywords
        ):
            yield f"{call.lineno} {name}()"


@pytest.mark.parametrize(
    "line",
    [
        "from sqlalchemy import select, update",
        "from sqlalchemy.dialects.sqlite import insert",
        "from shared.kit.storage.bulk import upsert_many",
        "connection.execute(text('UPDATE orders SET state = ?'))",
        "cursor.execute('''\n    DELETE FROM outbox''')",
        "ORDERS.insert()",
        "with engine.begin() as connection: pass",
    ],
)
def test_control_each_way_to_write_is_seen(line: str) -> None:
    assert list(writing(ast.parse(line)))


@pytest.mark.parametrize(
    "line", ["from sqlalchemy import select", "found.update(more)", "'Update the page'"]
)
def test_control_reading_is_not_taken_for_writing(line: str) -> None:
    assert list(writing(ast.parse(line))) == []
