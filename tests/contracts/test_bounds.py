"""Every value of the contract has an upper bound, and the column that keeps it has room for it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import product
from pathlib import Path
from re import _parser as patterns  # type: ignore[attr-defined]
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from unicodedata import normalize

import pytest
from pydantic import AfterValidator, AwareDatetime, BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    select,
    text,
)

from deploy.loading import part_of
from shared.contract import EVENTS, Event
from shared.contract.documents import example_of
from shared.contract.frontdesk import RecoveryAnswered
from shared.contract.topology import HEARS
from shared.contract.values import (
    INTEGER_MAX,
    SEQUENCE_MAX,
    Instant,
    Line,
    of_bounded_size,
    within_our_years,
)
from shared.kit.errors import Unreadable
from shared.kit.strict_json import read_event

ALL = [EVENTS[name] for name in sorted(EVENTS)]


@dataclass(frozen=True)
class Place:
    """One value somewhere in a body: its type, and what is said of it on the way there."""

    path: str
    kind: Any
    said: tuple[Any, ...]

    def bound(self, name: str) -> Any:
        found = [getattr(said, name) for said in self.said if getattr(said, name, None) is not None]
        return min(found, default=None)


def places_in(event: type[Event]) -> Iterator[Place]:
    for name, field in event.model_fields.items():
        yield from places_of(
            Place(f"{event.__name__}.{name}", field.annotation, tuple(field.metadata))
        )


def places_of(place: Place) -> Iterator[Place]:
    """The place itself, and each one within: options of a union, items, keys, values, fields."""
    origin = get_origin(place.kind)
    arguments = get_args(place.kind)
    if origin is Annotated:
        yield from places_of(
            Place(place.path, arguments[0], (*place.said, *_unfolded(arguments[1:])))
        )
    elif origin in (Union, UnionType):
        for option in arguments:
            yield from places_of(Place(place.path, option, place.said))
    elif origin in (tuple, dict):
        yield Place(place.path, origin, place.said)
        yield from _places_within(place, ("key", "value") if origin is dict else ("item", "item"))
    elif isinstance(place.kind, type) and issubclass(place.kind, BaseModel):
        for name, field in place.kind.model_fields.items():
            yield from places_of(
                Place(f"{place.path}.{name}", field.annotation, tuple(field.metadata))
            )
    else:
        yield place


def _places_within(place: Place, names: tuple[str, str]) -> Iterator[Place]:
    for name, argument in zip(names, get_args(place.kind), strict=True):
        if argument is not Ellipsis:
            said = place.said if argument is Any else ()  # what is within is bounded as a whole
            yield from places_of(Place(f"{place.path}[{name}]", argument, said))


def _unfolded(metadata: tuple[Any, ...]) -> Iterator[Any]:
    for said in metadata:
        yield from said.metadata if isinstance(said, FieldInfo) else (said,)


def is_bounded(place: Place) -> bool:
    kind = place.kind
    if (
        kind in (bool, NoneType)
        or get_origin(kind) is Literal
        or (isinstance(kind, type) and issubclass(kind, Enum))
    ):
        return True
    if kind in (int, float):
        return place.bound("le") is not None and place.bound("ge") is not None
    if kind is str:
        return length_max(place) is not None
    if kind in (tuple, dict):
        return place.bound("max_length") is not None
    if kind is Any:
        return of_bounded_size in checks(place)
    return kind in (date, AwareDatetime) and within_our_years in checks(place)


def checks(place: Place) -> list[Any]:
    return [said.func for said in place.said if isinstance(said, AfterValidator)]


def length_max(place: Place) -> int | None:
    """What is said of its length, or what its pattern can match at most."""
    told = [said for said in (place.bound("max_length"),) if said is not None]
    for said in place.said:
        if pattern := getattr(said, "pattern", None):
            width = patterns.parse(pattern).getwidth()[1]
            told += [width] if width < patterns.MAXREPEAT else []
    return min(told, default=None)


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.__name__)
def test_everything_in_a_body_has_an_upper_bound(event: type[Event]) -> None:
    assert [place.path for place in places_in(event) if not is_bounded(place)] == []


OF_THEIR_OWN = {
    "fund.id", "outbox.id", "clock.id", "territory_dataset.id", "territory_dataset.version",
    "documents.kind", "documents.number", "contacts.siret",  # SIRET as the counter tells it: bare
    "support_steps.name",
}  # fmt: skip
KEPT_AS = {
    "actor.id": {
        "by",
        "officer",
        "verified_by",
        "confirmed_by",
        "decided_by",
        "examined_by",
        "assigned_by",
    },
    "recovery": {"number"},
    "declaration": {"sequence"},
}


def columns_for(event: type[Event]) -> Iterator[tuple[Place, Column[Any]]]:
    """Its readers' columns that are filled from one of its fields: by its name, or the name it is kept as."""
    places = [place for place in places_in(event) if place.kind in (int, str)]
    for service in (service for service, heard in HEARS.items() if event in heard):
        tables = part_of(service, "tables").METADATA.tables.values()
        for place, column in product(
            places, [column for table in tables for column in table.columns]
        ):
            if column.name in _names(place) and str(column) not in OF_THEIR_OWN:
                yield place, column


