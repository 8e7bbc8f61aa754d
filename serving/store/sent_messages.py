"""What people were sent messages about: by this they are told no more a day, and of nothing more often, than they want."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from serving.store.reading import AT_ONCE, is_touch
from serving.store.tables import EVENTS, MESSAGES_SENT
from serving.store.transaction import Transaction


@dataclass(frozen=True)
class SentMessages:
    """Messages of late: when each was sent, and by what they were about when that was told last; microseconds UTC."""

    at: tuple[int, ...]
    subjects: Mapping[str, int]


def keep_sent(transaction: Transaction, name: str, at: int, subjects: Mapping[str, str | None]) -> None:
    """Keep that somebody was sent a message.

    Parameters
    ----------
    subjects
        What it is about, each with its lead, if it is one.
    """
    rows = [{"delivery": name, "at": at, "subject": one, "lead_id": lead_id} for one, lead_id in subjects.items()]
    transaction.insert(MESSAGES_SENT, rows)


def sent_since(connection: sa.Connection, name: str, since: int) -> SentMessages:
    """Return what somebody was sent since a time."""
    query = (
        sa.select(MESSAGES_SENT.c.at, MESSAGES_SENT.c.subject)
        .where(MESSAGES_SENT.c.delivery == name, MESSAGES_SENT.c.at >= since)
        .order_by(MESSAGES_SENT.c.at)
    )
    rows = list(connection.execute(query))
    return SentMessages(tuple(dict.fromkeys(row.at for row in rows)), {row.subject: row.at for row in rows})


def spoken_with(connection: sa.Connection, lead_ids: Sequence[str], ours: Sequence[str]) -> set[str]:
    """Return those of some leads with whom we have spoken.

    Parameters
    ----------
    ours
        The kinds of events that are our doing.
    """
    found: set[str] = set()
    for at in range(0, len(lead_ids), AT_ONCE):
        of_these = EVENTS.c.lead_id.in_(lead_ids[at : at + AT_ONCE])
        query = sa.select(EVENTS.c.lead_id).where(of_these, is_touch(ours)).distinct()
        found.update(connection.execute(query).scalars())
    return found
