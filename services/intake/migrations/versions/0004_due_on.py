"""The days on which the tranches of a signed agreement fall due: its holder reads what comes next."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("dossiers", sa.Column("due_on", sa.Text(), nullable=True))
