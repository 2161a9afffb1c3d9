"""A table of states says what its value says: names, types, what may be empty. The rest is said beside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import AutoString, SQLModel

from deploy.loading import part_of
from shared.contract.topology import SERVICES
from shared.kit.storage.database import service_registry
from shared.kit.storage.state_tables import StateTable, index_where, table_of

Stage = Literal["begun", "ended"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Loan:
    book: str
    reader: str
    stage: Stage
    title: str
    days: int
    fine_cents: int
    sequence: int
    weight: float
    cover: bytes
    renewed: bool
    due_on: date
    lent_at: datetime
    stamps: tuple[str, ...]
    returned_on: date | None = None
    returned_at: datetime | None = None
    ended_because: Stage | Literal["lost"] | None = None
    notes: Mapping[str, str] | None = None


def loans(*more: Any, bounds: dict[str, int] | None = None, **said: Any) -> StateTable:
    class Library(SQLModel, registry=service_registry()):
        """A base of its own for each: a table may be made once in each."""

    return table_of(Library, bounds or {}, Loan, "loans", *more, **said)


def test_each_column_is_named_typed_and_empty_as_the_field_of_the_value() -> None:
    said = str(
        CreateTable(loans(key=("book", "reader")).table).compile(dialect=postgresql.dialect())
    )
    assert [line.strip(" \t,") for line in said.strip().splitlines()] == [
        "CREATE TABLE loans (",
        "book VARCHAR NOT NULL",
        "reader VARCHAR NOT NULL",
        "stage VARCHAR(20) NOT NULL",
        "title VARCHAR NOT NULL",
        "days INTEGER NOT NULL",
        "fine_cents BIGINT NOT NULL",
        "sequence BIGINT NOT NULL",
        "weight FLOAT NOT NULL",
        "cover BYTEA NOT NULL",
        "renewed BOOLEAN NOT NULL",
        "due_on DATE NOT NULL",
        "lent_at VARCHAR(27) NOT NULL",
        "stamps TEXT NOT NULL",
        "returned_on DATE",
        "returned_at VARCHAR(27)",
        "ended_because VARCHAR(20)",
        "notes TEXT",
        "CONSTRAINT pk_loans PRIMARY KEY (book, reader)",
        ")",
    ]


def test_the_first_field_is_the_key_unless_others_are_named() -> None:
    loan = Loan("b", "r", "begun", "t", 1, 2, 3, 0.5, b"", False, date.min, NOW, ())
    assert (loans().key, loans().key_of(loan)) == (("book",), ("b",))
    both = loans(key=("book", "reader"))
    assert (both.key, both.key_of(loan)) == (("book", "reader"), ("b", "r"))


def test_a_bound_goes_by_the_name_of_the_column_or_of_this_tables_column_alone() -> None:
    columns = loans(
        bounds={"book": 36, "stage": 30, "loans.stage": 9, "title": 100, "lent.title": 5}
    ).table.c
    assert (columns.book.type.length, columns.stage.type.length, columns.title.type.length) == (
        36,
        9,
        100,
    )


def test_an_index_of_some_rows_alone_is_one_on_both_databases() -> None:
    table = loans(
        index_where("stage = 'begun'", "uq_loans_begun", "book", unique=True), index=("reader",)
    )
    plain, partial = sorted(table.table.indexes, key=lambda index: str(index.name))
    assert plain.name == "ix_loans_reader"
    for dialect in ("sqlite", "postgresql"):
        assert partial.dialect_kwargs[f"{dialect}_where"].text == "stage = 'begun'"
    assert str(CreateIndex(partial)).startswith(
        "CREATE UNIQUE INDEX uq_loans_begun ON loans (book)"
    )


@pytest.mark.parametrize("said", ["key", "index", "unique"])
def test_a_name_that_is_no_field_of_the_value_is_refused_when_the_service_is_built(
    said: str,
) -> None:
    with pytest.raises(TypeError, match="Loan has no raeder"):
        loans(**{said: ("book", "raeder")})


@pytest.mark.parametrize("service", SERVICES)
def test_every_bound_that_a_service_names_is_that_of_a_text(service: str) -> None:
    """A misspelt one would bound nothing."""
    texts = [column for column in columns_of(service) if isinstance(column.type, AutoString)]
    named = {column.name for column in texts} | {str(column) for column in texts}
    assert set(part_of(service, "tables").CHARACTERS_MAX) - named == set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_word_of_a_state_has_room_in_its_column(service: str) -> None:
    for kind, table in part_of(service, "tables").STATE_TABLES.items():
        for name, hint in get_type_hints(kind).items():
            for word in words_of(hint):
                assert len(word) <= (table.table.c[name].type.length or 0), (
                    f"{kind.__name__}.{name}: {word}"
                )


def columns_of(service: str) -> list[Column[Any]]:
    return [
        column
        for table in part_of(service, "tables").STATE_TABLES.values()
        for column in table.table.c
    ]


def words_of(hint: Any) -> list[str]:
    """Those of `Literal["a", "b"]`, alone or in a union; none of any other type."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else ()
    return [word for option in options for word in words_of(option)]
