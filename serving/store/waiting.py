"""Calls that were promised and whose day has come, and leads that nobody has spoken with, as notices.

What was told already is passed over: each look goes on to what is new, however much of a week is known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from features.records.clock import DAY, to_datetime, to_microseconds
from serving.store.deliveries import Notice
from serving.store.listing import ListingPage, list_leads
from serving.store.notices import NewNotice, notice_id
from serving.store.reading import AT_ONCE, is_touch
from serving.store.records import LeadStanding
from serving.store.tables import ACTS, EVENTS, LEADS, OUTBOX

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


def still_due(connection: sa.Connection, notices: Sequence[Notice], ours: Sequence[str]) -> set[str]:
    """Return of some notices of promised calls the ids of those that nobody has called off since, and after whose day nobody has spoken with the lead.

    Parameters
    ----------
    ours
        The kinds of events that are our doing.
    """
    due = {one.notice_id: (one.lead_id, _due_at(one)) for one in notices if one.lead_id is not None}
    ids = sorted({str(lead_id) for lead_id, _ in due.values()})
    promised: set[tuple[str, int]] = set()
    spoken: dict[str, int] = {}
    for at in range(0, len(ids), AT_ONCE):
        some = ids[at : at + AT_ONCE]
        acts = sa.select(ACTS.c.lead_id, ACTS.c.due_at).where(ACTS.c.kind == "remind", ACTS.c.undone_at.is_(None))
        promised.update((row.lead_id, row.due_at) for row in connection.execute(acts.where(ACTS.c.lead_id.in_(some))))
        last = sa.func.max(EVENTS.c.occurred_at).label("last")
        touched = sa.select(EVENTS.c.lead_id, last).where(EVENTS.c.lead_id.in_(some), is_touch(ours))
        spoken |= {row.lead_id: row.last for row in connection.execute(touched.group_by(EVENTS.c.lead_id))}
    return {name for name, one in due.items() if one in promised and spoken.get(str(one[0]), one[1] - 1) < one[1]}


def _due_at(notice: Notice) -> int:
    return to_microseconds(datetime.fromisoformat(notice.content["after"]["due_at"]))


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
