"""The store's tables as the code knows them; `serving.store.migrations` makes them.

Every row that says something about a lead has `stored_at`: the store's own clock, which never shows the same time twice. What is told
of somebody else's history keeps its own `recorded_at` beside it.
"""

from typing import Any

import sqlalchemy as sa

from features.records.marks import mark_of
from serving.store.types import TimeColumn, searchable

METADATA = sa.MetaData()

CLOCK = sa.Table(
    "clock", METADATA, sa.Column("latest", sa.BigInteger, nullable=False), sa.Column("wanted_notices", sa.Text)
)
"""One row: the latest time that the store has given out, in microseconds UTC, and which notices somebody wants, as `serving.store.notices` writes it.
Every transaction that writes reads this row anyway, so that with nobody to tell, telling costs nothing."""


def _searched(context: Any) -> str:
    row = context.get_current_parameters()
    return searchable(row["lead_id"], row.get("name"))


def _marked(context: Any) -> str:
    return mark_of(context.get_current_parameters()["lead_id"])


LEADS = sa.Table(
    "leads",
    METADATA,
    sa.Column("lead_id", sa.Text, primary_key=True),
    sa.Column("created_at", TimeColumn, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("stored_at", TimeColumn, nullable=False),
    sa.Column("erased_at", TimeColumn),
    sa.Column("scored_as_of", TimeColumn),
    sa.Column("probability", sa.Double),
    sa.Column("status", sa.Text, nullable=False, server_default="open"),
    sa.Column("expected_value", sa.Double),
    sa.Column("route", sa.Text),
    sa.Column("step", sa.Text),
    sa.Column("source", sa.Text),
    sa.Column("owner", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("moved", sa.Double),
    sa.Column("changed_at", TimeColumn),
    sa.Column("searched", sa.Text, default=_searched),
    sa.Column("before", sa.JSON(none_as_null=True)),
    sa.Column("account", sa.Text),
    sa.Column("assigned", sa.Text),
    sa.Column("mark", sa.Text, default=_marked),
    sa.Column("seal", sa.BigInteger),
    sa.Column("standing_seal", sa.BigInteger),
)
"""`fields` exactly as sent; `before` says how the lead was known until a later telling brought something earlier. What follows `erased_at` is for lists in their order, each by an index: how the lead stands by its outcomes,
and from `scored_as_of` on its latest score, as `serving.store.lead_status` writes it; `searched` is what a search looks at;
`account` by what leads of one account are found, as `serving.store.accounts` tells; `assigned` is to whom the lead was given, who then is its owner; by `mark` a model's past leads are found; `seal`, here and below, is as `serving.store.seals` has it."""

EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("lead_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("occurred_at", TimeColumn, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("recorded_at", TimeColumn, nullable=False),
    sa.Column("value", sa.Double),
    sa.Column("text", sa.Text),
    sa.Column("actor", sa.Text),
    sa.Column("rep_id", sa.Text),
    sa.Column("agent_name", sa.Text),
    sa.Column("agent_version", sa.Text),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("stored_at", TimeColumn, nullable=False),
    sa.Column("superseded_at", TimeColumn),
    sa.Column("from_snapshot", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("seal", sa.BigInteger),
)
"""No foreign key: an event may come before its lead, and waits for it. `event_id` is empty where the sender has none.
`superseded_at` is when another event took its place, which had happened before and came late; `from_snapshot` is of what a lead's tellings imply."""

OUTCOMES = sa.Table(
    "outcomes",
    METADATA,
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
    sa.Column("taken_back", sa.Boolean, nullable=False, server_default=sa.false()),
)
"""A correction is a row of its own; of several, the last recorded one holds. One that is `taken_back` says that the lead is open again."""

SNAPSHOTS = sa.Table(
    "snapshots",
    METADATA,
    sa.Column("lead_id", sa.Text, primary_key=True),
    sa.Column("at", TimeColumn, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("created_at", TimeColumn),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("stored_at", TimeColumn, nullable=False),
)
"""Each telling of a lead by a CRM, with the moment of which it speaks: the lead's record follows from all of them together."""

REMOVALS = sa.Table(
    "removals",
    METADATA,
    sa.Column("lead_id", sa.Text, primary_key=True),
    sa.Column("into", sa.Text),
    sa.Column("at", TimeColumn, nullable=False),
    sa.Column("stored_at", TimeColumn, nullable=False),
)
"""Leads that a CRM has deleted or, where `into` says so, merged into another: no list shows them, and no training learns from them."""

SET_ASIDE = sa.Table(
    "set_aside",
    METADATA,
    sa.Column("lead_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("remedy", sa.Text, nullable=False),
    sa.Column("stored_at", TimeColumn, nullable=False),
)
"""What came with a lead and could not be read, as text; `digest` is of the value."""

LEFTOVERS = sa.Table(
    "leftovers",
    METADATA,
    sa.Column("leftover_id", sa.Text, primary_key=True),
    sa.Column("webhook", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("times", sa.BigInteger, nullable=False),
    sa.Column("stored_at", TimeColumn, nullable=False),
)
"""Messages of webhooks of which nothing, or not all, was understood, as they came; the same one is kept once, with how often it came."""

SCORES = sa.Table(
    "scores",
    METADATA,
    sa.Column("lead_id", sa.Text, sa.ForeignKey("leads.lead_id", onupdate="CASCADE"), primary_key=True),
    sa.Column("as_of", TimeColumn, primary_key=True),
    sa.Column("model_name", sa.Text, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("probability", sa.Double, nullable=False),
    sa.Column("inputs", sa.JSON, nullable=False),
    sa.Column("contributions", sa.JSON, nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("seal", sa.BigInteger),
)
"""`inputs` and `contributions` in the order of the model's features; `answer` is the score as it was sent, to the byte."""

FEEDBACK = sa.Table(
    "feedback",
    METADATA,
    sa.Column("lead_id", sa.Text, sa.ForeignKey("leads.lead_id", onupdate="CASCADE"), primary_key=True),
    sa.Column("stored_at", TimeColumn, primary_key=True),
    sa.Column("as_of", TimeColumn, nullable=False),
    sa.Column("agrees", sa.Boolean, nullable=False),
    sa.Column("subject", sa.Text),
    sa.Column("comment", sa.Text),
    sa.Column("given_by", sa.Text, nullable=False),
    sa.Column("direction", sa.Text),
)
"""What is said of scores; nothing is ever learned from it."""

ACTS = sa.Table(
    "acts",
    METADATA,
    sa.Column("act_id", sa.Text, primary_key=True),
    sa.Column("lead_id", sa.Text, sa.ForeignKey("leads.lead_id", onupdate="CASCADE"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("about", sa.Text),
    sa.Column("text", sa.Text),
    sa.Column("due_at", TimeColumn),
    sa.Column("before", sa.Text),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("stored_at", TimeColumn, nullable=False),
    sa.Column("undone_at", TimeColumn),
)
"""What somebody did with a lead on its page. Events and outcomes of it have `act_id` as their id; `about` is the kind of the event or the field of the answer,
`due_at` of a reminder, and `before` whose lead it was when it was given to another."""

KEYS = sa.Table(
    "keys",
    METADATA,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("created_at", TimeColumn, nullable=False),
    sa.Column("revoked_at", TimeColumn),
    sa.Column("rep_id", sa.Text),
)
"""`rep_id` is the rep whose key it is, where its role is rep."""

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("at", TimeColumn, primary_key=True),
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
    sa.Column("stored_at", TimeColumn, nullable=False),
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

ERASURES = sa.Table(
    "erasures",
    METADATA,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("erased_at", TimeColumn, nullable=False),
    sa.Column("alias", sa.Text),
)
"""By what an erased person is known again, and that alone, as `serving.store.tombstones` has it; `alias` is what their records are called now.
Those of stores of before have none."""

ERASURE_KEY = sa.Table("erasure_key", METADATA, sa.Column("key", sa.Text, nullable=False))
"""One row: by which the digests of erasures are hashed."""

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("began_at", TimeColumn, nullable=False),
    sa.Column("ends_at", TimeColumn, nullable=False),
    sa.Column("ended_at", TimeColumn),
)
"""Who has logged in to the pages; `name` is a hash of what the cookie holds."""

SAVED_VIEWS = sa.Table(
    "saved_views",
    METADATA,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("stored_at", TimeColumn, nullable=False),
)
"""Lists of leads that somebody chose and named; `query` is the part of the address that chooses."""

LETTER_LINKS = sa.Table(
    "letter_links",
    METADATA,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("lead_id", sa.Text, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("made_at", TimeColumn, nullable=False),
    sa.Column("ends_at", TimeColumn, nullable=False),
    sa.Column("opened_at", TimeColumn),
    sa.Index("letter_links_lead", "lead_id"),
)
"""Links that open the letter to a lead once; `digest` is a hash of what stands in the link."""

OUTBOX = sa.Table(
    "outbox",
    METADATA,
    sa.Column("at", TimeColumn, primary_key=True),
    sa.Column("notice_id", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("lead_id", sa.Text),
    sa.Column("content", sa.JSON, nullable=False),
)
"""What happened and goes out, by the store's clock: whoever has taken all until a time misses nothing by asking for what is later."""

DELIVERIES = sa.Table(
    "deliveries",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("since", TimeColumn, nullable=False),
    sa.Column("sent", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("sent_at", TimeColumn),
    sa.Column("failures", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("failing_since", TimeColumn),
    sa.Column("next_at", TimeColumn),
    sa.Column("trouble", sa.Text),
    sa.Column("off_at", TimeColumn),
    sa.Column("holder", sa.Text),
    sa.Column("held_until", TimeColumn),
)
"""Where notices go, and how far each receiver is: `since` is the time until which all are delivered, or wait in `outbox_retries`. `failures` in a row, since
`failing_since`, put off the next try to `next_at`; `holder` is the process that delivers."""

OUTBOX_RETRIES = sa.Table(
    "outbox_retries",
    METADATA,
    sa.Column("delivery", sa.Text, primary_key=True),
    sa.Column("at", TimeColumn, primary_key=True),
    sa.Column("lead_id", sa.Text),
    sa.Column("tries", sa.BigInteger, nullable=False),
    sa.Column("first_at", TimeColumn, nullable=False),
    sa.Column("next_at", TimeColumn, nullable=False),
    sa.Column("trouble", sa.Text),
    sa.Column("given_up_at", TimeColumn),
)
"""Notices that a receiver did not take, or that wait behind one of the same lead."""

MESSAGES_SENT = sa.Table(
    "messages_sent",
    METADATA,
    sa.Column("delivery", sa.Text, primary_key=True),
    sa.Column("at", TimeColumn, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("lead_id", sa.Text),
)
"""What people were sent messages about: a message is one time, with a row for each lead or other thing in it."""

CRM_RECORDS = sa.Table(
    "crm_records",
    METADATA,
    sa.Column("crm", sa.Text, primary_key=True),
    sa.Column("lead_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("remote_id", sa.Text),
    sa.Column("content", sa.JSON(none_as_null=True)),
    sa.Column("written_at", TimeColumn),
    sa.Column("trouble", sa.Text),
    sa.Column("tried_at", TimeColumn),
    sa.Column("is_due", sa.Boolean, nullable=False, server_default=sa.false()),
)
"""What a CRM was last told of a lead, and as which record it has it; `trouble` says why it did not take the last one. One that `is_due` is written whatever was written."""

CRM_POSITIONS = sa.Table(
    "crm_positions",
    METADATA,
    sa.Column("crm", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("at", TimeColumn, nullable=False),
    sa.Column("place", sa.Text, nullable=False, server_default=""),
)
"""How far the writing back of scores, and the pull of each kind of a CRM's records, have come; and whose turn it is, until when."""
