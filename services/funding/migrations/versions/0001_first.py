"""The first schema of funding: the journal, the selection, the grants."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_appeals()
    create_clock()
    create_entries()
    create_fund()
    create_grants()
    create_inbox()
    create_outbox()
    create_readings()
    create_remarks()
    create_takeovers()
    create_rankings()
    create_turns()
    create_people()
    create_waiting()
    create_waves()


def create_appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("filed_at", sa.String(length=27), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", "sequence", name=op.f("pk_appeals")),
    )


def create_clock() -> None:
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("now", sa.String(length=27), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )


def create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("receipt_number", sa.String(length=35), nullable=False),
        sa.Column("receipt_sequence", sa.BigInteger(), nullable=False),
        sa.Column("file_version", sa.Integer(), nullable=False),
        sa.Column("legal_name", sa.String(), nullable=False),
        sa.Column("siret", sa.String(length=14), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("requested_cents", sa.Text(), nullable=False),
        sa.Column("public_key", sa.String(length=44), nullable=True),
        sa.Column("front_end", sa.String(length=20), nullable=False),
        sa.Column("eligibility_revision", sa.Integer(), nullable=False),
        sa.Column("zones", sa.Text(), nullable=False),
        sa.Column("eligible", sa.Boolean(), nullable=True),
        sa.Column("ineligible_because", sa.Text(), nullable=False),
        sa.Column("score_revision", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("criteria", sa.Text(), nullable=True),
        sa.Column("grid", sa.String(length=200), nullable=False),
        sa.Column("reviews", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_entries")),
    )
    op.create_index(op.f("ix_entries_wave"), "entries", ["wave"], unique=False)


def create_fund() -> None:
    op.create_table(
        "fund",
        sa.Column("id", sa.String(length=10), nullable=False),
        sa.Column("envelope_cents", sa.BigInteger(), nullable=False),
        sa.Column("committed_cents", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "committed_cents >= 0 AND committed_cents <= envelope_cents",
            name=op.f("ck_fund_within_envelope"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund")),
    )


def create_grants() -> None:
    op.create_table(
        "grants",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("receipt_number", sa.String(length=35), nullable=False),
        sa.Column("legal_name", sa.String(), nullable=False),
        sa.Column("siret", sa.String(length=14), nullable=False),
        sa.Column("zone", sa.String(length=20), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("awarded_cents", sa.Text(), nullable=False),
        sa.Column("promoted", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("awarded_at", sa.String(length=27), nullable=False),
        sa.Column("agreed_at", sa.String(length=27), nullable=True),
        sa.Column("suspended_since", sa.String(length=27), nullable=True),
        sa.Column("public_key", sa.String(length=44), nullable=True),
        sa.Column("front_end", sa.String(length=20), nullable=False),
        sa.Column("recovered_cents", sa.BigInteger(), nullable=False),
        sa.Column("holds_place", sa.Boolean(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_grants")),
        sa.UniqueConstraint("receipt_number", name=op.f("uq_grants_receipt_number")),
    )
    op.create_index(op.f("ix_grants_wave"), "grants", ["wave"], unique=False)


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


def create_remarks() -> None:
    op.create_table(
        "remarks",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("strengths", sa.Text(), nullable=False),
        sa.Column("weaknesses", sa.Text(), nullable=False),
        sa.Column("moderated_by", sa.String(length=64), nullable=False),
        sa.Column("moderated_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_remarks")),
    )
    op.create_index(op.f("ix_remarks_wave"), "remarks", ["wave"], unique=False)


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


def create_rankings() -> None:
    op.create_table(
        "rankings",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("tie_break", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("zone", sa.String(length=20), nullable=True),
        sa.Column("awarded_cents", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("receipt_sequence", sa.BigInteger(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.Column("zones", sa.Text(), nullable=False),
        sa.Column("requested_cents", sa.Text(), nullable=False),
        sa.Column("reviews", sa.Text(), nullable=False),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_rankings")),
    )
    op.create_index("ix_rankings_place", "rankings", ["wave", "proposal", "rank"], unique=False)


def create_takeovers() -> None:
    op.create_table(
        "takeovers",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("receipt_number", sa.String(length=35), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("said_at", sa.String(length=27), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_takeovers")),
    )


def create_turns() -> None:
    op.create_table(
        "turns",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("cause_id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("before", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("zone", sa.String(length=20), nullable=True),
        sa.Column("awarded_cents", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=True),
        sa.Column("stamped_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", "cause_id", name=op.f("pk_turns")),
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
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("registered", sa.Integer(), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("ready", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("inputs_digest", sa.String(length=64), nullable=False),
        sa.Column("policy_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("quotas_left", sa.Text(), nullable=True),
        sa.Column("envelope_left_cents", sa.BigInteger(), nullable=False),
        sa.Column("approvals", sa.Text(), nullable=False),
        sa.Column("published_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("wave", name=op.f("pk_waves")),
    )
