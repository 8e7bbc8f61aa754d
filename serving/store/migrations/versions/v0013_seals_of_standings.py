"""What lists show of a lead has a seal, and that of a score is of what it was made from too: those of before go without."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column, and let go of seals of another kind."""
    op.add_column("leads", sa.Column("standing_seal", sa.BigInteger))
    op.execute("UPDATE scores SET seal = NULL WHERE seal IS NOT NULL")
