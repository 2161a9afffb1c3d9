"""The states answer like a plain dictionary would, whatever is read first, changed, or asked by a query."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, Connection, create_engine, insert, select
from sqlalchemy.exc import DatabaseError
from sqlmodel import SQLModel

from shared.kit.storage.database import service_registry
from shared.kit.storage.state_tables import by_kind, table_of
from shared.kit.storage.states import States


@dataclass(frozen=True, slots=True)
class Page:
    candidature_id: str
    number: int
    words: str


@dataclass(frozen=True, slots=True)
class Cover:
    candidature_id: str
    title: str


class StateTables(SQLModel, registry=service_registry()):
    pass


STATE_TABLES = by_kind(
    table_of(StateTables, {}, Page, "pages", key=("candidature_id", "number")),
    table_of(StateTables, {}, Cover, "covers"),
)
ENGINE = create_engine("sqlite://")
StateTables.metadata.create_all(ENGINE)


@contextmanager
def opened(pages: list[Page] = (), covers: list[Cover] = ()) -> Iterator[tuple[States, Connection]]:  # type: ignore[assignment]
    """A states over these rows; the transaction is rolled back at the end."""
    with ENGINE.connect() as connection:
        if pages:
            connection.execute(insert(STATE_TABLES[Page].table), [vars_of(page) for page in pages])
        if covers:
            connection.execute(
                insert(STATE_TABLES[Cover].table), [vars_of(cover) for cover in covers]
            )
        yield States(connection, STATE_TABLES), connection
        connection.rollback()


def vars_of(state: Page | Cover) -> dict[str, object]:
    return {name: getattr(state, name) for name in state.__slots__}


@contextmanager
def counted(connection: Connection) -> Iterator[list[str]]:
    """What the database itself is told to do, row by row."""
    statements: list[str] = []
    driver: Any = connection.connection.driver_connection
    driver.set_trace_callback(statements.append)
    try:
        yield statements
    finally:
        driver.set_trace_callback(None)


A1, A2, B1 = Page("a", 1, "x"), Page("a", 2, "y"), Page("b", 1, "z")


def test_a_key_is_read_once_even_where_there_is_nothing() -> None:
    with opened([A1]) as (states, connection), counted(connection) as statements:
        assert [states.one(Page, "a", 1), states.one(Page, "a", 1)] == [A1, A1]
        assert [states.one(Page, "a", 9), states.one(Page, "a", 9)] == [None, None]
        assert len(statements) == 2


def test_the_files_of_a_whole_batch_are_opened_in_one_query() -> None:
    covers = [Cover("a", "A"), Cover("b", "B")]
    with opened([A1, A2, B1], covers) as (states, connection), counted(connection) as statements:
        states.prefetch(Page, ["a", "b", "nobody"])
        states.prefetch(Cover, ["a", "b", "nobody"])
        assert states.of(Page, "a") == [A1, A2]
        assert states.of(Page, "nobody") == []
        assert states.one(Page, "b", 1) == B1
        assert states.one(Cover, "b") == covers[1]
        assert (states.one(Page, "a", 9), states.many(Page, [("b", 9)])) == (None, {})
        assert states.one(Cover, "nobody") is None, (
            "an opened file tells that there is nothing, without a query"
        )
        assert len(statements) == 2


def test_all_of_a_kind_are_read_once_and_seen_as_this_batch_has_changed_them() -> None:
    with opened([A1, B1]) as (states, connection), counted(connection) as statements:
        changed = Page("a", 1, "changed")
        states.keep(changed)
        assert states.all(Page) == [changed, B1]
        states.keep(A2)
        assert states.all(Page) == [changed, A2, B1]
        assert len(statements) == 1


def test_a_query_sees_what_this_batch_has_changed_so_far() -> None:
    with opened([A1, B1]) as (states, _):
        states.keep(Page("a", 1, "z"))
        assert states.where(Page, states.column(Page, "words") == "z") == [Page("a", 1, "z"), B1]
        assert states.where(Page, states.column(Page, "words") == "x") == []


def test_a_query_of_one_kind_writes_nothing_while_others_alone_have_changed() -> None:
    with opened([A1]) as (states, connection), counted(connection) as statements:
        states.keep(Cover("a", "A"))
        assert states.where(Page) == [A1]
        assert len(statements) == 1
        states.keep(B1)
        assert states.where(Page) == [A1, B1]
        assert len(statements) == 4


@pytest.mark.parametrize("by_its_own_name", [True, False])
def test_a_query_that_looks_into_another_table_sees_what_has_changed_there(
    by_its_own_name: bool,
) -> None:
    covers = STATE_TABLES[Cover].table
    titled = covers if by_its_own_name else covers.alias()
    is_titled = states_column(Page, "candidature_id").in_(
        select(titled.c.candidature_id).where(titled.c.title == "t")
    )
    with opened([A1, B1], [Cover("a", "t")]) as (states, connection):
        states.keep(Cover("a", "of another"))
        states.keep(Cover("b", "t"))
        found = connection.execute(select(STATE_TABLES[Page].table).where(is_titled)).all()
        assert [row.candidature_id for row in found] == ["a"], "the control: the database alone"
        assert states.where(Page, is_titled) == [B1]


def states_column(kind: type[Any], name: str) -> ColumnElement[Any]:
    return STATE_TABLES[kind].table.c[name]


def test_each_change_is_written_once_as_it_was_last_kept() -> None:
    with opened([A1]) as (states, connection), counted(connection) as statements:
        for number in range(10):
            states.keep(Page("a", number, "new"))
            states.keep(Page("a", number, "newer"))
        states.write()
        states.write()
        assert len(statements) == 10
        assert {page.words for page in States(connection, STATE_TABLES).of(Page, "a")} == {"newer"}


dossiers = st.sampled_from("ab")
pages = st.builds(Page, dossiers, st.integers(1, 3), st.sampled_from("xyz"))
steps = st.one_of(
    st.tuples(st.just("keep"), pages),
    st.tuples(st.just("one"), st.tuples(dossiers, st.integers(1, 3))),
    st.tuples(st.just("many"), st.lists(st.tuples(dossiers, st.integers(1, 3)))),
    st.tuples(st.just("of"), dossiers),
    st.tuples(st.just("open"), st.lists(dossiers)),
    st.tuples(st.just("all"), st.none()),
    st.tuples(st.just("where"), st.sampled_from("xyz")),
    st.tuples(st.just("write"), st.none()),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(pages, unique_by=lambda page: (page.candidature_id, page.number)),
    st.lists(steps, max_size=12),
)
def test_whatever_is_done_in_whatever_order_the_book_answers_like_a_dictionary(
    stored: list[Page], acts: list[tuple[str, object]]
) -> None:
    model = {(page.candidature_id, page.number): page for page in stored}
    with opened(stored) as (states, connection):
        for act, given_ in acts:
            step(states, model, act, given_)
        states.write()
        written = States(connection, STATE_TABLES)
        assert [*written.of(Page, "a"), *written.of(Page, "b")] == [
            model[key] for key in sorted(model)
        ]


def step(states: States, model: dict[tuple[str, int], Page], act: str, given_: object) -> None:
    if act == "keep":
        assert isinstance(given_, Page)
        model[(given_.candidature_id, given_.number)] = given_
        states.keep(given_)
    elif act == "one":
        assert states.one(Page, *given_) == model.get(given_)  # type: ignore[misc, call-overload]
    elif act == "many":
        assert states.many(Page, given_) == {key: model[key] for key in given_ if key in model}  # type: ignore[arg-type, attr-defined]
    elif act == "of":
        assert states.of(Page, str(given_)) == [
            model[key] for key in sorted(model) if key[0] == given_
        ]
    elif act == "open":
        states.prefetch(Page, given_)  # type: ignore[arg-type]
    elif act == "all":
        assert states.all(Page) == [model[key] for key in sorted(model)]
    elif act == "where":
        found = states.where(Page, states.column(Page, "words") == given_)
        assert found == [model[key] for key in sorted(model) if model[key].words == given_]
    else:
        states.write()


ASKED: dict[str, Callable[[States], object]] = {
    "one": lambda states: states.one(Page, "a", 1),
    "many": lambda states: states.many(Page, [("a", 1)]),
    "of": lambda states: states.of(Page, "a"),
    "all": lambda states: states.all(Page),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_what_could_not_be_read_is_not_missing(ask: Callable[[States], object]) -> None:
    """The event that asked is put off; the next one of the same batch may ask the same."""
    with opened([A1]) as (states, connection):
        driver: Any = connection.connection.driver_connection
        driver.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
        with pytest.raises(DatabaseError):
            ask(states)
        driver.set_authorizer(None)
        assert ask(states) in (A1, [A1], {("a", 1): A1})
