"""A checked history in columns: the three tables of leads, events and outcomes as NumPy arrays.

Files, databases and requests all become this one shape, so the kernel has one input. Rows refer to leads by position.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.clock import Microseconds
from features.settings import LeadSchema

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]
Strings = NDArray[np.object_]


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
        Answers, profile and context by name, encoded by `features.fields.encode`; NaN where not answered.
    channels
        Channel values by name, as text; None where not known.
    """

    lead_id: Strings
    created_at: Microseconds
    fields: Mapping[str, Floats]
    channels: Mapping[str, Strings]

    def __len__(self) -> int:
        return len(self.lead_id)

    def take(self, rows: NDArray[np.integer]) -> "Leads":
        """Return the leads at these positions."""
        return Leads(
            self.lead_id[rows],
            self.created_at[rows],
            {name: column[rows] for name, column in self.fields.items()},
            {name: column[rows] for name, column in self.channels.items()},
        )


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
        Code by `features.settings.ACTORS`; -1 if not named.
    rep_id
        Whose event it was, as text; None where a row does not say, or where no row does.
    """

    lead: Integers
    kind: NDArray[np.int16]
    occurred_at: Microseconds
    recorded_at: Microseconds
    value: Floats
    actor: NDArray[np.int8]
    rep_id: Strings | None = None

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

    def last_of_each_lead(self) -> "Outcomes":
        """Return each lead's last recorded outcome, the one that holds, in the order of leads."""
        ordered = self.take(np.lexsort((self.won, self.closed_at, self.recorded_at, self.lead)))
        return ordered.take(np.diff(ordered.lead, append=-1) != 0)

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
