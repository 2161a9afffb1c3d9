"""The first schema of eligibility."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_clock()
    create_draws()
    create_files()
    create_inbox()
    create_outbox()
    create_moderations()
    create_readings()
    create_review_rounds()
    create_reviewers()
    create_reviewer_news()
    create_reviews()
    create_territory_dataset()
    create_people()
    create_waiting()
    create_territory_commune()
    create_territory_perimeter()


def create_clock() -> None:
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("now", sa.String(length=27), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )


def create_draws() -> None:
    op.create_table(
        "draws",
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("cause_id", sa.String(length=80), nullable=False),
        sa.Column("drawn_at", sa.String(length=27), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("reviewers", sa.Text(), nullable=False),
        sa.Column("loads", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("wave", "cause_id", name=op.f("pk_draws")),
    )


def create_files() -> None:
    op.create_table(
        "files",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("siret", sa.String(length=14), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("declared_qpv", sa.String(length=8), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("zones", sa.Text(), nullable=False),
        sa.Column("declared_zones", sa.Text(), nullable=False),
        sa.Column("decided", sa.Text(), nullable=True),
        sa.Column("score_revision", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_files")),
    )
    op.create_index(op.f("ix_files_wave"), "files", ["wave"], unique=False)


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


def create_moderations() -> None:
    op.create_table(
        "moderations",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("moderated_by", sa.String(length=64), nullable=False),
        sa.Column("moderated_at", sa.String(length=27), nullable=False),
        sa.Column("score_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_moderations")),
    )
    op.create_index(op.f("ix_moderations_wave"), "moderations", ["wave"], unique=False)


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


def create_reviewer_news() -> None:
    op.create_table(
        "reviewer_news",
        sa.Column("reviewer_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("released", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("reviewer_id", "day", name=op.f("pk_reviewer_news")),
    )
    op.create_index(
        "ix_reviewer_news_untold",
        "reviewer_news",
        ["day"],
        unique=False,
        sqlite_where=sa.text("told IS FALSE"),
        postgresql_where=sa.text("told IS FALSE"),
    )


def create_review_rounds() -> None:
    op.create_table(
        "review_rounds",
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("closed_at", sa.String(length=27), nullable=True),
        sa.Column("published_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("wave", name=op.f("pk_review_rounds")),
    )


def create_reviewers() -> None:
    op.create_table(
        "reviewers",
        sa.Column("reviewer_id", sa.String(length=64), nullable=False),
        sa.Column("department", sa.String(length=3), nullable=True),
        sa.Column("ties", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("reviewer_id", name=op.f("pk_reviewers")),
    )


def create_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("reviewer_id", sa.String(length=64), nullable=False),
        sa.Column("assigned_at", sa.String(length=27), nullable=False),
        sa.Column("assigned_by", sa.String(length=64), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("remind_on", sa.Date(), nullable=True),
        sa.Column("recused", sa.Boolean(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=True),
        sa.Column("grid", sa.String(length=200), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("history", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", "reviewer_id", name=op.f("pk_reviews")),
    )
    op.create_index(
        "ix_reviews_remind_on",
        "reviews",
        ["remind_on"],
        unique=False,
        sqlite_where=sa.text("remind_on IS NOT NULL"),
        postgresql_where=sa.text("remind_on IS NOT NULL"),
    )
    op.create_index(op.f("ix_reviews_reviewer_id"), "reviews", ["reviewer_id"], unique=False)


def create_territory_dataset() -> None:
    op.create_table(
        "territory_dataset",
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("generation", sa.String(length=4), nullable=False),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("dated", sa.String(length=10), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("valid_to", sa.String(length=10), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("repaired_count", sa.Integer(), nullable=False),
        sa.Column("coverage", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("imported_at", sa.String(length=40), nullable=False),
        sa.Column("retired_at", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_territory_dataset")),
        sa.UniqueConstraint("id", name=op.f("uq_territory_dataset_id")),
    )
    op.create_index(op.f("ix_territory_dataset_kind"), "territory_dataset", ["kind"], unique=False)


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


def create_territory_commune() -> None:
    op.create_table(
        "territory_commune",
        sa.Column("dataset_serial", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("codes", sa.String(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dataset_serial"],
            ["territory_dataset.serial"],
            name=op.f("fk_territory_commune_dataset_serial"),
        ),
        sa.PrimaryKeyConstraint("dataset_serial", "code", name=op.f("pk_territory_commune")),
    )


def create_territory_perimeter() -> None:
    op.create_table(
        "territory_perimeter",
        sa.Column("dataset_serial", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("department", sa.String(length=3), nullable=False),
        sa.Column("communes", sa.String(), nullable=False),
        sa.Column("wkb", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_serial"],
            ["territory_dataset.serial"],
            name=op.f("fk_territory_perimeter_dataset_serial"),
        ),
        sa.PrimaryKeyConstraint("dataset_serial", "code", name=op.f("pk_territory_perimeter")),
    )
