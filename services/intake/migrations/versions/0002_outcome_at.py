"""When what the holder reads was decided: streams come in any order, the latest decision is shown."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("dossiers", sa.Column("outcome_at", sa.String(length=27), nullable=True))
