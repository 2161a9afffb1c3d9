"""What a holder wrote about money that is asked back: officers read it before they decide."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("recoveries", sa.Column("observations", sa.Text(), nullable=True))