def _names(place: Place) -> set[str]:
    path = place.path.partition(".")[2]
    return {path.rpartition(".")[2], *KEPT_AS.get(path, ())}


def has_room(place: Place, column: Column[Any]) -> bool:
    if place.kind is str:
        room = getattr(column.type, "length", None)
        return room is None or (length_max(place) or 0) <= room
    if isinstance(column.type, BigInteger):
        return bool(place.bound("le") <= SEQUENCE_MAX)
    return isinstance(column.type, Integer) and bool(place.bound("le") <= INTEGER_MAX)


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.__name__)
def test_the_columns_that_keep_a_value_have_room_for_it(event: type[Event]) -> None:
    tight = [
        f"{place.path} in {column.table.name}.{column.name} {column.type}"
        for place, column in columns_for(event)
        if not has_room(place, column)
    ]
    assert tight == []


def boundaries() -> list[tuple[Column[Any], Any]]:
    """The greatest value of each bound that goes to a column, for each type of column."""
    found = {}
    for event in ALL:
        for place, column in columns_for(event):
            greatest = (
                "\U0001f600" * (length_max(place) or 0) if place.kind is str else place.bound("le")
            )
            found[str(column.type), greatest] = (column, greatest)
    return list(found.values())


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
def test_both_databases_keep_the_greatest_value_of_each_bound(engine: Engine) -> None:
    for column, greatest in boundaries():
        with engine.connect() as connection:
            kept = Table("kept", MetaData(), Column("value", column.type), prefixes=["TEMPORARY"])
            kept.create(connection)
            connection.execute(kept.insert(), {"value": greatest})
            assert connection.scalar(select(kept.c.value)) == greatest, str(column)
            connection.rollback()
            kept.drop(connection, checkfirst=True)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_number_above_all_bounds_is_one_no_column_keeps(engine: Engine) -> None:
    """The control: 2**63 is what stopped a service."""
    with engine.connect() as connection, pytest.raises(OverflowError):
        connection.execute(text("SELECT :value"), {"value": SEQUENCE_MAX + 1})


def test_a_number_no_column_keeps_is_unreadable_and_not_a_failure_of_a_rule() -> None:
    """45 such answers stopped funding, as often as its sender liked."""
    body = example_of(RecoveryAnswered) | {"recovery": SEQUENCE_MAX + 1}
    with pytest.raises(Unreadable, match="recovery: Ce nombre est trop grand"):
        read_event(RecoveryAnswered, json.dumps(body).encode())


@pytest.fixture
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    on_postgresql = request.param == "postgresql"
    url = (
        request.getfixturevalue("postgres_url")
        if on_postgresql
        else f"sqlite:///{tmp_path / 'bounds.db'}"
    )
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("text", ["\ufb2c" * 200, "\u1100\u1161" * 200])
def test_a_text_is_measured_as_it_is_kept(text: str) -> None:
    """Some letters become three when they are composed, and some three become one."""
    read = TypeAdapter(Line).validate_python
    if len(normalize("NFC", text)) <= 200:
        assert len(read(text)) <= 200
    else:
        with pytest.raises(ValidationError):
            read(text)


@pytest.mark.parametrize(
    "written", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2201-01-01T00:00:00Z"]
)
def test_an_instant_that_leaves_the_calendar_in_some_zone_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="out of range"):
        TypeAdapter(Instant).validate_python(written)
