"""The rows of a service's database, but for what no log tells of it."""

from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, create_engine, make_url, or_, select

from deploy.local.rebuilding.local_state import TIMER
from shared.contract.subjects import STATUS_STREAM
from shared.kit.settings import Settings
from shared.kit.storage.inbox_outbox import REHEARSAL_ROW

# What is sealed anew each time, or the wall clock's; nobody knows the place of a status that was replaced.
LOCAL = {
    "accounts": ("secret",),
    "waiting": ("since",),
    "outbox": ("id", "sequence"),
    "clock": ("note",),
}


def rows_of(home: Path, service: str) -> dict[str, list[str]]:
    return rows_at(Settings(home=home).database_url(service))


def kept_url(url: str, kept: str) -> str:
    """Of the database before, where a rebuild says that it is kept: a file, or a schema."""
    if not kept.startswith("schema "):
        return f"sqlite:///{kept}"
    inside = f"-csearch_path={kept.removeprefix('schema ')}"
    return make_url(url).update_query_dict({"options": inside}).render_as_string(False)


def rows_at(url: str) -> dict[str, list[str]]:
    """Every row of every table, but for what is local to a database."""
    engine = create_engine(url)
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        found = {
            name: sorted(map(repr, connection.execute(_query(table))))
            for name, table in metadata.tables.items()
        }
        outbox = metadata.tables["outbox"].c
        found["inbox"] = _heard(connection, metadata.tables["inbox"], outbox.cause_id)
        places = select(outbox.event_id, outbox.sequence).where(outbox.stream != STATUS_STREAM)
        found["places"] = sorted(map(repr, connection.execute(places)))
    engine.dispose()
    return found


def differing(one: dict[str, list[str]], other: dict[str, list[str]]) -> list[str]:
    """Rows that one of them alone has, each with its table: all that a reader wants to see of a failure."""
    assert one.keys() == other.keys()
    return [
        f"{name}: {row}"
        for name in one
        for row in sorted((Counter(one[name]) - Counter(other[name])).elements())
        + sorted((Counter(other[name]) - Counter(one[name])).elements())
    ]


def _heard(connection: Connection, inbox: Table, cause_id: Column[Any]) -> list[str]:
    """But for what a timer decided and nobody was told."""
    of_log = or_(inbox.c.type != TIMER, inbox.c.event_id.in_(select(cause_id)))
    return sorted(map(repr, connection.execute(select(inbox).where(of_log))))


def _query(table: Table) -> Any:
    query = select(*_shared(table))
    return query.where(table.c.id == REHEARSAL_ROW) if table.name == "clock" else query


def _shared(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name not in LOCAL.get(table.name, ())]
