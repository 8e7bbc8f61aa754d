"""Who is told what happens, how far each receiver is, and what waits to be told again.

The store's transactions go one after the other and their times rise, so a receiver that has taken all until a time misses nothing by asking for
what is later. What it did not take, and what waits behind that because it is of the same lead, has a row of its own until it is taken.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from features.records.clock import duration
from serving.schemas.notices import NoticeKind
from serving.store.notices import NOTHING_WANTED, NewNotice
from serving.store.tables import CLOCK, DELIVERIES, MESSAGES_SENT, OUTBOX, OUTBOX_RETRIES
from serving.store.transaction import Transaction

PATIENCE = timedelta(days=3)
"""So long a notice is tried, and a receiver that takes nothing is asked, before it is given up."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 3600.0
"""Seconds before the second try, doubled with each one, up to an hour."""
MAX_RETRIES_READ = 5_000


@dataclass(frozen=True)
class Notice:
    """Something that happened, as it goes out.

    Attributes
    ----------
    at
        When it was written, microseconds UTC; no other notice has the same.
    notice_id
        By which receivers know one that comes a second time.
    tries
        How often this receiver was sent it in vain.
    waits_since
        When it was first to be sent and was not taken; None for one that was never tried.
    """

    at: int
    notice_id: str
    kind: NoticeKind
    lead_id: str | None
    content: Mapping[str, Any]
    tries: int = 0
    waits_since: int | None = None


@dataclass(frozen=True)
class Failed:
    """Why a receiver did not take a notice.

    Attributes
    ----------
    why
        In words, for people; without secrets.
    wait
        Seconds that the receiver asked to be left alone.
    is_down
        Whether it seems to take nothing at all just now, rather than not this one.
    is_gone
        Whether it said that it never will again.
    """

    why: str
    wait: float | None = None
    is_down: bool = False
    is_gone: bool = False


@dataclass(frozen=True)
class Held:
    """Says that a notice is to be told later: that it was not told now is nobody's failure.

    Attributes
    ----------
    until
        When it is due again, microseconds UTC.
    """

    until: int


@dataclass(frozen=True)
class PassedOver:
    """Says that a notice is not to be told, now or ever: nothing follows from that of the receiver."""


Result = Failed | Held | PassedOver | None
Results = Mapping[str, Result]
"""By the id of a notice None if it was taken, or why not; those that are left out were not tried."""


@dataclass(frozen=True)
class DeliveryState:
    """How far a receiver is; times are microseconds UTC, and `failures` are in a row."""

    name: str
    since: int
    sent: int = 0
    sent_at: int | None = None
    failures: int = 0
    failing_since: int | None = None
    next_at: int | None = None
    trouble: str | None = None
    off_at: int | None = None
    holder: str | None = None
    held_until: int | None = None


def register(transaction: Transaction, receivers: Mapping[str, frozenset[NoticeKind]], moved_by: float) -> bool:
    """Let these receivers be told from now on, and no others; return whether that changes anything."""
    connection = transaction.connection
    known = {state.name for state in states(connection)}
    gone, new = known - receivers.keys(), receivers.keys() - known
    of_receiver = (DELIVERIES.c.name, OUTBOX_RETRIES.c.delivery, MESSAGES_SENT.c.delivery)
    for column in of_receiver:
        if gone:
            connection.execute(sa.delete(column.table).where(column.in_(sorted(gone))))
    transaction.insert(DELIVERIES, [{"name": name, "since": transaction.latest} for name in sorted(new)])
    kinds: frozenset[NoticeKind] = frozenset().union(*receivers.values())
    wanted = transaction.wanted.followed_by(kinds, moved_by, transaction.latest) if receivers else NOTHING_WANTED
    changed = bool(gone or new or wanted != transaction.wanted)
    if changed:
        connection.execute(sa.update(CLOCK).values(wanted_notices=wanted.write()))
        transaction.wanted = wanted
    return changed


def states(connection: sa.Connection) -> list[DeliveryState]:
    """Return how far each receiver is, by name."""
    rows = connection.execute(sa.select(DELIVERIES).order_by(DELIVERIES.c.name)).mappings()
    return [DeliveryState(**row) for row in rows]


def state_of(connection: sa.Connection, name: str) -> DeliveryState | None:
    """Return how far a receiver is; None if there is none of this name."""
    row = connection.execute(_STATE, {"wanted": name}).mappings().first()
    return None if row is None else DeliveryState(**row)


def claim(
    transaction: Transaction, name: str, holder: str, now: int, until: int, has_ended: Callable[[str], bool]
) -> bool:
    """Let a process deliver to a receiver until a time; return whether it may: one process at a time does.

    Parameters
    ----------
    has_ended
        Tells of the process that holds it whether it is known to have ended: it then need not be waited for.
    """
    state = state_of(transaction.connection, name)
    if state is None:
        return False
    is_free = state.holder in (None, holder) or (state.held_until or 0) <= now
    if not is_free and not has_ended(str(state.holder)):
        return False
    set_state(transaction, name, holder=holder, held_until=until)
    return True


