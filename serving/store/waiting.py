"""Calls that were promised and whose day has come, and leads that nobody has spoken with, as notices."""

from collections.abc import Sequence

import sqlalchemy as sa

from features.records.clock import DAY, to_datetime
from serving.store.listing import ListingPage, list_leads
from serving.store.notices import NewNotice
from serving.store.records import LeadStanding
from serving.store.tables import ACTS, LEADS

LOOKED_BACK = 7 * DAY
"""What has waited for longer was told before, or happened before anybody was."""
MAX_WAITING = 500


def calls_due(connection: sa.Connection, now: int) -> list[NewNotice]:
    """Return the calls whose day came lately, of open leads, each once."""
    query = (
        sa.select(ACTS.c.act_id, ACTS.c.lead_id, ACTS.c.due_at, LEADS.c.owner, LEADS.c.probability)
        .join(LEADS, LEADS.c.lead_id == ACTS.c.lead_id)
        .where(
            ACTS.c.kind == "remind",
            ACTS.c.undone_at.is_(None),
            ACTS.c.due_at <= now,
            ACTS.c.due_at > now - LOOKED_BACK,
            LEADS.c.status == "open",
        )
        .order_by(ACTS.c.due_at, ACTS.c.act_id)
        .limit(MAX_WAITING)
    )
    return [
        NewNotice(
            "lead.call_due",
            {
                "after": {
                    "due_at": to_datetime(row.due_at).isoformat(),
                    "owner": row.owner,
                    "probability": row.probability,
                }
            },
            row.lead_id,
            once=f"call due {row.act_id}",
        )
        for row in connection.execute(query)
    ]


def leads_waiting(connection: sa.Connection, now: int, longest: int, ours: Sequence[str]) -> list[NewNotice]:
    """Return the leads that go to a rep and with which nobody has spoken since they came in, each once.

    Parameters
    ----------
    longest
        How long one may wait, microseconds.
    ours
        The kinds of events that are our doing.
    """
    page = ListingPage(
        order="created_at",
        status="open",
        route="rep",
        created_before=now - longest,
        created_since=now - longest - LOOKED_BACK,
        untouched_by=tuple(ours),
        most=MAX_WAITING,
    )
    return [_waits(lead) for lead in list_leads(connection, page)]


def _waits(lead: LeadStanding) -> NewNotice:
    after = {
        "created_at": to_datetime(lead.created_at).isoformat(),
        "owner": lead.owner,
        "probability": lead.probability,
        "source": lead.source,
    }
    return NewNotice("lead.waits", {"after": after}, lead.lead_id, once=f"waits {lead.lead_id}")
