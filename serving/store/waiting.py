"""Calls that were promised and whose day has come, and leads that nobody has spoken with, as notices.

What was told already is passed over: each look goes on to what is new, however much of a week is known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa

from features.records.clock import DAY, to_datetime
from serving.store.listing import ListingPage, list_leads
from serving.store.notices import NewNotice, notice_id
from serving.store.records import LeadStanding
from serving.store.tables import ACTS, LEADS, OUTBOX

LOOKED_BACK = 7 * DAY
"""What has waited for longer was told before, or happened before anybody was."""
MAX_WAITING = 500
"""Notices that one look gives at most, and rows that are read together; the next look gives the others."""


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
    notices: list[NewNotice] = []
    rows = connection.execute(query).mappings().all()
    while rows and len(notices) < MAX_WAITING:
        notices += _untold(connection, (_is_due(row) for row in rows))
        place = sa.tuple_(ACTS.c.due_at, ACTS.c.act_id)
        bound = sa.tuple_(sa.literal(rows[-1]["due_at"], ACTS.c.due_at.type), sa.literal(rows[-1]["act_id"]))
        rows = connection.execute(query.where(place > bound)).mappings().all()
    return notices[:MAX_WAITING]


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
    notices: list[NewNotice] = []
    while len(notices) < MAX_WAITING and (leads := list_leads(connection, page)):
        notices += _untold(connection, (_waits(lead) for lead in leads))
        page = replace(page, after=(leads[-1].created_at, leads[-1].lead_id))
    return notices[:MAX_WAITING]


def _untold(connection: sa.Connection, notices: Iterable[NewNotice]) -> list[NewNotice]:
    """Return those of some notices that the outbox does not hold yet."""
    by_id = {notice_id(0, notice.once): notice for notice in notices}
    there = connection.execute(sa.select(OUTBOX.c.notice_id).where(OUTBOX.c.notice_id.in_(list(by_id)))).scalars()
    told = set(there)
    return [notice for name, notice in by_id.items() if name not in told]


def _is_due(row: sa.RowMapping) -> NewNotice:
    after = {
        "due_at": to_datetime(row["due_at"]).isoformat(),
        "owner": row["owner"],
        "probability": row["probability"],
    }
    return NewNotice("lead.call_due", {"after": after}, row["lead_id"], once=f"call due {row['act_id']}")


def _waits(lead: LeadStanding) -> NewNotice:
    after = {
        "created_at": to_datetime(lead.created_at).isoformat(),
        "owner": lead.owner,
        "probability": lead.probability,
        "source": lead.source,
    }
    return NewNotice("lead.waits", {"after": after}, lead.lead_id, once=f"waits {lead.lead_id}")
