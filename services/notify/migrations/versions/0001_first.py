"""The first schema of notify."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_clock()
    create_commons()
    create_contacts()
    create_correspondents()
    create_documents()
    create_gatherings()
    create_mailboxes()
    create_members()
    create_inbox()
    create_notices()
    create_outbox()
    create_peers()
    create_stray_cards()
    create_support_plans()
    create_support_steps()
    create_team_days()
    create_people()
    create_waiting()
    create_wave_support()


def create_commons() -> None:
    op.create_table(
        "commons",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("common", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=400), nullable=False),
        sa.Column("licence", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=1000), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("said_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", "common", name=op.f("pk_commons")),
    )
    op.create_index(
        "ix_commons_proposed",
        "commons",
        ["said_at"],
        unique=False,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )


def create_clock() -> None:
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("now", sa.String(length=27), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )


def create_contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("heard_id", sa.String(length=80), nullable=False),
        sa.Column("sending_id", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("representative", sa.String(length=200), nullable=False),
        sa.Column("legal_name", sa.String(length=200), nullable=False),
        sa.Column("place_name", sa.String(length=200), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("accepted_id", sa.String(length=80), nullable=False),
        sa.Column("newer", sa.Text(), nullable=True),
        sa.Column("receipt_number", sa.String(length=35), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.Column("proven", sa.Text(), nullable=False),
        sa.Column("front_end", sa.String(length=20), nullable=False),
        sa.Column("siret", sa.String(length=14), nullable=False),
        sa.Column("public_key", sa.String(length=44), nullable=True),
        sa.Column("offers", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_contacts")),
    )


def create_correspondents() -> None:
    op.create_table(
        "correspondents",
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_correspondents")),
    )


def create_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=45), nullable=False),
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("template_version", sa.String(length=40), nullable=False),
        sa.Column("template_digest", sa.String(length=64), nullable=False),
        sa.Column("typesetter", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_documents")),
    )
    op.create_index(
        op.f("ix_documents_candidature_id"), "documents", ["candidature_id"], unique=False
    )


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


def create_mailboxes() -> None:
    op.create_table(
        "mailboxes",
        sa.Column("mailbox", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_mailboxes")),
    )


def create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=20), nullable=False),
        sa.Column("cause_id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.String(length=27), nullable=True),
        sa.Column("short", sa.Boolean(), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("traceparent", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_candidature_id"), "notices", ["candidature_id"], unique=False)
    op.create_index(
        "ix_notices_queued",
        "notices",
        ["notice_id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_notices_erasing",
        "notices",
        ["notice_id"],
        unique=False,
        sqlite_where=sa.text("state = 'erasing'"),
        postgresql_where=sa.text("state = 'erasing'"),
    )


def create_gatherings() -> None:
    op.create_table(
        "gatherings",
        sa.Column("gathering", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("departments", sa.Text(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("gathering", name=op.f("pk_gatherings")),
    )
    op.create_table(
        "invitations",
        sa.Column("gathering", sa.String(length=60), nullable=False),
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("gathering", "candidature_id", name=op.f("pk_invitations")),
    )
    op.create_index(
        op.f("ix_invitations_candidature_id"), "invitations", ["candidature_id"], unique=False
    )


def create_members() -> None:
    op.create_table(
        "members",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("offers", sa.Text(), nullable=False),
        sa.Column("peers", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("declared_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_members")),
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


def create_peers() -> None:
    op.create_table(
        "peers",
        sa.Column("helped", sa.String(length=36), nullable=False),
        sa.Column("helper", sa.String(length=36), nullable=False),
        sa.Column("named_at", sa.String(length=27), nullable=False),
        sa.Column("mutual", sa.Boolean(), nullable=False),
        sa.Column("agreed_by", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.String(length=36), nullable=False),
        sa.Column("lapsed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("helped", "helper", name=op.f("pk_peers")),
    )
    op.create_index(op.f("ix_peers_helper"), "peers", ["helper"], unique=False)


def create_stray_cards() -> None:
    op.create_table(
        "stray_cards",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("representative", sa.String(length=200), nullable=False),
        sa.Column("legal_name", sa.String(length=200), nullable=False),
        sa.Column("place_name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_stray_cards")),
    )


def create_support_plans() -> None:
    op.create_table(
        "support_plans",
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("promoted", sa.Boolean(), nullable=False),
        sa.Column("awarded_at", sa.String(length=27), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("peers", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("handed_over", sa.Boolean(), nullable=False),
        sa.Column("consent_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("candidature_id", name=op.f("pk_support_plans")),
    )
    op.create_index(op.f("ix_support_plans_wave"), "support_plans", ["wave"], unique=False)


def create_support_steps() -> None:
    op.create_table(
        "support_steps",
        sa.Column("step_id", sa.String(length=117), nullable=False),
        sa.Column("candidature_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("need", sa.String(length=60), nullable=False),
        sa.Column("owner", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.Column("moves", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_support_steps")),
    )
    op.create_index(
        op.f("ix_support_steps_candidature_id"), "support_steps", ["candidature_id"], unique=False
    )
    live = sa.text("state in ('proposed', 'agreed', 'under-way')")
    op.create_index(
        "ix_support_steps_live",
        "support_steps",
        ["due_on"],
        unique=False,
        sqlite_where=live,
        postgresql_where=live,
    )


def create_team_days() -> None:
    op.create_table(
        "team_days",
        sa.Column("team", sa.String(length=20), nullable=False),
        sa.Column("listed", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("day_before", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("team", name=op.f("pk_team_days")),
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


def create_wave_support() -> None:
    op.create_table(
        "wave_support",
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("first_awarded_at", sa.String(length=27), nullable=True),
        sa.Column("matched", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("wave", name=op.f("pk_wave_support")),
    )
