"""The tables of funding: nobody else reads or writes them. Constraints are the last belt of money's rules."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from services.funding.domain.states import (
    Account,
    Amendment,
    Anomaly,
    Appeal,
    BankLine,
    Declaration,
    Entry,
    Fund,
    Grant,
    Movement,
    Order,
    Ranking,
    Recovery,
    Report,
    Run,
    StateAid,
    Tranche,
    Turn,
    WaveState,
)
from shared.kit.storage.columns import InstantColumn, JsonColumn
from shared.kit.storage.database import service_registry
from shared.kit.storage.journal import journal_tables
from shared.kit.storage.states import by_kind, state_table

LIVE_ORDER = text("state NOT IN ('rejected', 'returned', 'cancelled')")
ONCE_AN_ORDER = ("order", "settle", "return")


def _once(kind: str) -> Index:
    only = text(f"kind = '{kind}'")
    return Index(f"uq_movements_{kind}", "order_id", unique=True, sqlite_where=only, postgresql_where=only)


class FundingTable(SQLModel, registry=service_registry()):
    """The base of this service's tables: they share one metadata, apart from the other services'."""


class EntryRow(FundingTable, table=True):
    __tablename__ = "entries"

    candidature_id: str = Field(primary_key=True, max_length=36)
    wave: str = Field(max_length=20, index=True)
    receipt_number: str = Field(max_length=35)
    receipt_sequence: int = Field(sa_type=BigInteger)
    file_version: int
    legal_name: str
    siret: str = Field(max_length=14)
    commune_code: str = Field(max_length=5)
    requested_cents: Any = Field(sa_type=JsonColumn)
    public_key: str | None = Field(default=None, max_length=44)
    front_end: str = Field(max_length=20)
    eligibility_revision: int
    zones: Any = Field(sa_type=JsonColumn)
    eligible: bool | None = None
    ineligible_because: Any = Field(sa_type=JsonColumn)
    score_revision: int
    score: int | None = None
    criteria: Any = Field(default=None, sa_type=JsonColumn, nullable=True)
    grid: str = Field(max_length=200)
    reviews: Any = Field(sa_type=JsonColumn)
    withdrawn: bool


class WaveStateRow(FundingTable, table=True):
    __tablename__ = "waves"

    wave: str = Field(primary_key=True, max_length=20)
    state: str = Field(max_length=20)
    registered: int | None = None
    entries: int
    ready: int
    proposal: int
    inputs_digest: str = Field(max_length=64)
    policy_digest: str = Field(max_length=64)
    digest: str = Field(max_length=64)
    policy: Any = Field(default=None, sa_type=JsonColumn, nullable=True)
    quotas_left: Any = Field(default=None, sa_type=JsonColumn, nullable=True)
    envelope_left_cents: int = Field(sa_type=BigInteger)
    approvals: Any = Field(sa_type=JsonColumn)
    published_at: datetime | None = Field(default=None, sa_type=InstantColumn)


class RankingRow(FundingTable, table=True):
    __tablename__ = "rankings"
    __table_args__ = (Index("ix_rankings_place", "wave", "proposal", "rank"),)

    candidature_id: str = Field(primary_key=True, max_length=36)
    wave: str = Field(max_length=20)
    proposal: int
    rank: int
    score: int
    tie_break: Any = Field(sa_type=JsonColumn)
    outcome: str = Field(max_length=20)
    zone: str | None = Field(default=None, max_length=20)
    awarded_cents: Any = Field(sa_type=JsonColumn)
    reasons: Any = Field(sa_type=JsonColumn)
    receipt_sequence: int = Field(sa_type=BigInteger)
    criteria: Any = Field(sa_type=JsonColumn)
    zones: Any = Field(sa_type=JsonColumn)
    requested_cents: Any = Field(sa_type=JsonColumn)
    reviews: Any = Field(sa_type=JsonColumn)
    standing: str = Field(max_length=20)


class TurnRow(FundingTable, table=True):
    """What became of published outcomes. Rows are only ever added."""

    __tablename__ = "turns"

    candidature_id: str = Field(primary_key=True, max_length=36)
    cause_id: str = Field(primary_key=True, max_length=80)
    at: datetime = Field(sa_type=InstantColumn)
    kind: str = Field(max_length=20)
    before: str = Field(max_length=20)
    outcome: str = Field(max_length=20)
    zone: str | None = Field(default=None, max_length=20)
    awarded_cents: Any = Field(sa_type=JsonColumn)
    reasons: Any = Field(sa_type=JsonColumn)
    by: str | None = Field(default=None, max_length=64)


class FundRow(FundingTable, table=True):
    """One row. What is committed can never be more than the envelope, whatever the code believes."""

    __tablename__ = "fund"
    __table_args__ = (
        CheckConstraint("committed_cents >= 0 AND committed_cents <= envelope_cents", name="within_envelope"),
    )

    id: str = Field(primary_key=True, max_length=10)
    envelope_cents: int = Field(sa_type=BigInteger)
    committed_cents: int = Field(sa_type=BigInteger)
    places: Any = Field(sa_type=JsonColumn)


class GrantRow(FundingTable, table=True):
    __tablename__ = "grants"

    candidature_id: str = Field(primary_key=True, max_length=36)
    wave: str = Field(max_length=20, index=True)
    receipt_number: str = Field(max_length=35, unique=True)
    legal_name: str
    siret: str = Field(max_length=14)
    zone: str = Field(max_length=20)
    rank: int
    awarded_cents: Any = Field(sa_type=JsonColumn)
    promoted: bool
    state: str = Field(max_length=20)
    awarded_at: datetime = Field(sa_type=InstantColumn)
    agreed_at: datetime | None = Field(default=None, sa_type=InstantColumn)
    suspended_since: datetime | None = Field(default=None, sa_type=InstantColumn)
    public_key: str | None = Field(default=None, max_length=44)
    front_end: str = Field(max_length=20)
    recovered_cents: int = Field(sa_type=BigInteger)
    holds_place: bool


class AccountRow(FundingTable, table=True):
    """`secret` is AES-256-GCM: the account opens only here, in this row and column."""

    __tablename__ = "accounts"

    candidature_id: str = Field(primary_key=True, max_length=36)
    fingerprint: str = Field(primary_key=True, max_length=16)
    secret: bytes
    sequence: int = Field(sa_type=BigInteger)
    provided_at: datetime = Field(sa_type=InstantColumn)
    verified_at: datetime | None = Field(default=None, sa_type=InstantColumn)
    verified_by: str | None = Field(default=None, max_length=64)
    replaces: bool
    confirmed_at: datetime | None = Field(default=None, sa_type=InstantColumn)
    confirmed_by: str | None = Field(default=None, max_length=64)


class ReportRow(FundingTable, table=True):
    __tablename__ = "reports"

    candidature_id: str = Field(primary_key=True, max_length=36)
    year: int = Field(primary_key=True)
    state: str = Field(max_length=20)
    sequence: int = Field(sa_type=BigInteger)
    planned_cents: int = Field(sa_type=BigInteger)
    spent_cents: int = Field(sa_type=BigInteger)
    submitted_at: datetime = Field(sa_type=InstantColumn)
    decided_by: str | None = Field(default=None, max_length=64)
    version: int
    activity: str
    lines: Any = Field(sa_type=JsonColumn)
    returned_because: str


class TrancheRow(FundingTable, table=True):
    __tablename__ = "tranches"
    __table_args__ = (
        Index("ix_tranches_due", "state", "due_on", "tranche_id"),
        Index(
            "ix_tranches_retry",
            "retry_after",
            sqlite_where=text("retry_after IS NOT NULL"),
            postgresql_where=text("retry_after IS NOT NULL"),
        ),
    )

    tranche_id: str = Field(primary_key=True, max_length=39)
    candidature_id: str = Field(max_length=36, index=True)
    number: int
    due_on: date
    amount_cents: int = Field(sa_type=BigInteger)
    state: str = Field(max_length=20)
    since: datetime = Field(sa_type=InstantColumn)
    attempt: int
    gates: Any = Field(sa_type=JsonColumn)
    retry_after: datetime | None = Field(default=None, sa_type=InstantColumn)
    offset_cents: int = Field(sa_type=BigInteger)


class OrderRow(FundingTable, table=True):
    """At most one order of a tranche is neither rejected, given back nor cancelled."""

    __tablename__ = "orders"
    __table_args__ = (
        Index(
            "uq_orders_live", "tranche_id", unique=True, sqlite_where=LIVE_ORDER, postgresql_where=LIVE_ORDER
        ),
        Index("ix_orders_waiting", "state", "run_id"),
        Index("ix_orders_run", "run_id", "order_id"),
    )

    order_id: str = Field(primary_key=True, max_length=35)
    tranche_id: str = Field(max_length=39, index=True)
    candidature_id: str = Field(max_length=36, index=True)
    amount_cents: int = Field(sa_type=BigInteger)
    fingerprint: str = Field(max_length=16)
    state: str = Field(max_length=20)
    ordered_at: datetime = Field(sa_type=InstantColumn)
    run_id: str | None = Field(default=None, max_length=64)
    bank_reference: str | None = None
    reason_code: str | None = Field(default=None, max_length=10)


class RunRow(FundingTable, table=True):
    __tablename__ = "runs"

    run_id: str = Field(primary_key=True, max_length=64)
    state: str = Field(max_length=20)
    orders: int
    total_cents: int = Field(sa_type=BigInteger)
    approvals: Any = Field(sa_type=JsonColumn)
    opened_at: datetime = Field(sa_type=InstantColumn)
    files: Any = Field(sa_type=JsonColumn)


class AnomalyRow(FundingTable, table=True):
    __tablename__ = "anomalies"

    statement_id: str = Field(primary_key=True, max_length=64)
    part: int = Field(primary_key=True)
    line: int = Field(primary_key=True)
    end_to_end_id: str = Field(max_length=35)
    kind: str = Field(max_length=40)
    amount_cents: int = Field(sa_type=BigInteger)
    detail: str
    examined_by: str | None = Field(default=None, max_length=64)
    examined_because: str


class BankLineRow(FundingTable, table=True):
    """Each kind of message says once that an order is settled, and once that it came back."""

    __tablename__ = "bank_lines"
    __table_args__ = (Index("ix_bank_lines_place", "statement_id", "part", "line"),)

    order_id: str = Field(primary_key=True, max_length=35)
    status: str = Field(primary_key=True, max_length=20)
    kind: str = Field(primary_key=True, max_length=8)
    statement_id: str = Field(max_length=64)
    part: int
    line: int
    amount_cents: int = Field(sa_type=BigInteger)
    bank_reference: str
    booked_on: date | None = None


class DeclarationRow(FundingTable, table=True):
    """The bank's letter on an order, as two officers declared it."""

    __tablename__ = "declarations"

    order_id: str = Field(primary_key=True, max_length=35)
    fate: str = Field(max_length=4)
    reference: str
    words: Any = Field(sa_type=JsonColumn)


