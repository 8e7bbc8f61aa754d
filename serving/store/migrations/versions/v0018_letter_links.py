"""Links that open the letter to a lead once."""

import sqlalchemy as sa
from alembic import op

from serving.store.types import TimeColumn

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "letter_links",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("lead_id", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("made_at", TimeColumn, nullable=False),
        sa.Column("ends_at", TimeColumn, nullable=False),
        sa.Column("opened_at", TimeColumn),
    )
    op.create_index("letter_links_lead", "letter_links", ["lead_id"])
