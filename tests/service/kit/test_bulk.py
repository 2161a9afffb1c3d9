"""Rows are read with the driver alone, whatever the database: each kind of column must know how."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import DataError, IntegrityError

from deploy.loading import part_of
from services.intake.tables import JOURNAL
from shared.contract.topology import SERVICES
from shared.kit.storage.bulk import (
    _selecting,
    ask,
    ask_among,
    change,
    in_one_trip,
    insert_many,
    select_rows,
)
from shared.kit.storage.database import open_engine


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
@pytest.mark.parametrize("service", SERVICES)
def test_every_column_of_every_service_can_be_read(service: str, dialect: str, alone: bool) -> None:
    for table in part_of(service, "tables").METADATA.sorted_tables:
        names = tuple(column.name for column in table.columns)
        _, conversions = _selecting(dialect, table, names, names[0], alone)
        assert {index for index, _ in conversions} <= set(range(len(names)))


def test_what_fails_in_a_trip_is_told_as_itself_and_nothing_of_its_transaction_stays(
    postgres_url: str,
) -> None:
    engine = open_engine(postgres_url)
    JOURNAL.outbox.metadata.create_all(engine)
    proposals, clock = JOURNAL.state_tables[1].table, JOURNAL.clock
    good, wrong = ("digest", "anna", "bea", 1), ("x" * 65, "anna", "bea", 1)
    with pytest.raises(DataError), engine.begin() as connection, in_one_trip(connection):
        insert_many(connection, proposals, [good, wrong])
        insert_many(connection, clock, [(1, datetime.now(UTC), None)])
    with pytest.raises(IntegrityError), engine.begin() as connection, in_one_trip(connection):
        insert_many(connection, proposals, [good])
        insert_many(connection, proposals, [good])
        insert_many(connection, clock, [(1, datetime.now(UTC), None)])
    with engine.begin() as connection:
        with in_one_trip(connection):
            insert_many(connection, proposals, [good])
            told = ask(connection, "SELECT count(*) FROM people_proposals WHERE by = ?", "bea")
            moved = change(
                connection, "UPDATE people_proposals SET by = ? WHERE by = ?", "eva", "bea"
            )
            found = ask_among(connection, proposals, ("digest", "by"), "by", ["eva", "bea"])
        assert told() == [(1,)]
        assert moved() == 1
        assert list(found()) == [("digest", "eva")]
        assert select_rows(connection, "SELECT count(*) FROM clock") == [(0,)]
    engine.dispose()