class MovementRow(FundingTable, table=True):
    """The ledger. An order is made, settled and given back once: the database itself refuses a second time.

    The migration adds triggers: no line is changed or deleted, no account but the envelope's goes below zero,
    and no tranche is paid above its amount.
    """

    __tablename__ = "movements"
    __table_args__ = (*map(_once, ONCE_AN_ORDER), CheckConstraint("amount_cents > 0", name="positive"))

    cause_id: str = Field(primary_key=True, max_length=80)
    line: int = Field(primary_key=True)
    at: datetime = Field(sa_type=InstantColumn)
    candidature_id: str = Field(max_length=36, index=True)
    tranche_id: str | None = Field(default=None, max_length=39)
    kind: str = Field(max_length=20)
    debit: str = Field(max_length=40)
    credit: str = Field(max_length=40)
    amount_cents: int = Field(sa_type=BigInteger)
    order_id: str | None = Field(default=None, max_length=35)


class RecoveryRow(FundingTable, table=True):
    __tablename__ = "recoveries"

    candidature_id: str = Field(primary_key=True, max_length=36)
    number: int = Field(primary_key=True)
    state: str = Field(max_length=20)
    amount_cents: int = Field(sa_type=BigInteger)
    answer_by: date
    intended_at: datetime | None = Field(default=None, sa_type=InstantColumn)
    answered_at: datetime | None = Field(default=None, sa_type=InstantColumn)
    recovered_cents: int = Field(sa_type=BigInteger)
    offset_cents: int = Field(sa_type=BigInteger)
    waived_cents: int = Field(sa_type=BigInteger)


