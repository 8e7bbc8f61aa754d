"""Events may be an agent's, with its name and version, and the history has both."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

GONE = "NOT EXISTS (SELECT 1 FROM removals WHERE removals.lead_id = events.lead_id)"
THERE = "EXISTS (SELECT 1 FROM leads WHERE leads.lead_id = events.lead_id)"
STANDING = (
    "SELECT lead_id, kind, occurred_at, recorded_at, value, text, actor, rep_id, agent_name, agent_version FROM events"
    f" WHERE superseded_at IS NULL AND {GONE}"
)


def upgrade() -> None:
    """Add the columns, to the table and to both views of it."""
    for name in ("agent_name", "agent_version"):
        op.add_column("events", sa.Column(name, sa.Text))
    for name, query in (("history_events", f"{STANDING} AND {THERE}"), ("standing_events", STANDING)):
        op.execute(f"DROP VIEW {name}")
        op.execute(f"CREATE VIEW {name} AS {query}")
