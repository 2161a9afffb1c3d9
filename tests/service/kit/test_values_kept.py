"""Columns, clock, database: what is kept comes back as it was, in order of time, and outlives a power cut."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.types import TypeEngine

from shared.kit.clock import Clock
from shared.kit.storage.columns import InstantColumn, JsonColumn, frozen
from shared.kit.storage.database import open_engine

DIALECT: Dialect = sqlite.dialect()


class Kept:
    """How a value of this type goes to the driver, and comes back."""

    def __init__(self, column: TypeEngine[Any]) -> None:
        put, take = column.bind_processor(DIALECT), column.result_processor(DIALECT, None)
        assert put is not None
        assert take is not None
        self.put, self.take = put, take


INSTANTS, VALUES = Kept(InstantColumn()), Kept(JsonColumn())
zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
instants = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=zones)  # noqa: DTZ001


@given(instants)
def test_an_instant_comes_back_as_the_same_instant(instant: datetime) -> None:
    kept = INSTANTS.put(instant)
    assert kept is not None
    assert len(kept) == 27
    assert INSTANTS.take(kept) == instant


@given(instants, instants)
def test_instants_sort_as_text_the_way_they_sort_as_time(a: datetime, b: datetime) -> None:
    first, second = INSTANTS.put(a), INSTANTS.put(b)
    assert first is not None
    assert second is not None
    assert (first < second) is (a < b)


def test_the_two_hours_of_the_night_when_clocks_go_back_are_kept_apart() -> None:
    paris = ZoneInfo("Europe/Paris")
    first, again = (datetime(2020, 10, 25, 2, 30, fold=fold, tzinfo=paris) for fold in (0, 1))
    assert first == again, "in their own zone they look the same"
    kept = [INSTANTS.put(instant) for instant in (first, again)]
    assert kept == ["2020-10-25T00:30:00.000000Z", "2020-10-25T01:30:00.000000Z"]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda i: st.lists(i) | st.dictionaries(st.text(), i)
    )
)
def test_a_json_value_comes_back_frozen_and_is_kept_in_one_spelling(value: Any) -> None:
    kept = VALUES.put(value)
    assert VALUES.take(kept) == frozen(value)
    assert VALUES.put(frozen(value)) == kept


def test_a_rehearsals_time_comes_from_events_and_never_goes_back() -> None:
    clock, day = Clock(rehearsal=True), datetime(2021, 1, 1, tzinfo=UTC)
    assert clock.seen() is None
    assert clock.advance(day)
    assert not clock.advance(day - timedelta(days=1))
    assert not clock.advance(day)
    assert clock.seen() == day


def test_in_production_no_event_moves_the_clock() -> None:
    clock = Clock(rehearsal=False)
    assert not clock.advance(datetime(2999, 1, 1, tzinfo=UTC))
    assert clock.seen() is None


@pytest.mark.parametrize(
    "pragma, value",
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000)],
)
def test_sqlite_is_opened_to_survive_a_power_cut(
    tmp_path: Path, pragma: str, value: object
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    for _ in range(2):  # on every connection of the pool, not only on the first
        with engine.connect() as one, engine.connect() as other:
            assert [c.scalar(text(f"PRAGMA {pragma}")) for c in (one,)] == [value]
            assert other.connection.dbapi_connection is not None
    engine.dispose()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (id INTEGER PRIMARY KEY)"))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))
        connection.execute(text("INSERT INTO t VALUES (1)"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM t")) == 0
    engine.dispose()


def test_a_writer_says_so_at_once_so_that_a_second_one_waits_its_turn(tmp_path: Path) -> None:
    """The control: without BEGIN IMMEDIATE two writers could both begin, and one would be refused midway."""
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.begin() as first:
        first.execute(text("SELECT 1"))
        with engine.connect().execution_options(reads_only=True) as reader:
            assert reader.scalar(text("SELECT 1")) == 1
            reader.rollback()
            reader.exec_driver_sql("PRAGMA busy_timeout=1")
            with pytest.raises(OperationalError, match="locked"):
                reader.exec_driver_sql("BEGIN IMMEDIATE")
    engine.dispose()
