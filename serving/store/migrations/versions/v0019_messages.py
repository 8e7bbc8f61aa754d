"""What people were sent messages about, so that they are not told too often."""

import sqlalchemy as sa
from alembic import op

from serving.store.types import TimeColumn

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "messages_sent",
        sa.Column("delivery", sa.Text, primary_key=True),
        sa.Column("at", TimeColumn, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("lead_id", sa.Text),
    )
    op.create_index("messages_sent_by_lead", "messages_sent", ["lead_id"])
