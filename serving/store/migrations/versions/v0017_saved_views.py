"""Lists of leads that people chose and named."""

import sqlalchemy as sa
from alembic import op

from serving.store.types import TimeColumn

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "saved_views",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("stored_at", TimeColumn, nullable=False),
    )
