"""A migration only adds, or says which code it leaves at work: older replicas serve on the newer schema."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from shared.contract.topology import PROCESSES
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import FIRST, folder_of

# Those that intake has, and the one that comes next.
NUMBERS = sorted(path.name[:4] for path in (folder_of("intake") / "versions").glob("[0-9]*.py"))
NEXT = f"{int(NUMBERS[-1]) + 1:04}"
TRIGGERS = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
DROPS = 'op.drop_column("dossiers", "outcome_at")'
RENAMES = 'op.alter_column("dossiers", "outcome_at", new_column_name="shown_at")'
FORBIDS = 'op.create_index("uq_desk", "dossiers", ["outcome_at"], unique=True)'
HELD = "CREATE TRIGGER held BEFORE UPDATE ON dossiers BEGIN SELECT RAISE(ABORT, 'held'); END"
GUARDS = f'op.execute("{HELD}")'
DEMANDS = """op.drop_table("dossiers")
    desk = sa.Column("desk", sa.String(), nullable=False)
    op.create_table("dossiers", sa.Column("candidature_id", sa.String(), nullable=False), desk)
"""
LEAVES = 'op.drop_table("dossiers")'


@dataclass(frozen=True)
class Schema:
    """What older code relies on. `rules` are those that a row has to keep, by table."""

    columns: dict[tuple[str, str], str]
    demanded: frozenset[tuple[str, str]]
    rules: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Step:
    """The schema after one migration, and the oldest code that it leaves at work."""

    number: str
    oldest: str
    schema: Schema


def steps_of(folder: Path) -> Iterator[Step]:
    engine = open_engine("sqlite://")
    config = Config()
    config.set_main_option("script_location", str(folder))
    oldest = FIRST
    for one in reversed(list(ScriptDirectory.from_config(config).walk_revisions())):
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, one.revision)
        oldest = max(oldest, getattr(one.module, "serves_from", FIRST))
        yield Step(one.revision, oldest, schema_of(engine))


def schema_of(engine: Engine) -> Schema:
    seen = inspect(engine)
    columns, demanded, rules = {}, set(), set()
    for table in seen.get_table_names():
        for column in seen.get_columns(table):
            columns[table, column["name"]] = str(column["type"])
            if not column["nullable"] and column["default"] is None:
                demanded.add((table, column["name"]))
        rules |= {
            (table, str(index["name"])) for index in seen.get_indexes(table) if index["unique"]
        }
        rules |= {(table, str(check["sqltext"])) for check in seen.get_check_constraints(table)}
        rules |= {(table, str(one["column_names"])) for one in seen.get_unique_constraints(table)}
        rules |= {(table, str(key)) for key in seen.get_foreign_keys(table)}
    with engine.connect() as connection:
        rules |= {(table, name) for table, name in connection.exec_driver_sql(TRIGGERS)}
    return Schema(columns, frozenset(demanded), frozenset(rules))


def taken_away(before: Schema, after: Schema) -> list[str]:
    """What code of before reads or writes, and may not any more: nothing where the migration only adds."""
    tables = {table for table, _ in before.columns}
    changed = [place for place, kind in before.columns.items() if after.columns.get(place) != kind]
    demanded = [place for place in after.demanded - before.demanded if place[0] in tables]
    rules = [place for place in after.rules - before.rules if place[0] in tables]
    return [
        *(f"{table}.{column} is gone, or another" for table, column in changed),
        *(f"{table}.{column} must be given now" for table, column in demanded),
        *(f"{table} has a new rule: {rule}" for table, rule in rules),
    ]


def unserved(folder: Path) -> list[str]:
    """What each migration takes from code that it says it leaves at work."""
    steps = list(steps_of(folder))
    return [
        f"{later.number} for code of {sooner.number}: {what}"
        for place, later in enumerate(steps)
        for sooner in steps[:place]
        if later.oldest <= sooner.number
        for what in taken_away(sooner.schema, later.schema)
    ]


@pytest.mark.parametrize("service", PROCESSES)
def test_a_migration_takes_nothing_from_the_code_it_leaves_at_work(service: str) -> None:
    assert unserved(folder_of(service)) == []


@pytest.mark.parametrize("service", PROCESSES)
def test_a_migration_has_the_number_of_its_file_and_serves_none_that_is_newer(service: str) -> None:
    numbers = [step.number for step in steps_of(folder_of(service))]
    files = sorted(path.stem for path in (folder_of(service) / "versions").glob("[0-9]*.py"))
    assert numbers == [name.partition("_")[0] for name in files]
    assert all(step.oldest <= step.number for step in steps_of(folder_of(service)))


def with_migration(folder: Path, does: str, serves_from: str = "") -> Path:
    """The migrations of intake, and one more."""
    shutil.copytree(folder_of("intake"), folder, ignore=shutil.ignore_patterns("__pycache__"))
    says = f'serves_from = "{serves_from}"\n' if serves_from else ""
    (folder / "versions" / f"{NEXT}_more.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f'revision = "{NEXT}"\ndown_revision = "{NUMBERS[-1]}"\n{says}\n\n'
        f"def upgrade() -> None:\n    {does}\n"
    )
    return folder


@pytest.mark.parametrize("does", [DROPS, RENAMES, FORBIDS, GUARDS, LEAVES])
def test_control_a_migration_that_takes_away_is_found_unless_it_says_so(
    tmp_path: Path, does: str
) -> None:
    assert unserved(with_migration(tmp_path / "silent", does))
    assert unserved(with_migration(tmp_path / "said", does, NEXT)) == []


def test_control_it_is_found_for_each_code_that_is_said_to_serve(tmp_path: Path) -> None:
    """Code of 0001 knows no `outcome_at`: nothing is taken from it."""
    found = unserved(with_migration(tmp_path / "more", DROPS, "0002"))
    assert [line.partition(":")[0] for line in found] == [
        f"{NEXT} for code of {number}" for number in NUMBERS[1:]
    ]


def test_control_a_column_that_must_be_given_is_found(tmp_path: Path) -> None:
    found = unserved(with_migration(tmp_path / "more", DEMANDS))
    assert any("dossiers.desk must be given" in line for line in found)
