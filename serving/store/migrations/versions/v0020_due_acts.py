"""Reminders that are due are found by whose they are and when, not by going through all that was done."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the index."""
    op.create_index("acts_by_due", "acts", ["key_id", "due_at"])
