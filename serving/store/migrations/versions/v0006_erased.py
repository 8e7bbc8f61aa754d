"""The ids of erased leads are known again by a digest, so that no export brings them back; and outcomes lie by when they were recorded."""

import sqlalchemy as sa
from alembic import op

from serving.store.types import TimeColumn

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the list of digests and the index."""
    op.create_table(
        "erasures", sa.Column("digest", sa.Text, primary_key=True), sa.Column("erased_at", TimeColumn, nullable=False)
    )
    op.create_index("outcomes_by_record", "outcomes", ["recorded_at"])