class AmendmentRow(FundingTable, table=True):
    __tablename__ = "amendments"

    candidature_id: str = Field(primary_key=True, max_length=36)
    number: int = Field(primary_key=True)
    kind: str = Field(max_length=20)
    at: datetime = Field(sa_type=InstantColumn)
    officer: str = Field(max_length=64)
    reason: str
    due_before: Any = Field(sa_type=JsonColumn)
    cents_before: Any = Field(sa_type=JsonColumn)


class StateAidRow(FundingTable, table=True):
    __tablename__ = "state_aids"

    candidature_id: str = Field(primary_key=True, max_length=36)
    sequence: int = Field(sa_type=BigInteger)
    declared_at: datetime = Field(sa_type=InstantColumn)
    aids: Any = Field(sa_type=JsonColumn)
    allowed: bool | None = None
    regime: str = Field(max_length=60)
    decided_by: str | None = Field(default=None, max_length=64)


class AppealRow(FundingTable, table=True):
    __tablename__ = "appeals"

    candidature_id: str = Field(primary_key=True, max_length=36)
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    filed_at: datetime = Field(sa_type=InstantColumn)
    state: str = Field(max_length=20)


STATE_TABLES = by_kind(
    state_table(Entry, EntryRow),
    state_table(WaveState, WaveStateRow),
    state_table(Ranking, RankingRow),
    state_table(Turn, TurnRow),
    state_table(Fund, FundRow),
    state_table(Grant, GrantRow),
    state_table(Account, AccountRow),
    state_table(Report, ReportRow),
    state_table(Tranche, TrancheRow),
    state_table(Order, OrderRow),
    state_table(Run, RunRow),
    state_table(Anomaly, AnomalyRow),
    state_table(BankLine, BankLineRow),
    state_table(Declaration, DeclarationRow),
    state_table(Amendment, AmendmentRow),
    state_table(StateAid, StateAidRow),
    state_table(Movement, MovementRow),
    state_table(Recovery, RecoveryRow),
    state_table(Appeal, AppealRow),
)
JOURNAL = journal_tables(FundingTable.metadata)
METADATA = FundingTable.metadata
