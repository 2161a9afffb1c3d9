"""The tables of the money: tranches, orders, runs, the ledger, what the bank said."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create_accounts()
    create_amendments()
    create_anomalies()
    create_bank_lines()
    create_declarations()
    create_movements()
    create_orders()
    create_recoveries()
    create_reports()
    create_runs()
    create_state_aids()
    create_tranches()


def create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("provided_at", sa.String(length=27), nullable=False),
        sa.Column("verified_at", sa.String(length=27), nullable=True),
        sa.Column("verified_by", sa.String(length=64), nullable=True),
        sa.Column("replaces", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", sa.String(length=27), nullable=True),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("candidature_id", "fingerprint", name=op.f("pk_accounts")),
    )


def create_amendments() -> None:
    op.create_table(
        "amendments",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("due_before", sa.Text(), nullable=False),
        sa.Column("cents_before", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", "number", name=op.f("pk_amendments")),
    )


def create_anomalies() -> None:
    op.create_table(
        "anomalies",
        sa.Column("statement_id", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("end_to_end_id", sa.String(length=35), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("examined_by", sa.String(length=64), nullable=True),
        sa.Column("examined_because", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("statement_id", "part", "line", name=op.f("pk_anomalies")),
    )


def create_bank_lines() -> None:
    op.create_table(
        "bank_lines",
        sa.Column("order_id", sa.String(length=35), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("statement_id", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.String(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("order_id", "status", "kind", name=op.f("pk_bank_lines")),
    )
    op.create_index(
        "ix_bank_lines_place", "bank_lines", ["statement_id", "part", "line"], unique=False
    )


def create_declarations() -> None:
    op.create_table(
        "declarations",
        sa.Column("order_id", sa.String(length=35), nullable=False),
        sa.Column("fate", sa.String(length=4), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("order_state", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_declarations")),
    )


def create_movements() -> None:
    op.create_table(
        "movements",
        sa.Column("cause_id", sa.String(length=80), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("tranche_id", sa.String(length=39), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("debit", sa.String(length=40), nullable=False),
        sa.Column("credit", sa.String(length=40), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.String(length=35), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_movements_positive")),
        sa.PrimaryKeyConstraint("cause_id", "line", name=op.f("pk_movements")),
    )
    op.create_index(
        op.f("ix_movements_candidature_id"), "movements", ["candidature_id"], unique=False
    )
    op.create_index(
        "uq_movements_order",
        "movements",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'order'"),
        postgresql_where=sa.text("kind = 'order'"),
    )
    op.create_index(
        "uq_movements_return",
        "movements",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'return'"),
        postgresql_where=sa.text("kind = 'return'"),
    )
    op.create_index(
        "uq_movements_settle",
        "movements",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'settle'"),
        postgresql_where=sa.text("kind = 'settle'"),
    )


def create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("order_id", sa.String(length=35), nullable=False),
        sa.Column("tranche_id", sa.String(length=39), nullable=False),
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("ordered_at", sa.String(length=27), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=True),
        sa.Column("bank_reference", sa.String(), nullable=True),
        sa.Column("reason_code", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_candidature_id"), "orders", ["candidature_id"], unique=False)
    op.create_index("ix_orders_run", "orders", ["run_id", "order_id"], unique=False)
    op.create_index(op.f("ix_orders_tranche_id"), "orders", ["tranche_id"], unique=False)
    op.create_index("ix_orders_waiting", "orders", ["state", "run_id"], unique=False)
    op.create_index(
        "uq_orders_live",
        "orders",
        ["tranche_id"],
        unique=True,
        sqlite_where=sa.text("state NOT IN ('rejected', 'returned', 'cancelled')"),
        postgresql_where=sa.text("state NOT IN ('rejected', 'returned', 'cancelled')"),
    )


def create_recoveries() -> None:
    op.create_table(
        "recoveries",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.String(length=27), nullable=True),
        sa.Column("recovered_cents", sa.BigInteger(), nullable=False),
        sa.Column("offset_cents", sa.BigInteger(), nullable=False),
        sa.Column("waived_cents", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("candidature_id", "number", name=op.f("pk_recoveries")),
    )


def create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("planned_cents", sa.BigInteger(), nullable=False),
        sa.Column("spent_cents", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.String(length=27), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("activity", sa.String(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("returned_because", sa.String(), nullable=False),
        sa.Column("indicators", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", "year", name=op.f("pk_reports")),
    )
    op.create_table(
        "report_reminders",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("days_left", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", "year", name=op.f("pk_report_reminders")),
    )


def create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("approvals", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.String(length=27), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
    )


def create_state_aids() -> None:
    op.create_table(
        "state_aids",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("declared_at", sa.String(length=27), nullable=False),
        sa.Column("aids", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=True),
        sa.Column("regime", sa.String(length=60), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_state_aids")),
    )


def create_tranches() -> None:
    op.create_table(
        "tranches",
        sa.Column("tranche_id", sa.String(length=39), nullable=False),
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("gates", sa.Text(), nullable=False),
        sa.Column("retry_after", sa.String(length=27), nullable=True),
        sa.Column("offset_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tranche_id", name=op.f("pk_tranches")),
    )
    op.create_index(
        op.f("ix_tranches_candidature_id"), "tranches", ["candidature_id"], unique=False
    )
    op.create_index("ix_tranches_due", "tranches", ["state", "due_on", "tranche_id"], unique=False)
    op.create_index(
        "ix_tranches_retry",
        "tranches",
        ["retry_after"],
        unique=False,
        sqlite_where=sa.text("retry_after IS NOT NULL"),
        postgresql_where=sa.text("retry_after IS NOT NULL"),
    )
