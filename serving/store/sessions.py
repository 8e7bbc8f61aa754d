"""Sessions of the pages: who is logged in since when, and how a session is ended from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from serving.store.tables import AUDIT, KEYS, SESSIONS
from serving.store.transaction import Transaction

ENDED = "session ended"
"""What the audit trail calls an end; whoever checks a cookie goes by these entries."""


@dataclass(frozen=True)
class OpenSession:
    """A session that has not ended; nobody can make its cookie of its name. Times are microseconds UTC."""

    name: str
    key_id: str
    key_name: str
    began_at: int
    ends_at: int


class UnknownSessionError(LookupError):
    """No open session is meant, or several are."""


def begin_session(transaction: Transaction, name: str, key_id: str, ends_at: int) -> None:
    """Keep that a session has begun."""
    row = {"name": name, "key_id": key_id, "began_at": transaction.tick(), "ends_at": ends_at}
    transaction.add_many(SESSIONS, [row])


def end_session(transaction: Transaction, name: str, key_id: str, by: str = "") -> None:
    """End a session: within seconds its cookie opens nothing any more, wherever it was copied to."""
    ended = sa.update(SESSIONS).where(SESSIONS.c.name == name)
    transaction.connection.execute(ended.values(ended_at=transaction.tick()))
    transaction.add_audit(ENDED, name, f"by {by}" if by else "", key_id)


def open_sessions(connection: sa.Connection, now: int) -> list[OpenSession]:
    """Return the sessions that are open, the latest first; those of a revoked key are none."""
    query = (
        sa.select(
            SESSIONS.c.name, SESSIONS.c.key_id, KEYS.c.name.label("key_name"), SESSIONS.c.began_at, SESSIONS.c.ends_at
        )
        .join(KEYS, KEYS.c.key_id == SESSIONS.c.key_id)
        .where(SESSIONS.c.ends_at > now, SESSIONS.c.ended_at.is_(None), KEYS.c.revoked_at.is_(None))
        .order_by(SESSIONS.c.began_at.desc())
    )
    return [OpenSession(**row) for row in connection.execute(query).mappings()]


def chosen(sessions: Sequence[OpenSession], name: str, key_id: str, everybody: bool) -> list[OpenSession]:
    """Return which open sessions are meant: one by the beginning of its name, those of a key, or all.

    Raises
    ------
    UnknownSessionError
        If a name means none or several.
    """
    if everybody:
        return list(sessions)
    if key_id:
        return [one for one in sessions if one.key_id == key_id]
    found = [one for one in sessions if one.name.removeprefix("session ").startswith(name.removeprefix("session "))]
    if len(found) != 1 or not name:
        raise UnknownSessionError(
            f"A name must be that of one open session, got {name!r}, which is of {len(found)}: see `glengarry sessions list`."
        )
    return found


def ended_since(connection: sa.Connection, since: int) -> frozenset[str]:
    """Return the names of sessions that were ended at a time or later."""
    query = sa.select(AUDIT.c.subject).where(AUDIT.c.at >= since, AUDIT.c.action == ENDED)
    return frozenset(connection.execute(query).scalars())


def forget_sessions(transaction: Transaction, before: int) -> None:
    """Let go of sessions that were over before a time."""
    transaction.connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.ends_at < before))
