"""Why an officer refused what a laureate shares: its laureate reads it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("commons", sa.Column("refused_because", sa.String(length=10_000), nullable=True))
