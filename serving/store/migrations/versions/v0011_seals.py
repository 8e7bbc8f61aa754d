"""Rows from which a score follows, or that are one, have a seal; those of before go without."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns."""
    for table in ("leads", "events", "scores"):
        op.add_column(table, sa.Column("seal", sa.BigInteger))
