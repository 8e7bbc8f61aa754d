"""Leads of one account are found by an index. Which they are is known by the model's settings: a service fills the column when it starts."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column and its index."""
    op.add_column("leads", sa.Column("account", sa.Text))
    op.create_index("leads_by_account", "leads", ["account", "stored_at"])
