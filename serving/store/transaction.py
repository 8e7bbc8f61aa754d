"""One transaction that writes: it gives out times, and puts records in that are not there yet."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from features.records.leads.set_aside import SetAside
from serving.schemas.notices import NoticeKind
from serving.store.lead_status import keep_standing, keep_status
from serving.store.notices import NewNotice, WantedNotices, notice_id, of_scores, standings_before, wants_scores
from serving.store.reading import columns_of, outcomes_of
from serving.store.records import (
    Event,
    Feedback,
    Lead,
    NewEvent,
    NewLead,
    NewOutcome,
    OtherRecordError,
    Outcome,
    StoredScore,
    digest,
    row_of,
)
from serving.store.seals import sealed
from serving.store.tables import AUDIT, CLOCK, EVENTS, FEEDBACK, LEADS, OUTBOX, OUTCOMES, REMOVALS, SCORES, SET_ASIDE

R = TypeVar("R", Lead, Event, Outcome)

EVENT_KEY = ("lead_id", "kind", "occurred_at", "event_id")
MAX_MERGERS = 20
"""So many mergers of merged leads are followed."""
OUTCOME_KEY = ("lead_id", "closed_at", "digest")
"""What tells a record from others, beside `lead_id` of a lead."""


def _of_key(table: sa.Table, record: type[Any], names: Sequence[str]) -> sa.Select[Any]:
    """Return the question for the record of a key."""
    return columns_of(table, record).where(
        *(table.c[name] == sa.bindparam(name, type_=table.c[name].type) for name in names)
    )


# Put together once: SQLAlchemy takes longer to build them than a database to carry them out.
_LEAD = _of_key(LEADS, Lead, ("lead_id",))
_EVENT = _of_key(EVENTS, Event, EVENT_KEY)
_OUTCOME = _of_key(OUTCOMES, Outcome, OUTCOME_KEY)
_INTO = sa.select(REMOVALS.c.into).where(REMOVALS.c.lead_id == sa.bindparam("lead"))
_ANY_MERGER = sa.select(REMOVALS.c.lead_id).where(REMOVALS.c.into.is_not(None)).limit(1)
_HOLD = sa.update(CLOCK).values(latest=CLOCK.c.latest).returning(CLOCK.c.latest, CLOCK.c.wanted_notices)
_KEEP = sa.update(CLOCK).values(latest=sa.bindparam("latest", type_=CLOCK.c.latest.type))


class Transaction:
    """What may be written together; a store has one at a time, whatever the number of its servers.

    Times that it gives out rise, even if the clock of the machine is set back: those of a transaction are later than
    those of all before it, so what is stored by a time never changes.

    Attributes
    ----------
    since, latest
        The latest time given out before this transaction, and in it, microseconds UTC.
    wanted
        The notices that somebody wants.
    has_erased
        Whether it erases somebody: what was written of them before is then cleared from the database's log, too.
    """

    def __init__(self, connection: sa.Connection, now: int) -> None:
        self.connection = connection
        # The row is held to the end, so transactions of all servers go one after the other.
        held = connection.execute(_HOLD).one()
        self.since = self.latest = int(held.latest)
        self.wanted = WantedNotices.read(held.wanted_notices)
        self._now = now
        self.has_erased = False

    def tick(self, at_least: int | None = None) -> int:
        """Return a time that is later than any before it, and not before `at_least`: nothing is known before it happens."""
        self.latest = max(self._now, self.latest + 1, self.latest if at_least is None else at_least)
        return self.latest

    def staying(self, lead_id: str) -> str:
        """Return the id under which a lead stands: its own, or that of the one into which it was merged."""
        return staying(self.connection, lead_id) if self.has_mergers else lead_id

    def is_removed(self, lead_id: str) -> bool:
        """Return whether a CRM has deleted a lead, or merged it into another."""
        removed = sa.select(REMOVALS.c.lead_id).where(REMOVALS.c.lead_id == lead_id)
        return self.connection.execute(removed).first() is not None

    @cached_property
    def has_mergers(self) -> bool:
        """Whether any lead was ever merged into another."""
        return self.connection.execute(_ANY_MERGER).first() is not None

    def close(self) -> None:
        """Keep the latest time."""
        self.connection.execute(_KEEP, {"latest": self.latest})

    def add_lead(self, new: NewLead) -> Lead:
        """Store a lead, or return the one that is stored already.

        Raises
        ------
        OtherRecordError
            If there is another lead of this id.
        """
        found = self._one(_LEAD, Lead, {"lead_id": new.lead_id})
        if found is not None:
            return _same(found, new.digest, f"Lead {new.lead_id!r}")
        at = self.tick(new.created_at)
        lead = Lead(
            new.lead_id,
            at if new.created_at is None else new.created_at,
            new.fields,
            new.digest,
            at,
            account=new.account,
        )
        self.insert(LEADS, [row_of(lead)])
        self.set_aside(lead.lead_id, new.aside, at)
        keep_status(self.connection, [lead.lead_id])
        return lead

    def set_aside(self, lead_id: str, aside: Sequence[SetAside], at: int) -> None:
        """Keep what was told with a lead and cannot be read, each value once."""
        rows = [{"lead_id": lead_id, **row_of(one), "digest": digest(one.value), "stored_at": at} for one in aside]
        self.add_many(SET_ASIDE, rows)

    def add_event(self, new: NewEvent) -> Event:
        """Store an event, whether its lead is there or not, or return the one that is stored already.

        Raises
        ------
        OtherRecordError
            If there is another event of this key.
        """
        found = self._one(_EVENT, Event, dict(zip(EVENT_KEY, new.key, strict=True)))
        if found is not None:
            return _same(found, new.digest, f"Event {new.kind!r} of lead {new.lead_id!r}")
        event = as_event(new, self.tick(new.occurred_at))
        self.insert(EVENTS, [row_of(event)])
        return event

    def add_outcome(self, new: NewOutcome) -> Outcome:
        """Store an outcome, whether its lead is there or not, or return the one that is stored already; another is a correction.

        One that is told again after another holds again: a correction back. With an `outcome_id` or a time of its own it is a call repeated.
        """
        found = self._one(_OUTCOME, Outcome, {name: getattr(new, name) for name in OUTCOME_KEY})
        if found is not None:
            is_repeated = new.outcome_id or new.recorded_at is not None
            return found if is_repeated or _holds(self.connection, found) else self._tell_again(found)
        outcome = as_outcome(new, self.tick(max(new.closed_at, new.recorded_at or new.closed_at)))
        if new.recorded_at is not None:
            outcome = replace(outcome, recorded_at=own_time(self.connection, outcome.lead_id, outcome.recorded_at))
        self.insert(OUTCOMES, [row_of(outcome)])
        keep_status(self.connection, [outcome.lead_id])
        return outcome

    def _tell_again(self, outcome: Outcome) -> Outcome:
        at = self.tick()
        key = [OUTCOMES.c[name] == getattr(outcome, name) for name in OUTCOME_KEY]
        self.connection.execute(sa.update(OUTCOMES).where(*key).values(recorded_at=at, stored_at=at))
        keep_status(self.connection, [outcome.lead_id])
        return replace(outcome, recorded_at=at, stored_at=at)

    def add_scores(self, scores: Sequence[StoredScore]) -> None:
        """Store scores; each lead's latest becomes its standing, and whoever wants to is told."""
        self.insert(SCORES, [{column.name: getattr(score, column.name) for column in SCORES.c} for score in scores])
        if scores and wants_scores(self.wanted):
            before = standings_before(self.connection, sorted({score.lead_id for score in scores}))
            self.announce(of_scores(before, scores, self.wanted))
        keep_standing(self.connection, scores)

    def wants(self, kind: NoticeKind) -> bool:
        """Return whether anybody wants to hear of something."""
        return kind in self.wanted.kinds

    def announce(self, notices: Sequence[NewNotice]) -> None:
        """Write what is to go out, in the order in which it is told; what nobody wants is left out."""
        rows = []
        for notice in notices:
            if self.wants(notice.kind):
                at = self.tick()
                row = {"at": at, "notice_id": notice_id(at, notice.once)}
                rows.append({**row, "kind": notice.kind, "lead_id": notice.lead_id, "content": notice.content})
        self.add_many(OUTBOX, rows)

    def add_feedback(self, feedback: Feedback) -> int:
        """Store what a rep says, unless it was said already, and return when that was."""
        content = row_of(feedback)
        same = [FEEDBACK.c[name].is_not_distinct_from(value) for name, value in content.items()]
        before = self.connection.execute(sa.select(FEEDBACK.c.stored_at).where(*same)).scalar()
        if before is not None:
            return int(before)
        at = self.tick()
        self.insert(FEEDBACK, [content | {"stored_at": at}])
        return at

    def add_audit(self, action: str, subject: str, detail: str = "", key_id: str | None = None) -> int:
        """Write an entry into the audit trail, and return its time."""
        at = self.tick()
        entry = {"at": at, "action": action, "key_id": key_id, "subject": subject, "detail": detail}
        self.insert(AUDIT, [entry])
        return at

    def insert(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Put rows into a table."""
        if rows:
            self.connection.execute(sa.insert(table), sealed(table.name, rows))

    def add_many(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Put in the rows whose keys are not there yet, and leave the others as they are."""
        if rows:
            insert = postgresql.insert if self.connection.dialect.name == "postgresql" else sqlite.insert
            self.connection.execute(insert(table).on_conflict_do_nothing(), sealed(table.name, rows))

    def _one(self, question: sa.Select[Any], record: type[R], key: Mapping[str, Any]) -> R | None:
        row = self.connection.execute(question, key).mappings().first()
        return None if row is None else record(**row)


def staying(connection: sa.Connection, lead_id: str) -> str:
    """Return the id under which a lead stands: its own, or that of the one into which it was merged."""
    for _ in range(MAX_MERGERS):
        into = connection.execute(_INTO, {"lead": lead_id}).scalar()
        if into is None or into == lead_id:
            break
        lead_id = str(into)
    return lead_id


def _holds(connection: sa.Connection, outcome: Outcome) -> bool:
    """Return whether an outcome is the last told of its lead."""
    of_lead = outcomes_of(connection, [outcome.lead_id])[outcome.lead_id]
    return is_same_outcome(of_lead[-1], outcome)


def is_same_outcome(one: Outcome, other: Outcome) -> bool:
    """Return whether two outcomes are one record."""
    return all(getattr(one, name) == getattr(other, name) for name in OUTCOME_KEY)


def as_event(new: NewEvent, at: int) -> Event:
    """Return an event as it is stored at a time."""
    content = row_of(new) | {"recorded_at": at if new.recorded_at is None else new.recorded_at}
    del content["aside"]  # in a table of its own
    return Event(**content, digest=new.digest, stored_at=at)


def own_time(connection: sa.Connection, lead_id: str, recorded_at: int) -> int:
    """Return the first time from one on at which no outcome of a lead is recorded: of two at one time, the last told holds."""
    taken = {outcome.recorded_at for outcome in outcomes_of(connection, [lead_id]).get(lead_id, ())}
    while recorded_at in taken:
        recorded_at += 1
    return recorded_at


def as_outcome(new: NewOutcome, at: int) -> Outcome:
    """Return an outcome as it is stored at a time; nothing is known before it happens."""
    content = row_of(new) | {"recorded_at": at if new.recorded_at is None else max(new.recorded_at, new.closed_at)}
    del content["aside"]
    return Outcome(**content, digest=new.digest, stored_at=at)


def _same(found: R, digest: str, what: str) -> R:
    if found.digest != digest:
        raise OtherRecordError(f"{what} must be as it is stored already, got another content")
    return found
