"""Sessions of the pages are listed, and ended from elsewhere; those that are open at the update are not listed."""

import sqlalchemy as sa
from alembic import op

from serving.store.types import TimeColumn

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "sessions",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("began_at", TimeColumn, nullable=False),
        sa.Column("ends_at", TimeColumn, nullable=False),
        sa.Column("ended_at", TimeColumn),
    )
