"""A key of role rep knows whose it is, so that its owner sees his or her own numbers; keys that are there stay nobody's."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the rep of a key."""
    op.add_column("keys", sa.Column("rep_id", sa.Text))
