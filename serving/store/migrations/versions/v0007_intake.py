"""Nothing that is told gets lost: what was set aside, messages that were not understood, leads as CRMs told them, and what they took back.

- A lead may have been known otherwise before (`before`), an event may have been replaced by what came late (`superseded_at`), an outcome may
  take back the ones before it (`taken_back`).
- `snapshots` keeps each telling of a lead, so that the same record follows from them in whatever order they come.
- `removals` names leads that a CRM has deleted, or merged into another; they are no part of a history.
"""

import sqlalchemy as sa
from alembic import op

from serving.store.types import TimeColumn

revision = "0007"
down_revision = "0006"

GONE = "NOT EXISTS (SELECT 1 FROM removals WHERE removals.lead_id = {table}.lead_id)"
THERE = "EXISTS (SELECT 1 FROM leads WHERE leads.lead_id = {table}.lead_id)"
LEADS = "SELECT lead_id, created_at, fields FROM leads WHERE " + GONE.format(table="leads")
EVENTS = (
    "SELECT lead_id, kind, occurred_at, recorded_at, value, text, actor, rep_id FROM events"
    f" WHERE superseded_at IS NULL AND {GONE.format(table='events')}"
)
OUTCOMES = (
    "SELECT lead_id, closed_at, recorded_at, CASE WHEN won THEN 'won' ELSE 'lost' END AS won, amount, reason, rep_id FROM outcomes"
    f" WHERE NOT taken_back AND {GONE.format(table='outcomes')} AND NOT EXISTS (SELECT 1 FROM outcomes AS later"
    " WHERE later.lead_id = outcomes.lead_id AND later.taken_back AND (later.recorded_at > outcomes.recorded_at"
    " OR (later.recorded_at = outcomes.recorded_at AND later.stored_at > outcomes.stored_at)))"
)
CHANGED = {
    "history_leads": LEADS,
    "history_events": f"{EVENTS} AND {THERE.format(table='events')}",
    "history_outcomes": f"{OUTCOMES} AND {THERE.format(table='outcomes')}",
}
NEW = {"standing_events": EVENTS, "standing_outcomes": OUTCOMES}
"""With those that wait for their lead."""


def upgrade() -> None:
    """Add the columns and tables, and let the history leave out what no longer holds."""
    op.add_column("leads", sa.Column("before", sa.JSON))
    op.add_column("events", sa.Column("superseded_at", TimeColumn))
    op.add_column("events", sa.Column("from_snapshot", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("outcomes", sa.Column("taken_back", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "snapshots",
        sa.Column("lead_id", sa.Text, primary_key=True),
        sa.Column("at", TimeColumn, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("created_at", TimeColumn),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("stored_at", TimeColumn, nullable=False),
    )
    op.create_table(
        "removals",
        sa.Column("lead_id", sa.Text, primary_key=True),
        sa.Column("into", sa.Text),
        sa.Column("at", TimeColumn, nullable=False),
        sa.Column("stored_at", TimeColumn, nullable=False),
    )
    op.create_index("removals_by_target", "removals", ["into"])
    op.create_table(
        "set_aside",
        sa.Column("lead_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("remedy", sa.Text, nullable=False),
        sa.Column("stored_at", TimeColumn, nullable=False),
    )
    op.create_index("set_aside_by_name", "set_aside", ["name", "stored_at"])
    op.create_table(
        "leftovers",
        sa.Column("leftover_id", sa.Text, primary_key=True),
        sa.Column("webhook", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("times", sa.BigInteger, nullable=False),
        sa.Column("stored_at", TimeColumn, nullable=False),
    )
    op.create_index("leftovers_by_time", "leftovers", ["stored_at"])
    for name in CHANGED:
        op.execute(f"DROP VIEW {name}")
    for name, query in (CHANGED | NEW).items():
        op.execute(f"CREATE VIEW {name} AS {query}")