def release(transaction: Transaction, holder: str) -> None:
    """Let others deliver what a process held."""
    mine = DELIVERIES.c.holder == holder
    transaction.connection.execute(sa.update(DELIVERIES).where(mine).values(holder=None, held_until=None))


def due(
    connection: sa.Connection, state: DeliveryState, kinds: frozenset[NoticeKind], now: int, most: int
) -> list[Notice]:
    """Return what is to be sent to a receiver now, of each lead the earliest first, and nothing that has to wait for an earlier notice.

    One that was never tried has a place, the first: whatever others a receiver fails at, it is seen whether it takes anything.
    """
    waiting = list(connection.execute(_WAITING, {"wanted": state.name}).mappings())
    heads: dict[str, bool] = {}  # of each lead with something that waits, whether the first of it is due
    ready: dict[int, Any] = {}
    untried: list[int] = []
    for row in waiting:
        is_due, is_first = row["next_at"] <= now, row["lead_id"] not in heads
        if row["lead_id"] is not None:
            is_due = heads.setdefault(row["lead_id"], is_due)
        if is_due:
            ready[row["at"]] = row
            untried += [row["at"]] if is_first and not row["tries"] else []
    chosen = list(dict.fromkeys([*untried[:1], *ready]))[:most]
    again = _retried(connection, {at: ready[at] for at in chosen})
    new: list[Notice] = []
    if len(waiting) < MAX_RETRIES_READ:  # else something of the same lead may be among those that were not read
        is_cut = len(ready) > most
        new = _unsent(connection, state, kinds, most, {lead for lead in heads if is_cut or not heads[lead]})
    first = untried[:1] or [notice.at for notice in new if notice.lead_id is None or notice.lead_id not in heads][:1]
    return sorted([*again, *new], key=lambda notice: notice.at not in first)[:most]


def _unsent(
    connection: sa.Connection, state: DeliveryState, kinds: frozenset[NoticeKind], most: int, blocked: Collection[str]
) -> list[Notice]:
    """Return the earliest notices that are new, but those of leads with something that waits and is not sent with them."""
    query = sa.select(OUTBOX).where(OUTBOX.c.at > state.since, OUTBOX.c.kind.in_(sorted(kinds))).order_by(OUTBOX.c.at)
    rows = [Notice(**row) for row in connection.execute(query.limit(most)).mappings()]
    return [notice for notice in rows if notice.lead_id is None or notice.lead_id not in blocked]


def has_waiting(connection: sa.Connection, name: str) -> bool:
    """Return whether anything waits to be sent again to a receiver."""
    return connection.execute(_WAITING.limit(1), {"wanted": name}).first() is not None


def settle(
    transaction: Transaction,
    state: DeliveryState,
    kinds: frozenset[NoticeKind],
    batch: Sequence[Notice],
    results: Results,
    now: int,
    jitter: float = 1.0,
) -> DeliveryState | None:
    """Keep what became of a batch that `due` gave, and return how far the receiver is now; None if it is no longer told.

    Where somebody has asked meanwhile that everything be sent again, nothing is kept: it is.

    Parameters
    ----------
    jitter
        By which the wait before the next try is multiplied, so that not everything comes back at once.
    """
    current = state_of(transaction.connection, state.name)
    if current is None or current.since != state.since:
        return current
    taken = [notice for notice in batch if notice.notice_id in results and results[notice.notice_id] is None]
    failures = [(notice, one) for notice in batch if isinstance(one := results.get(notice.notice_id), Failed)]
    is_down = not taken and any(failed.is_down for _, failed in failures)
    fields: dict[str, Any] = {"sent": state.sent + len(taken)}
    if taken:
        fields |= {"sent_at": now, "failures": 0, "failing_since": None, "next_at": None, "trouble": None}
    if failures:
        fields |= {"trouble": failures[-1][1].why}
    if is_down:
        wait = max(backoff(state.failures + 1) * jitter, max(failed.wait or 0.0 for _, failed in failures))
        since = now if state.failing_since is None else state.failing_since
        fields |= {"failures": state.failures + 1, "failing_since": since, "next_at": now + _seconds(wait)}
        if now - since >= duration(PATIENCE):
            fields |= {"off_at": now}
    if any(failed.is_gone for _, failed in failures):
        fields |= {"off_at": now}
    # Nothing new is passed over beyond the last one that was tried.
    until = max([state.since, *(notice.at for notice in batch if notice.notice_id in results)])
    _settle_rows(
        transaction, state, [one for one in batch if one.at <= until], results, now, jitter, gives_up=not is_down
    )
    if until > state.since:
        _hold_back(transaction, state, kinds, batch, until, now)
    fields |= {"since": until}
    set_state(transaction, state.name, **fields)
    if fields.get("off_at") is not None and state.off_at is None:
        _say_off(transaction, state.name, str(fields["trouble"]))
    return DeliveryState(**{**vars(state), **fields})


