"""Answers to calls with an Idempotency-Key: let go of when nobody repeats the call any more, as each takes some kilobytes."""

from datetime import timedelta

import sqlalchemy as sa

from features.records.clock import duration
from serving.store.store import Store
from serving.store.tables import CALL_LEADS, CALLS

KEPT_FOR = duration(timedelta(days=30))
"""So long a call may be repeated by its Idempotency-Key; after that, it is known by what it tells, as any other."""
AT_ONCE = 1_000
"""Answers that are let go of in a transaction: other writes wait for it."""


def forget_old_answers(store: Store, now: int) -> int:
    """Delete the answers that are older than `KEPT_FOR`, and return how many they were.

    Raises
    ------
    StoreError
        If the store cannot be reached.
    """
    gone = 0
    while True:
        with store.writing(now) as transaction:
            some = _forget_some(transaction.connection, now - KEPT_FOR)
        gone += some
        if some < AT_ONCE:
            return gone


def _forget_some(connection: sa.Connection, before: int) -> int:
    old = sa.select(CALLS.c.key_id, CALLS.c.idempotency_key).where(CALLS.c.stored_at < before).limit(AT_ONCE)
    keys = [{"key": row.key_id, "once": row.idempotency_key} for row in connection.execute(old)]
    for table in (CALLS, CALL_LEADS) if keys else ():
        mine = (table.c.key_id == sa.bindparam("key"), table.c.idempotency_key == sa.bindparam("once"))
        connection.execute(sa.delete(table).where(*mine), keys)
    return len(keys)
