"""The tables of funding: nobody else reads or writes them. Constraints are the last belt of money's rules.

Its migrations add triggers: no line of the ledger is changed or deleted, no account but the envelope's goes
below zero, and no tranche is paid above its amount.
"""

from functools import partial

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

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
    Remarks,
    Report,
    ReportReminder,
    Run,
    StateAid,
    Takeover,
    Tranche,
    Turn,
    WaveState,
)
from shared.kit.people.readings import Reading
from shared.kit.storage.database import service_registry
from shared.kit.storage.journal import journal_tables
from shared.kit.storage.state_tables import by_kind, index_where, table_of

CHARACTERS_MAX = {
    "anomalies.kind": 40,
    "bank_lines.kind": 8,
    "by": 64,
    "candidature_id": 36,
    "cause_id": 80,
    "commune_code": 5,
    "confirmed_by": 64,
    "credit": 40,
    "debit": 40,
    "decided_by": 64,
    "digest": 64,
    "end_to_end_id": 35,
    "examined_by": 64,
    "fate": 4,
    "fingerprint": 16,
    "front_end": 20,
    "grid": 200,
    "id": 10,
    "inputs_digest": 64,
    "moderated_by": 64,
    "officer": 64,
    "officer_id": 64,
    "order_id": 35,
    "policy_digest": 64,
    "public_key": 44,
    "reader_id": 64,
    "reading_id": 80,
    "readings.role": 20,
    "reason_code": 10,
    "receipt_number": 35,
    "regime": 60,
    "run_id": 64,
    "siret": 14,
    "statement_id": 64,
    "tranche_id": 39,
    "verified_by": 64,
    "wave": 20,
    "zone": 20,
}
WITHIN_ENVELOPE = "committed_cents >= 0 AND committed_cents <= envelope_cents"
LIVE_ORDER = "state NOT IN ('rejected', 'returned', 'cancelled')"
ONCE_AN_ORDER = ("order", "settle", "return")


class FundingTable(SQLModel, registry=service_registry()):
    """The base of this service's tables: they share one metadata, apart from the other services'."""


table = partial(table_of, FundingTable, CHARACTERS_MAX)

STATE_TABLES = by_kind(
    # The selection.
    table(Entry, "entries", index=("wave",), personal=("public_key",)),
    table(WaveState, "waves"),
    table(Ranking, "rankings", Index("ix_rankings_place", "wave", "proposal", "rank")),
    table(Turn, "turns", key=("candidature_id", "cause_id")),
    table(Takeover, "takeovers"),
    table(Remarks, "remarks", index=("wave",)),
    table(Appeal, "appeals", key=("candidature_id", "sequence"), personal=("grounds",)),
    # What is committed can never be more than the envelope, whatever the code believes.
    table(Fund, "fund", CheckConstraint(WITHIN_ENVELOPE, name="within_envelope")),
    # The life of a grant. An account's `secret` is AES-256-GCM: it opens only here, in its row and column.
    table(Grant, "grants", index=("wave",), unique=("receipt_number",), personal=("public_key",)),
    table(Account, "accounts", key=("candidature_id", "fingerprint"), personal=("secret",)),
    table(
        Report,
        "reports",
        key=("candidature_id", "year"),
        personal=("activity", "lines", "returned_because"),
    ),
    table(ReportReminder, "report_reminders", key=("candidature_id", "year")),
    table(Amendment, "amendments", key=("candidature_id", "number")),
    table(StateAid, "state_aids"),
    table(Reading, "readings", key=("candidature_id", "reading_id")),
    table(Recovery, "recoveries", key=("candidature_id", "number"), personal=("observations",)),
    table(
        Tranche,
        "tranches",
        Index("ix_tranches_due", "state", "due_on", "tranche_id"),
        index_where("retry_after IS NOT NULL", "ix_tranches_retry", "retry_after"),
        index=("candidature_id",),
    ),
    # At most one order of a tranche is neither rejected, given back nor cancelled.
    table(
        Order,
        "orders",
        index_where(LIVE_ORDER, "uq_orders_live", "tranche_id", unique=True),
        Index("ix_orders_waiting", "state", "run_id"),
        Index("ix_orders_run", "run_id", "order_id"),
        index=("tranche_id", "candidature_id"),
    ),
    table(Run, "runs"),
    table(Anomaly, "anomalies", key=("statement_id", "part", "line")),
    # Each kind of message says once that an order is settled, and once that it came back.
    table(
        BankLine,
        "bank_lines",
        Index("ix_bank_lines_place", "statement_id", "part", "line"),
        key=("order_id", "status", "kind"),
    ),
    table(Declaration, "declarations"),
    # The ledger. An order is made, settled and given back once: the database itself refuses a second time.
    table(
        Movement,
        "movements",
        CheckConstraint("amount_cents > 0", name="positive"),
        *(
            index_where(f"kind = '{kind}'", f"uq_movements_{kind}", "order_id", unique=True)
            for kind in ONCE_AN_ORDER
        ),
        key=("cause_id", "line"),
        index=("candidature_id",),
    ),
)
JOURNAL = journal_tables(FundingTable.metadata)
METADATA = FundingTable.metadata
