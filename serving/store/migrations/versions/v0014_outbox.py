"""What happens goes out: an outbox, who is told, and what is told again."""

import sqlalchemy as sa
from alembic import op

from serving.store.types import TimeColumn

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the tables, and the column of what is wanted."""
    op.add_column("clock", sa.Column("wanted_notices", sa.Text))
    op.create_table(
        "outbox",
        sa.Column("at", TimeColumn, primary_key=True),
        sa.Column("notice_id", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("lead_id", sa.Text),
        sa.Column("content", sa.JSON, nullable=False),
    )
    op.create_index("outbox_by_lead", "outbox", ["lead_id"])
    op.create_table(
        "deliveries",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("since", TimeColumn, nullable=False),
        sa.Column("sent", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("sent_at", TimeColumn),
        sa.Column("failures", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("failing_since", TimeColumn),
        sa.Column("next_at", TimeColumn),
        sa.Column("trouble", sa.Text),
        sa.Column("off_at", TimeColumn),
        sa.Column("holder", sa.Text),
        sa.Column("held_until", TimeColumn),
    )
    op.create_table(
        "outbox_retries",
        sa.Column("delivery", sa.Text, primary_key=True),
        sa.Column("at", TimeColumn, primary_key=True),
        sa.Column("lead_id", sa.Text),
        sa.Column("tries", sa.BigInteger, nullable=False),
        sa.Column("first_at", TimeColumn, nullable=False),
        sa.Column("next_at", TimeColumn, nullable=False),
        sa.Column("trouble", sa.Text),
        sa.Column("given_up_at", TimeColumn),
    )
    op.create_index("outbox_retries_by_lead", "outbox_retries", ["lead_id"])
