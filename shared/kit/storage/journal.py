"""The tables each service has beside its own: what it heard and said, what waits, the time, who acts."""

from dataclasses import dataclass
from functools import partial

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    update,
)
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.contract.subjects import STATUS_STREAM
from shared.kit.people.register import CountedAct, Proposal, Standing
from shared.kit.storage.columns import InstantColumn, JsonColumn
from shared.kit.storage.state_tables import StateTable, index_where, table_of

# Literal: beside a bound value the databases would not know that a partial index holds all of these rows.
IS_STATUS = f"stream = '{STATUS_STREAM}'"

PEOPLE_CHARACTERS_MAX = {
    "act": 120,
    "by": 64,
    "digest": 64,
    "event_id": 80,
    "person_id": 64,
    "public_key": 44,
}


@dataclass(frozen=True, slots=True)
class Journal:
    """`inbox` has one row for each event heard, with what was decided and why: it is the audit trail.

    `changed` tells whether a state or a fact came of it.

    `outbox` has one row for each fact said; `sequence` is its place in its stream, empty while it is not
    confirmed. `waiting` holds events that came before the one they build on. `clock` is the rehearsal's time,
    beside a row that readiness writes and one that an erasure leaves until its traces are gone.
    `state_tables` are the platform's people and the act ids that counted. `reference` are tables of what was
    imported: no event tells it.
    """

    inbox: Table
    outbox: Table
    waiting: Table
    clock: Table
    state_tables: tuple[StateTable, ...]
    says_statuses: bool = False
    reference: tuple[Table, ...] = ()


def journal_tables(
    metadata: MetaData, says_statuses: bool = False, reference: tuple[Table, ...] = ()
) -> Journal:
    """A service that `says_statuses` looks for the latest of a dossier often: it pays for an index."""
    inbox = Table(
        "inbox",
        metadata,
        Column("event_id", String(80), primary_key=True),
        Column("consumer", String(60), nullable=False),
        Column("type", String(80), nullable=False),
        Column("dossier", String(64), nullable=False, index=True),
        Column("sequence", BigInteger, nullable=False),
        Column("decided_at", InstantColumn, nullable=False),
        Column("result", String(40), nullable=False),
        Column("reasons", JsonColumn),
        Column("changed", Boolean, nullable=False),
    )
    outbox = Table(
        "outbox",
        metadata,
        Column(
            "id",
            BigInteger().with_variant(Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        Column("event_id", String(80), nullable=False),
        Column("cause_id", String(80), nullable=False),
        Column("correlation_id", String(80), nullable=False),
        Column("traceparent", String(60)),
        Column("stream", String(40), nullable=False),
        Column("subject", String(200), nullable=False),
        Column("time", InstantColumn, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("sequence", BigInteger),
    )
    # Partial: of millions of facts said, the few that are pending are all that is ever looked for.
    index_where("sequence IS NULL", "ix_outbox_pending", outbox.c.id)
    if says_statuses:
        index_where(IS_STATUS, "ix_outbox_status", outbox.c.subject, outbox.c.id)
    waiting = Table(
        "waiting",
        metadata,
        Column("event_id", String(80), primary_key=True),
        Column("waits_for", String(64), nullable=False, index=True),
        Column("consumer", String(60), nullable=False),
        Column("stream", String(40), nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("stamped_ns", BigInteger, nullable=False),
        Column("subject", String(200), nullable=False),
        Column("headers", JsonColumn, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("since", InstantColumn, nullable=False),
    )
    clock = Table(
        "clock",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("now", InstantColumn, nullable=False),
        Column("note", Text),
    )
    return Journal(
        inbox, outbox, waiting, clock, _people_tables(metadata), says_statuses, reference
    )


def _people_tables(metadata: MetaData) -> tuple[StateTable, ...]:
    class PeopleTable(SQLModel, registry=registry(metadata=metadata)):
        """The base of these tables: they stand beside those of the service."""

    table = partial(table_of, PeopleTable, PEOPLE_CHARACTERS_MAX)
    return (
        table(Standing, "people", key=("person_id", "since_ns"), dossier="person_id"),
        table(Proposal, "people_proposals"),
        table(CountedAct, "counted_acts", contested=True),
    )


def note_said_again(engine: Engine, journal: Journal, row_id: int, place: int) -> None:
    """Notes the new place of a fact the log had lost, published again at an operator's word."""
    its_row = journal.outbox.c.id == row_id
    with engine.begin() as connection:
        connection.execute(update(journal.outbox).where(its_row).values(sequence=place))
