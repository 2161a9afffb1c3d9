"""When money was asked back: what a holder said before then cannot be an answer to it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("recoveries", sa.Column("intended_at", sa.String(length=27), nullable=True))
