"""The first schema of intake."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_clock()
    create_contests()
    create_dossiers()
    create_inbox()
    create_outbox()
    create_earlier_versions()
    create_refusals()
    create_examinations()
    create_reviewers_of_files()
    create_readings()
    create_project_claims()
    create_people()
    create_waiting()
    create_waves()


def create_clock() -> None:
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("now", sa.String(length=27), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )


def create_contests() -> None:
    op.create_table(
        "contests",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("front_end", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("against", sa.String(length=36), nullable=False),
        sa.Column("received_at", sa.String(length=27), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("content_sequence", sa.BigInteger(), nullable=False),
        sa.Column("receipt_code", sa.String(length=10), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_contests")),
    )
    op.create_index(op.f("ix_contests_state"), "contests", ["state"], unique=False)


def create_dossiers() -> None:
    op.create_table(
        "dossiers",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("front_end", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("receipt_number", sa.String(length=35), nullable=False),
        sa.Column("receipt_place", sa.String(length=24), nullable=False),
        sa.Column("receipt_sequence", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.String(length=27), nullable=False),
        sa.Column("content_sequence", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("project_key", sa.String(length=60), nullable=False),
        sa.Column("public_key", sa.String(length=44), nullable=True),
        sa.Column("outcome", sa.String(length=30), nullable=True),
        sa.Column("since", sa.String(length=27), nullable=True),
        sa.Column("tranches", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_dossiers")),
    )
    op.create_index(op.f("ix_dossiers_wave"), "dossiers", ["wave"], unique=False)


def create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("consumer", sa.String(length=60), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("dossier", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.String(length=27), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=True),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_dossier"), "inbox", ["dossier"], unique=False)


def create_earlier_versions() -> None:
    op.create_table(
        "earlier_versions",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replaced_at", sa.String(length=27), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", "version", name=op.f("pk_earlier_versions")),
    )


def create_refusals() -> None:
    op.create_table(
        "refusals",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_refusals")),
    )


def create_examinations() -> None:
    op.create_table(
        "examinations",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("submission", sa.String(length=80), nullable=False),
        sa.Column("front_end", sa.String(length=20), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", "submission", name=op.f("pk_examinations")),
    )


def create_reviewers_of_files() -> None:
    op.create_table(
        "reviewers_of_files",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("reviewer_id", sa.String(length=64), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "candidature_id", "reviewer_id", name=op.f("pk_reviewers_of_files")
        ),
    )


def create_readings() -> None:
    op.create_table(
        "readings",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("reading_id", sa.String(length=80), nullable=False),
        sa.Column("reader_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("read_at", sa.String(length=27), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("candidature_id", "reading_id", name=op.f("pk_readings")),
    )


def create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("cause_id", sa.String(length=80), nullable=False),
        sa.Column("correlation_id", sa.String(length=80), nullable=False),
        sa.Column("traceparent", sa.String(length=60), nullable=True),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("time", sa.String(length=27), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("sequence IS NULL"),
        postgresql_where=sa.text("sequence IS NULL"),
    )


def create_project_claims() -> None:
    op.create_table(
        "project_claims",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("receipt_number", sa.String(length=35), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_project_claims")),
    )


def create_people() -> None:
    op.create_table(
        "people",
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("since_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("public_key", sa.String(length=44), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "since_ns", name=op.f("pk_people")),
    )
    op.create_table(
        "people_proposals",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("stamped_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_people_proposals")),
    )
    op.create_table(
        "counted_acts",
        sa.Column("act", sa.String(length=120), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("act", name=op.f("pk_counted_acts")),
    )


def create_waiting() -> None:
    op.create_table(
        "waiting",
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("waits_for", sa.String(length=64), nullable=False),
        sa.Column("consumer", sa.String(length=60), nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("stamped_ns", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_waiting")),
    )
    op.create_index(op.f("ix_waiting_waits_for"), "waiting", ["waits_for"], unique=False)


def create_waves() -> None:
    op.create_table(
        "waves",
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("registered", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("reopenings", sa.Integer(), nullable=False),
        sa.Column("reopening", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("wave", name=op.f("pk_waves")),
    )