def _settle_rows(
    transaction: Transaction,
    state: DeliveryState,
    batch: Sequence[Notice],
    results: Results,
    now: int,
    jitter: float,
    *,
    gives_up: bool,
) -> None:
    """Write the rows of what waits, and delete those of what does no longer."""
    there = _existing(transaction.connection, [notice.at for notice in batch])
    gone, waiting = [], []
    for notice in batch:
        was_tried, result = notice.notice_id in results, results.get(notice.notice_id)
        if (was_tried and result is None) or isinstance(result, PassedOver) or notice.at not in there:
            gone.append(notice.at)
        elif was_tried or notice.waits_since is None:
            waiting.append(_waiting_row(state.name, notice, result, now, jitter, gives_up=gives_up))
    old = [at for at in (*gone, *(row["at"] for row in waiting)) if at <= state.since]
    if old:
        mine = (OUTBOX_RETRIES.c.delivery == state.name, OUTBOX_RETRIES.c.at.in_(old))
        transaction.connection.execute(sa.delete(OUTBOX_RETRIES).where(*mine))
    transaction.insert(OUTBOX_RETRIES, waiting)


def _hold_back(
    transaction: Transaction,
    state: DeliveryState,
    kinds: frozenset[NoticeKind],
    batch: Sequence[Notice],
    until: int,
    now: int,
) -> None:
    """Let those wait that `due` left out, because an earlier notice of their lead was not due."""
    sent = {notice.at for notice in batch}
    query = sa.select(OUTBOX.c.at, OUTBOX.c.lead_id).where(
        OUTBOX.c.at > state.since,
        OUTBOX.c.at <= until,
        OUTBOX.c.kind.in_(sorted(kinds)),
        OUTBOX.c.lead_id.is_not(None),
    )
    left = [row for row in transaction.connection.execute(query) if row.at not in sent]
    transaction.insert(OUTBOX_RETRIES, [_row(state.name, row.at, row.lead_id, now) for row in left])


def _row(name: str, at: int, lead_id: str | None, now: int) -> dict[str, Any]:
    return {
        "delivery": name,
        "at": at,
        "lead_id": lead_id,
        "tries": 0,
        "first_at": now,
        "next_at": now,
        "trouble": None,
        "given_up_at": None,
    }


def _waiting_row(
    name: str, notice: Notice, result: Result, now: int, jitter: float, *, gives_up: bool
) -> dict[str, Any]:
    row = _row(name, notice.at, notice.lead_id, now)
    first = now if notice.waits_since is None or not notice.tries else notice.waits_since
    if isinstance(result, Held):
        return row | {"tries": notice.tries, "first_at": first, "next_at": result.until}
    if not isinstance(result, Failed):
        return row
    wait = max(backoff(notice.tries + 1) * jitter, result.wait or 0.0)
    ends = gives_up and now - first >= duration(PATIENCE)
    return row | {
        "tries": notice.tries + 1,
        "first_at": first,
        "next_at": now + _seconds(wait),
        "trouble": result.why,
        "given_up_at": now if ends else None,
    }


def backoff(failures: int) -> float:
    """Return how many seconds to wait after so many failures in a row.

    Examples
    --------
    >>> [backoff(n) for n in (1, 2, 3, 12, 13, 2_000)]
    [1.0, 2.0, 4.0, 2048.0, 3600.0, 3600.0]
    """
    return min(FIRST_WAIT * 2.0 ** min(failures - 1, 30), LONGEST_WAIT)


def _say_off(transaction: Transaction, name: str, why: str) -> None:
    transaction.add_audit("delivery switched off", f"delivery {name}", why)
    content = {"before": {"delivery": name, "is_on": True}, "after": {"delivery": name, "is_on": False, "why": why}}
    transaction.announce([NewNotice("delivery.off", content)])


def set_state(transaction: Transaction, name: str, **fields: Any) -> None:
    """Keep fields of how far a receiver is."""
    transaction.connection.execute(sa.update(DELIVERIES).where(DELIVERIES.c.name == name).values(fields))


def _retried(connection: sa.Connection, waiting: Mapping[int, Any]) -> list[Notice]:
    rows = connection.execute(sa.select(OUTBOX).where(OUTBOX.c.at.in_(list(waiting))).order_by(OUTBOX.c.at)).mappings()
    return [
        Notice(**row, tries=waiting[row["at"]]["tries"], waits_since=waiting[row["at"]]["first_at"]) for row in rows
    ]


def _existing(connection: sa.Connection, ats: Sequence[int]) -> set[int]:
    """Return which notices are still there: those of somebody who was erased meanwhile are not."""
    query = sa.select(OUTBOX.c.at).where(OUTBOX.c.at.in_(list(ats)))
    return set(connection.execute(query).scalars())


def _seconds(seconds: float) -> int:
    return round(seconds * 1e6)


_STATE = sa.select(DELIVERIES).where(DELIVERIES.c.name == sa.bindparam("wanted"))
_WAITING = (
    sa.select(OUTBOX_RETRIES)
    .where(OUTBOX_RETRIES.c.delivery == sa.bindparam("wanted"), OUTBOX_RETRIES.c.given_up_at.is_(None))
    .order_by(OUTBOX_RETRIES.c.at)
    .limit(MAX_RETRIES_READ)
)
