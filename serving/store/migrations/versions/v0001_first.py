"""The first tables: leads, events, outcomes, scores, feedback, keys, audit trail, answered calls, imports.

The views are the three tables of a history: what waits for its lead is not part of it yet.
"""

import sqlalchemy as sa
from alembic import op

from serving.store.types import TimeColumn

revision = "0001"
down_revision = None

HISTORY = (
    "CREATE VIEW history_leads AS SELECT lead_id, created_at, fields FROM leads",
    "CREATE VIEW history_events AS SELECT lead_id, kind, occurred_at, recorded_at, value, text, actor, rep_id FROM events"
    " WHERE EXISTS (SELECT 1 FROM leads WHERE leads.lead_id = events.lead_id)",
    "CREATE VIEW history_outcomes AS SELECT lead_id, closed_at, recorded_at, CASE WHEN won THEN 'won' ELSE 'lost' END AS won,"
    " amount, reason, rep_id FROM outcomes WHERE EXISTS (SELECT 1 FROM leads WHERE leads.lead_id = outcomes.lead_id)",
)


def upgrade() -> None:
    """Make the tables of the first version."""
    op.create_table("clock", sa.Column("latest", sa.BigInteger, nullable=False))
    op.execute("INSERT INTO clock (latest) VALUES (0)")
    _records()
    _judgements()
    _access()
    op.create_table(
        "imports",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("table_name", sa.Text, primary_key=True),
        sa.Column("rows", sa.BigInteger, nullable=False),
    )
    for view in HISTORY:
        op.execute(view)


def _records() -> None:
    op.create_table(
        "leads",
        sa.Column("lead_id", sa.Text, primary_key=True),
        sa.Column("created_at", TimeColumn, nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("stored_at", TimeColumn, nullable=False),
        sa.Column("erased_at", TimeColumn),
        sa.Column("scored_as_of", TimeColumn),
        sa.Column("probability", sa.Double),
    )
    op.create_index("leads_by_creation", "leads", ["created_at", "lead_id"])
    op.create_index("leads_by_probability", "leads", ["probability", "lead_id"])
    op.create_table(
        "events",
        sa.Column("lead_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("occurred_at", TimeColumn, primary_key=True),
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("recorded_at", TimeColumn, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("text", sa.Text),
        sa.Column("actor", sa.Text),
        sa.Column("rep_id", sa.Text),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("stored_at", TimeColumn, nullable=False),
    )
    op.create_table(
        "outcomes",
        sa.Column("lead_id", sa.Text, primary_key=True),
        sa.Column("closed_at", TimeColumn, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("outcome_id", sa.Text, nullable=False),
        sa.Column("recorded_at", TimeColumn, nullable=False),
        sa.Column("won", sa.Boolean, nullable=False),
        sa.Column("amount", sa.Double),
        sa.Column("reason", sa.Text),
        sa.Column("rep_id", sa.Text),
        sa.Column("stored_at", TimeColumn, nullable=False),
    )


def _judgements() -> None:
    op.create_table(
        "scores",
        sa.Column("lead_id", sa.Text, sa.ForeignKey("leads.lead_id", onupdate="CASCADE"), primary_key=True),
        sa.Column("as_of", TimeColumn, primary_key=True),
        sa.Column("model_name", sa.Text, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("inputs", sa.JSON, nullable=False),
        sa.Column("contributions", sa.JSON, nullable=False),
        sa.Column("answer", sa.Text),
    )
    op.create_index("scores_by_time", "scores", ["as_of"])
    op.create_table(
        "feedback",
        sa.Column("lead_id", sa.Text, sa.ForeignKey("leads.lead_id", onupdate="CASCADE"), primary_key=True),
        sa.Column("stored_at", TimeColumn, primary_key=True),
        sa.Column("as_of", TimeColumn, nullable=False),
        sa.Column("agrees", sa.Boolean, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("comment", sa.Text),
        sa.Column("given_by", sa.Text, nullable=False),
    )


def _access() -> None:
    op.create_table(
        "keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("created_at", TimeColumn, nullable=False),
        sa.Column("revoked_at", TimeColumn),
    )
    op.create_table(
        "audit",
        sa.Column("at", TimeColumn, primary_key=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "calls",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("idempotency_key", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("stored_at", TimeColumn, nullable=False),
    )
    op.create_table(
        "call_leads",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("idempotency_key", sa.Text, primary_key=True),
        sa.Column("lead_id", sa.Text, primary_key=True),
    )
    op.create_index("call_leads_by_lead", "call_leads", ["lead_id"])
