"""A state is declared once, as the frozen value that the rules use: its table follows from it.

Only what the database alone knows is said beside: keys, indexes, constraints, how long a text may be.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from operator import attrgetter
from types import NoneType, UnionType, new_class
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from sqlalchemy import BigInteger, Column, Index, Select, Table, select, text, type_coerce
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import NULLTYPE
from sqlmodel import Field, SQLModel

from shared.kit.storage.columns import InstantColumn, JsonColumn

WORD_CHARACTERS_MAX = 20  # of a word such as "awarded", where its service says nothing else
BEYOND_32_BITS = ("_cents", "_ns", "sequence")  # how the names of such integers end
KNOWN_TO_SQLMODEL: tuple[Any, ...] = (str, bool, int, float, bytes, date)
Key = tuple[Any, ...]
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StateTable:
    """One table of states. The fields of `kind` are its columns, in the same order.

    `model` is its class for SQLModel. Where speed matters, rows go through `table` alone, or through `query`,
    which asks for all of them as the driver brings them, and is built once. `personal` are the columns that
    hold data of a person: an erasure empties them. `contested` is what several dossiers may want: who decides
    beside others reads it again before anything is written. `counts` is a column of it that each may only add
    to.
    """

    kind: type[Any]
    model: type[SQLModel]
    table: Table
    query: Select[Any]
    key: Names
    dossier: str | None
    key_of: Callable[[Any], Key]
    dossier_of: Callable[[Any], str | None]
    row_of: Callable[[Any], tuple[Any, ...]]
    fields: Names
    personal: Names = ()
    contested: bool = False
    counts: str = ""


def table_of(
    base: type[SQLModel],
    characters_max: Mapping[str, int],
    kind: type[Any],
    name: str,
    *more: SchemaItem,
    key: Names = (),
    index: Names = (),
    unique: Names = (),
    dossier: str | None = "candidature_id",
    personal: Names = (),
    contested: bool = False,
    counts: str = "",
) -> StateTable:
    """The table of a value. Its first field is the key, unless `key` names others.

    `characters_max` bounds texts by the name of their column, or `table.column`. `more` are constraints, and
    indexes of several columns. Raises TypeError where one that is named is none of the value's fields.
    """
    types = get_type_hints(kind)
    names = tuple(field.name for field in fields(kind))
    key = key or names[:1]
    if (contested or counts) and len(key) > 1:
        raise TypeError(f"{kind.__name__} is contested, and is not asked for by one column")
    if unknown := {*key, *index, *unique, *personal}.difference(names):
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    columns = {}
    for column in names:
        columns[column] = _field(
            column,
            types[column],
            max_length=characters_max.get(f"{name}.{column}", characters_max.get(column)),
            primary_key=column in key,
            index=column in index,
            unique=column in unique,
        )
    model = _model(base, kind, name, more, columns)
    known = _state_table(kind, model, key, dossier if dossier in names else None, personal)
    return replace(known, contested=contested or bool(counts), counts=counts)


def by_kind(*tables: StateTable) -> dict[type[Any], StateTable]:
    return {table.kind: table for table in tables}


def index_where(
    condition: str, name: str, *columns: str | Column[Any], unique: bool = False
) -> Index:
    """An index of the rows alone for which the condition holds, on both databases."""
    only = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=only, postgresql_where=only)


def _field(name: str, hint: Any, max_length: int | None, **said: Any) -> tuple[Any, Any]:
    """(annotation, SQLModel's field) of one column."""
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kinds = [option for option in options if option is not NoneType]
    said["nullable"] = NoneType in options
    # A word of a closed list is stored as text: the database need not know the list.
    if all(get_origin(kind) is Literal for kind in kinds):
        return str, Field(max_length=max_length or WORD_CHARACTERS_MAX, **said)
    if kinds == [datetime]:
        return datetime, Field(sa_type=InstantColumn, **said)
    if kinds == [int] and name.endswith(BEYOND_32_BITS):
        return int, Field(sa_type=BigInteger, **said)
    if len(kinds) == 1 and kinds[0] in KNOWN_TO_SQLMODEL:
        return kinds[0], Field(max_length=max_length, **said)
    return Any, Field(sa_type=JsonColumn, **said)


def _model(
    base: type[SQLModel],
    kind: type[Any],
    name: str,
    more: tuple[SchemaItem, ...],
    columns: Mapping[str, tuple[Any, Any]],
) -> Any:
    """The class of SQLModel that would else be written by hand."""
    said: dict[str, Any] = {
        "__tablename__": name,
        "__table_args__": more,
        "__module__": base.__module__,
    }
    said["__annotations__"] = {column: annotation for column, (annotation, _) in columns.items()}
    said |= {column: field for column, (_, field) in columns.items()}
    return new_class(
        f"{kind.__name__}Row", (base,), {"table": True}, lambda body: body.update(said)
    )


def _state_table(
    kind: type[Any], model: Any, key: Names, dossier: str | None, personal: Names
) -> StateTable:
    names = tuple(field.name for field in fields(kind))
    table = model.__table__
    as_they_are: Any = [type_coerce(table.c[name], NULLTYPE) for name in names]
    getter = attrgetter(*key)
    key_of: Callable[[Any], Key] = getter
    if len(key) == 1:  # attrgetter of one name gives the bare value

        def key_of(state: Any) -> Key:
            return (getter(state),)

    return StateTable(
        kind=kind,
        model=model,
        table=table,
        query=select(*as_they_are),
        key=key,
        dossier=dossier,
        key_of=key_of,
        dossier_of=attrgetter(dossier) if dossier else lambda _: None,
        row_of=attrgetter(*names),
        fields=names,
        personal=personal,
    )
