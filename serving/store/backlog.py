"""What waits for receivers, and what an operator does about it: telling again, switching on, forgetting."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from features.records.clock import duration
from serving.schemas.notices import NoticeKind
from serving.store.deliveries import DeliveryState, Notice, set_state, state_of
from serving.store.tables import MESSAGES_SENT, OUTBOX, OUTBOX_RETRIES
from serving.store.transaction import Transaction

KEPT = timedelta(days=30)
"""So long the outbox keeps notices, delivered or not: until then they can be sent again."""
_FRESH = {"failures": 0, "failing_since": None, "next_at": None, "trouble": None, "off_at": None}


@dataclass(frozen=True)
class Backlog:
    """What a receiver has not taken yet: how many notices, since when the oldest waits, and how many were given up."""

    waiting: int
    oldest: int | None
    given_up: int


def backlog(connection: sa.Connection, state: DeliveryState, kinds: frozenset[NoticeKind]) -> Backlog:
    """Return what a receiver has not taken yet."""
    new = sa.select(sa.func.count(), sa.func.min(OUTBOX.c.at)).where(
        OUTBOX.c.at > state.since, OUTBOX.c.kind.in_(sorted(kinds))
    )
    mine = OUTBOX_RETRIES.c.delivery == state.name
    again = sa.select(sa.func.count(), sa.func.min(OUTBOX_RETRIES.c.at)).where(
        mine, OUTBOX_RETRIES.c.given_up_at.is_(None)
    )
    lost = sa.select(sa.func.count()).where(mine, OUTBOX_RETRIES.c.given_up_at.is_not(None))
    counts = [connection.execute(query).one() for query in (new, again)]
    oldest = min((one[1] for one in counts if one[1] is not None), default=None)
    return Backlog(sum(one[0] for one in counts), oldest, int(connection.execute(lost).scalar_one()))


def recent(connection: sa.Connection, most: int) -> list[Notice]:
    """Return the latest notices, whether delivered or not."""
    rows = connection.execute(sa.select(OUTBOX).order_by(OUTBOX.c.at.desc()).limit(most)).mappings()
    return [Notice(**row) for row in rows]


def replay(transaction: Transaction, name: str, since: int) -> bool:
    """Send a receiver everything again from a time on, as far as the outbox keeps it, and switch it on; return whether there is such a receiver."""
    state = state_of(transaction.connection, name)
    if state is None:
        return False
    mine = OUTBOX_RETRIES.c.delivery == name
    transaction.connection.execute(sa.delete(OUTBOX_RETRIES).where(mine, OUTBOX_RETRIES.c.at >= since))
    again = {"given_up_at": None, "next_at": since, "tries": 0}
    transaction.connection.execute(sa.update(OUTBOX_RETRIES).where(mine).values(again))
    set_state(transaction, name, since=min(state.since, since - 1), **_FRESH)
    return True


def switch_on(transaction: Transaction, name: str) -> bool:
    """Let a receiver be asked again that was switched off or rests: it goes on where it was; return whether there is such a receiver."""
    if state_of(transaction.connection, name) is None:
        return False
    set_state(transaction, name, **_FRESH)
    return True


def forget_notices(connection: sa.Connection, lead_id: str) -> None:
    """Delete what was to be told of a lead, or was."""
    for table in (OUTBOX, OUTBOX_RETRIES, MESSAGES_SENT):
        connection.execute(sa.delete(table).where(table.c.lead_id == lead_id))


def forget_old_notices(transaction: Transaction, now: int) -> int:
    """Delete what the outbox has kept for its time, and return how many notices that were."""
    end = now - duration(KEPT)
    for table in (OUTBOX_RETRIES, MESSAGES_SENT):
        transaction.connection.execute(sa.delete(table).where(table.c.at < end))
    return int(transaction.connection.execute(sa.delete(OUTBOX).where(OUTBOX.c.at < end)).rowcount)
