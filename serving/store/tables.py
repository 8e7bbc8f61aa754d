"""The store's tables as the code knows them; `serving.store.migrations` makes them.

Every row that says something about a lead has `stored_at`: the store's own clock, which never shows the same time twice. What is told
of somebody else's history keeps its own `recorded_at` beside it.
"""

from typing import Any

import sqlalchemy as sa

from serving.store.types import Moment, searchable

METADATA = sa.MetaData()

CLOCK = sa.Table("clock", METADATA, sa.Column("latest", sa.BigInteger, nullable=False))
"""One row: the latest time that the store has given out, in microseconds UTC."""


def _searched(context: Any) -> str:
    row = context.get_current_parameters()
    return searchable(row["lead_id"], row.get("name"))


LEADS = sa.Table(
    "leads",
    METADATA,
    sa.Column("lead_id", sa.Text, primary_key=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("stored_at", Moment, nullable=False),
    sa.Column("erased_at", Moment),
    sa.Column("scored_as_of", Moment),
    sa.Column("probability", sa.Double),
    sa.Column("status", sa.Text, nullable=False, server_default="open"),
    sa.Column("expected_value", sa.Double),
    sa.Column("route", sa.Text),
    sa.Column("step", sa.Text),
    sa.Column("source", sa.Text),
    sa.Column("owner", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("moved", sa.Double),
    sa.Column("changed_at", Moment),
    sa.Column("searched", sa.Text, default=_searched),
)
"""`fields` exactly as sent. What follows `erased_at` is for lists in their order, each by an index: how the lead stands by its outcomes,
and from `scored_as_of` on its latest score, as `serving.store.standing` writes it; `searched` is what a search looks at."""

EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("lead_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("occurred_at", Moment, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("recorded_at", Moment, nullable=False),
    sa.Column("value", sa.Double),
    sa.Column("text", sa.Text),
    sa.Column("actor", sa.Text),
    sa.Column("rep_id", sa.Text),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("stored_at", Moment, nullable=False),
)
"""No foreign key: an event may come before its lead, and waits for it. `event_id` is empty where the sender has none."""

OUTCOMES = sa.Table(
    "outcomes",
    METADATA,
    sa.Column("lead_id", sa.Text, primary_key=True),
    sa.Column("closed_at", Moment, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("outcome_id", sa.Text, nullable=False),
    sa.Column("recorded_at", Moment, nullable=False),
    sa.Column("won", sa.Boolean, nullable=False),
    sa.Column("amount", sa.Double),
    sa.Column("reason", sa.Text),
    sa.Column("rep_id", sa.Text),
    sa.Column("stored_at", Moment, nullable=False),
)
"""A correction is a row of its own; of several, the last recorded one holds."""

SCORES = sa.Table(
    "scores",
    METADATA,
    sa.Column("lead_id", sa.Text, sa.ForeignKey("leads.lead_id", onupdate="CASCADE"), primary_key=True),
    sa.Column("as_of", Moment, primary_key=True),
    sa.Column("model_name", sa.Text, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("probability", sa.Double, nullable=False),
    sa.Column("inputs", sa.JSON, nullable=False),
    sa.Column("contributions", sa.JSON, nullable=False),
    sa.Column("answer", sa.Text),
)
"""`inputs` and `contributions` in the order of the model's features; `answer` is the score as it was sent, to the byte."""

FEEDBACK = sa.Table(
    "feedback",
    METADATA,
    sa.Column("lead_id", sa.Text, sa.ForeignKey("leads.lead_id", onupdate="CASCADE"), primary_key=True),
    sa.Column("stored_at", Moment, primary_key=True),
    sa.Column("as_of", Moment, nullable=False),
    sa.Column("agrees", sa.Boolean, nullable=False),
    sa.Column("subject", sa.Text),
    sa.Column("comment", sa.Text),
    sa.Column("given_by", sa.Text, nullable=False),
    sa.Column("direction", sa.Text),
)
"""What is said of scores; nothing is ever learned from it."""

KEYS = sa.Table(
    "keys",
    METADATA,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
    sa.Column("rep_id", sa.Text),
)
"""`rep_id` is the rep whose key it is, where its role is rep."""

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("at", Moment, primary_key=True),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("key_id", sa.Text),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)

CALLS = sa.Table(
    "calls",
    METADATA,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("idempotency_key", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("stored_at", Moment, nullable=False),
)
"""What was answered to a call with an Idempotency-Key, by whose key it came."""

CALL_LEADS = sa.Table(
    "call_leads",
    METADATA,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("idempotency_key", sa.Text, primary_key=True),
    sa.Column("lead_id", sa.Text, primary_key=True),
)
"""Whose records a call's answer speaks of, so that it goes when the lead is erased."""

IMPORTS = sa.Table(
    "imports",
    METADATA,
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
)
"""How far the import of an export has come."""
