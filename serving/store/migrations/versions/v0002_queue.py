"""What the queue filters and orders by stands in the leads table: how a lead stands, and what its latest score decided.

Old rows are filled from what is stored: outcomes, scores and the reps of events. The source and the name of a lead are known by the
model's settings alone, and come with its next score. Feedback says which way a score is wrong, and is listed by time.
"""

import sqlalchemy as sa
from alembic import op

from serving.store.types import TimeColumn

revision = "0002"
down_revision = "0001"

STATUS = (
    "UPDATE leads SET status = CASE WHEN erased_at IS NOT NULL THEN 'erased' ELSE COALESCE((SELECT CASE WHEN won THEN 'won' ELSE 'lost' END FROM outcomes"
    " WHERE outcomes.lead_id = leads.lead_id ORDER BY recorded_at DESC, stored_at DESC LIMIT 1), 'open') END"
)
OWNER = (
    "UPDATE leads SET owner = (SELECT rep_id FROM events WHERE events.lead_id = leads.lead_id AND rep_id IS NOT NULL"
    " ORDER BY occurred_at DESC, stored_at DESC LIMIT 1), changed_at = scored_as_of"
)
DECIDED = (
    "UPDATE leads SET {column} = (SELECT {value} FROM scores WHERE scores.lead_id = leads.lead_id AND"
    " scores.as_of = leads.scored_as_of) WHERE scored_as_of IS NOT NULL"
)
VALUES = {
    "sqlite": "json_extract(answer, '$.decision.{name}')",
    "postgresql": "CAST(CAST(answer AS json) -> 'decision' ->> '{name}' AS {type})",
}
DECISION = {
    "expected_value": ("expected_value", "double precision"),
    "route": ("route", "text"),
    "step": ("step", "text"),
}
"""By column: the name in a score's decision, and its type."""
COVERED = ["route", "step", "source", "owner", "changed_at", "name"]


def upgrade() -> None:
    """Add the columns, fill them, and index what is filtered and ordered by."""
    for column in (
        sa.Column("status", sa.Text, nullable=False, server_default="open"),
        *(sa.Column(name, sa.Text) for name in ("route", "step", "source", "owner", "name")),
        *(sa.Column(name, sa.Double) for name in ("expected_value", "moved")),
        sa.Column("changed_at", TimeColumn),
    ):
        op.add_column("leads", column)
    op.execute(STATUS)
    op.execute(OWNER)
    value = VALUES[op.get_bind().dialect.name]
    for target, (name, kind) in DECISION.items():
        op.execute(DECIDED.format(column=target, value=value.format(name=name, type=kind)))
    op.create_index("queue_by_value", "leads", ["status", "expected_value", "lead_id", "probability", *COVERED])
    op.create_index("queue_by_probability", "leads", ["status", "probability", "lead_id", *COVERED])
    op.create_index("leads_by_scoring", "leads", ["status", "scored_as_of", "moved"])
    op.create_index("leads_by_source", "leads", ["status", "source"])
    op.create_index("leads_by_owner", "leads", ["status", "owner"])
    op.add_column("feedback", sa.Column("direction", sa.Text))
    op.create_index("feedback_by_time", "feedback", ["stored_at"])
