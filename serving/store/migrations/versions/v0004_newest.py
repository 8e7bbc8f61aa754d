"""The queue by age has an index of its own: past leads stand between open ones in that of all leads."""

from alembic import op

revision = "0004"
down_revision = "0003"

COVERED = ["probability", "route", "step", "source", "owner", "changed_at", "name"]


def upgrade() -> None:
    """Index the leads of a status by when they came."""
    op.create_index("queue_by_creation", "leads", ["status", "created_at", "lead_id", *COVERED])
