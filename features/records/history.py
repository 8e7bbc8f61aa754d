"""A checked history in columns: the three tables of leads, events and outcomes as NumPy arrays.

Files, databases and requests all become this one shape, so the kernel has one input. Rows refer to leads by position.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from features.records.clock import END_OF_TIME, NEVER, Microseconds, duration
from features.records.deadlines import end_of_days
from features.records.kin import Kin, records_of
from features.settings.fields import ACTORS
from features.settings.schema import LeadSchema

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]
Strings = NDArray[np.object_]
Rows = TypeVar("Rows", "Leads", "Events", "Outcomes")


@dataclass(frozen=True)
class Leads:
    """Leads as they were when they were created, n rows.

    Attributes
    ----------
    lead_id
        Text, unique.
    created_at
        Microseconds UTC.
    fields
        Answers, profile and context by name, encoded by `features.records.parsing.values.encode`; NaN where not answered.
    channels
        Channel values by name, as text; None where not known.
    account
        By what leads of one account are the same, as `features.records.account.account_of` tells; None where not known, or of no lead known.
    texts
        What leads wrote, by the name of the answer; None where nothing.
    names
        What stands in their contact fields and their account, of which no word is ever learned; None where nothing, or where no text is read.
    followed_until
        Until when anybody would have told how each lead ended (microseconds UTC): that nothing is known of it since says nothing. None where all
        are followed as long as the history is.
    followed_again
        From when on each is followed after all (microseconds UTC), since somebody told of it; END_OF_TIME where nobody did.
    """

    lead_id: Strings
    created_at: Microseconds
    fields: Mapping[str, Floats]
    channels: Mapping[str, Strings]
    account: Strings | None = None
    texts: Mapping[str, Strings] = field(default_factory=dict)
    names: Strings | None = None
    followed_until: Microseconds | None = None
    followed_again: Microseconds | None = None

    def __len__(self) -> int:
        return len(self.lead_id)

    def take(self, rows: NDArray[np.integer]) -> "Leads":
        """Return the leads at these positions."""
        return Leads(
            self.lead_id[rows],
            self.created_at[rows],
            {name: column[rows] for name, column in self.fields.items()},
            {name: column[rows] for name, column in self.channels.items()},
            None if self.account is None else self.account[rows],
            {name: column[rows] for name, column in self.texts.items()},
            None if self.names is None else self.names[rows],
            None if self.followed_until is None else self.followed_until[rows],
            None if self.followed_again is None else self.followed_again[rows],
        )


def named_agent(name: str | None, version: str | None) -> str | None:
    """Return what an agent is called by name and version: two versions are two agents, as each may act otherwise.

    Examples
    --------
    >>> named_agent("sdr", "1.2"), named_agent("sdr", None), named_agent(None, "1.2")
    ('sdr 1.2', 'sdr', None)
    """
    return None if name is None else f"{name} {version}" if version else name


@dataclass(frozen=True)
class Events:
    """What happened since, in any order, n rows.

    Attributes
    ----------
    lead
        Position of the lead.
    kind
        Code by `LeadSchema.event_codes`.
    occurred_at, recorded_at
        Microseconds UTC; only `recorded_at` decides what was known.
    value
        An answer's encoded value, or the number that came with the event; NaN without one.
    actor
        Code by `features.settings.schema.ACTORS`; -1 if not named.
    rep_id
        Whose event it was, as text; None where a row does not say, or where no row does.
    text
        What an event says that is an answer in the lead's own words; None where a row does not, or where no row does.
    agent
        Which agent acted, as `named_agent` writes name and version; None where none did, or where no row names one.
    """

    lead: Integers
    kind: NDArray[np.int16]
    occurred_at: Microseconds
    recorded_at: Microseconds
    value: Floats
    actor: NDArray[np.int8]
    rep_id: Strings | None = None
    text: Strings | None = None
    agent: Strings | None = None

    def __len__(self) -> int:
        return len(self.lead)

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Events":
        """Return the events at these positions."""
        return Events(
            self.lead[rows],
            self.kind[rows],
            self.occurred_at[rows],
            self.recorded_at[rows],
            self.value[rows],
            self.actor[rows],
            None if self.rep_id is None else self.rep_id[rows],
            None if self.text is None else self.text[rows],
            None if self.agent is None else self.agent[rows],
        )

    @classmethod
    def none(cls) -> "Events":
        """Return no events."""
        return cls(
            np.empty(0, np.int32),
            np.empty(0, np.int16),
            np.empty(0, np.int64),
            np.empty(0, np.int64),
            np.empty(0, np.float64),
            np.empty(0, np.int8),
        )


@dataclass(frozen=True)
class Outcomes:
    """How leads ended, n rows; a lead without a row is open, and of several the last recorded one holds.

    Attributes
    ----------
    lead
        Position of the lead.
    closed_at, recorded_at
        Microseconds UTC.
    won
        True if won, False if lost.
    amount
        Value of the deal; NaN without one.
    reason, rep_id
        Why it ended so, and who closed it, as text; None where a row does not say, or where no row does.
    """

    lead: Integers
    closed_at: Microseconds
    recorded_at: Microseconds
    won: NDArray[np.bool_]
    amount: Floats
    reason: Strings | None = None
    rep_id: Strings | None = None

    def __len__(self) -> int:
        return len(self.lead)

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Outcomes":
        """Return the outcomes at these positions."""
        return Outcomes(
            self.lead[rows],
            self.closed_at[rows],
            self.recorded_at[rows],
            self.won[rows],
            self.amount[rows],
            None if self.reason is None else self.reason[rows],
            None if self.rep_id is None else self.rep_id[rows],
        )

    def standing(self, reopened: Integers, reopened_at: Microseconds) -> "Outcomes":
        """Return the outcomes without those taken back: recorded no later than their lead was called open after all.

        Parameters
        ----------
        reopened, reopened_at
            Position of each such lead, n rows, and when that was recorded.
        """
        if not len(reopened):
            return self
        last = np.full(max(int(self.lead.max(initial=-1)), int(reopened.max())) + 1, np.iinfo(np.int64).min)
        np.maximum.at(last, reopened, reopened_at)
        return self.take(self.recorded_at > last[self.lead])

    def last_of_each_lead(self) -> "Outcomes":
        """Return each lead's last recorded outcome, the one that holds, in the order of leads."""
        return self.in_turn().last_in_turn()

    def in_turn(self) -> "Outcomes":
        """Return the outcomes by lead, each lead's in the turn in which they were recorded."""
        return self.take(np.lexsort((self.won, self.closed_at, self.recorded_at, self.lead)))

    def last_in_turn(self) -> "Outcomes":
        """Return each lead's last outcome of some that are in turn: those recorded by a time are too."""
        return self.take(np.diff(self.lead, append=-1) != 0)

    @classmethod
    def none(cls) -> "Outcomes":
        """Return no outcomes."""
        return cls(
            np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_), np.empty(0)
        )


