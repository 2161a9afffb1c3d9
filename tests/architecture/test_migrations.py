"""What the migrations make of an empty database is what the code of the service expects, to the word."""

from collections.abc import Callable
from functools import cache

import pytest
from sqlalchemy import CheckConstraint, Engine, MetaData, String

from deploy.loading import part_of
from shared.contract.topology import PROCESSES
from shared.kit.storage.database import NAMING, open_engine
from shared.kit.storage.migrations import migrate

OF_MIGRATIONS = {"alembic_version", "code_served", "balances"}  # the last is kept by triggers alone
MADE = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
Made = dict[str, list[str]]


def made(engine: Engine) -> Made:
    """What SQLite was told of each table and index, in pieces: a column added later stands last there."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(MADE).all()
    return {name: sorted(sql.replace("\n", "").replace("\t", "").split(",")) for name, sql in rows}


@cache
def made_by_migrations(service: str) -> Made:
    engine = open_engine("sqlite://")
    migrate(engine, service)
    return {name: said for name, said in made(engine).items() if name not in OF_MIGRATIONS}


def made_by_code(metadata: MetaData) -> Made:
    engine = open_engine("sqlite://")
    metadata.create_all(engine)
    return made(engine)


@pytest.mark.parametrize("service", PROCESSES)
def test_the_migrations_lead_to_the_tables_of_the_code(service: str) -> None:
    assert made_by_migrations(service) == made_by_code(part_of(service, "tables").METADATA)


def without_a_check(metadata: MetaData) -> None:
    fund = metadata.tables["fund"]
    fund.constraints -= {check for check in fund.constraints if isinstance(check, CheckConstraint)}


def with_a_longer_text(metadata: MetaData) -> None:
    metadata.tables["orders"].c.state.type = String(21)


def with_what_may_be_empty(metadata: MetaData) -> None:
    metadata.tables["orders"].c.state.nullable = True


def with_an_index_of_all_rows(metadata: MetaData) -> None:
    (live,) = (
        index for index in metadata.tables["orders"].indexes if index.name == "uq_orders_live"
    )
    live.dialect_options["sqlite"]["where"] = None


@pytest.mark.parametrize(
    "change",
    [
        without_a_check,
        with_a_longer_text,
        with_what_may_be_empty,
        with_an_index_of_all_rows,
    ],
)
def test_control_a_table_that_differs_in_one_word_is_seen(
    change: Callable[[MetaData], None],
) -> None:
    changed = MetaData(naming_convention=NAMING)
    for table in part_of("funding", "tables").METADATA.sorted_tables:
        table.to_metadata(changed)
    assert made_by_migrations("funding") == made_by_code(changed), (
        "the copy is like what it was made from"
    )
    change(changed)
    assert made_by_migrations("funding") != made_by_code(changed)
