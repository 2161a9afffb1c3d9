"""The statuses of a dossier are looked for each time one is published: is the latest the one that is kept?"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index(
        "ix_outbox_status",
        "outbox",
        ["subject", "id"],
        unique=False,
        sqlite_where=sa.text("stream = 'KV_dossiers'"),
        postgresql_where=sa.text("stream = 'KV_dossiers'"),
    )