@dataclass(frozen=True)
class History:
    """A checked history, and until when it is complete (microseconds UTC)."""

    schema: LeadSchema
    leads: Leads
    events: Events
    outcomes: Outcomes
    known_until: int

    @classmethod
    def none(cls, schema: LeadSchema) -> "History":
        """Return a history without leads."""
        return cls(
            schema, Leads(np.empty(0, np.object_), np.empty(0, np.int64), {}, {}), Events.none(), Outcomes.none(), 0
        )

    @cached_property
    def deadline(self) -> Microseconds:
        """The last time at which a win of each lead (n,) counts by its own day; NEVER where the horizon decides.

        A day that ended before the lead came in decides nothing: checks refuse it, and the horizon stands for one that is there all the same.
        """
        created_at, field = self.leads.created_at, self.schema.decided_by
        if field is None:
            return np.full(len(created_at), NEVER)
        ends = end_of_days(self.leads.fields[field], self.schema.zone)
        return np.where(ends < created_at, NEVER, ends)

    def won_until(self, lead: Integers, as_of: Microseconds) -> Microseconds:
        """Return the last time at which a win counts (n,) for leads that are scored as of some times.

        This is the end of the lead's own day, where it has one, and otherwise the horizon after the moment.
        """
        own = self.deadline[lead]
        return np.where(own == NEVER, as_of + duration(self.schema.horizon), own)

    def followed(self, lead: Integers, time: int) -> Microseconds:
        """Return until when leads (n,) were followed by a time: silence counts for no longer."""
        own = self.leads.followed_until
        return np.full(len(lead), time) if own is None else np.where(self.is_followed(lead, time), time, own[lead])

    def is_followed(self, lead: Integers, time: int | Microseconds) -> NDArray[np.bool_]:
        """Return whether anybody would tell of leads (n,) at times."""
        until, again = self.leads.followed_until, self.leads.followed_again
        if until is None:
            return np.ones(len(lead), np.bool_)
        return (time <= until[lead]) | (False if again is None else again[lead] <= time)

    def silent_at(self, lead: Integers, time: Microseconds) -> Microseconds:
        """Return when it was known that nothing was told of leads (n,) until times: at once, or when they are followed again; or END_OF_TIME."""
        again = self.leads.followed_again
        later = END_OF_TIME if again is None else np.maximum(again[lead], time)
        return np.where(self.is_followed(lead, time), time, later)

    @cached_property
    def outcomes_in_turn(self) -> Outcomes:
        """The outcomes by lead, each lead's in the turn in which they were recorded: labels are asked of them for many days."""
        return self.outcomes.in_turn()

    @cached_property
    def kin(self) -> Kin:
        """The leads of each account, with what was recorded of them."""
        leads, events, outcomes = self.leads, self.events, self.outcomes_in_order()
        accounts = np.full(len(leads), None) if leads.account is None else leads.account
        codes = {account: code for code, account in enumerate(dict.fromkeys(accounts)) if account is not None}
        code = np.fromiter((codes.get(account, -1) for account in accounts), np.int64, len(leads))
        kinds = len(self.schema.kinds)
        by_lead = np.asarray(events.actor == ACTORS.index("lead"), np.bool_)
        kind = np.where(events.kind < kinds, events.kind.astype(np.int64), -1)
        known_at = np.maximum(
            events.recorded_at, leads.created_at[events.lead]
        )  # nothing is known of a lead before it is
        records = records_of(
            leads.created_at,
            (outcomes.lead.astype(np.int64), outcomes.closed_at, outcomes.recorded_at, outcomes.won),
            (events.lead.astype(np.int64), events.occurred_at, known_at, kind, by_lead),
        )
        return Kin.of(code, records, kinds)

    def outcomes_in_order(self) -> Outcomes:
        """Return outcomes by lead and time of recording; none is known before its lead is."""
        outcomes = self.outcomes
        recorded_at = np.maximum(outcomes.recorded_at, self.leads.created_at[outcomes.lead])
        order = np.lexsort((outcomes.won, outcomes.closed_at, recorded_at, outcomes.lead))
        return replace(outcomes, recorded_at=recorded_at).take(order)

    def of_leads(self, rows: NDArray[np.integer]) -> "History":
        """Return the leads at these positions with their events and outcomes."""
        if len(rows) == len(self.leads):
            return self
        position = np.full(len(self.leads), -1, np.int32)
        position[rows] = np.arange(len(rows), dtype=np.int32)
        events = self.events.take(position[self.events.lead] >= 0)
        outcomes = self.outcomes.take(position[self.outcomes.lead] >= 0)
        return replace(
            self,
            leads=self.leads.take(rows),
            events=replace(events, lead=position[events.lead]),
            outcomes=replace(outcomes, lead=position[outcomes.lead]),
        )

    def as_known_at(self, time: int) -> "History":
        """Return what was recorded by `time`: the history that an export made then would have held."""
        recorded = replace(
            self,
            events=self.events.take(self.events.recorded_at <= time),
            outcomes=self.outcomes.take(self.outcomes.recorded_at <= time),
            known_until=min(time, self.known_until),
        )
        return recorded.of_leads(np.flatnonzero(self.leads.created_at <= time))


@dataclass(frozen=True)
class Moments:
    """Moments of scoring, n rows: which lead (by position) and as of when (microseconds UTC)."""

    lead: Integers
    as_of: Microseconds

    def __len__(self) -> int:
        return len(self.lead)

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Moments":
        """Return the moments at these positions."""
        return Moments(self.lead[rows], self.as_of[rows])


def creations(history: History) -> Moments:
    """Return the moment at which each lead was created."""
    return Moments(np.arange(len(history.leads), dtype=np.int32), history.leads.created_at)


def joined(first: Rows, second: Rows) -> Rows:
    """Return the rows of two tables, one after the other; a column that one of them lacks is not known of its rows."""
    columns: dict[str, Any] = {}
    for each in fields(first):
        one, other = getattr(first, each.name), getattr(second, each.name)
        if isinstance(one, Mapping):
            columns[each.name] = {name: np.concatenate([one[name], other[name]]) for name in one}
        elif one is not None or other is not None:
            none = (np.full(len(rows), None, np.object_) for rows in (first, second))
            columns[each.name] = np.concatenate(
                [empty if part is None else part for part, empty in zip((one, other), none, strict=True)]
            )
    return replace(first, **columns)
