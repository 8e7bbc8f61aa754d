"""Leads that came in one at a time and were checked: as records, and many of them laid out as a history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from features.records.history import Events, History, Leads, Moments, Outcomes, Strings
from features.settings.schema import LeadSchema


class EventRecord(NamedTuple):
    """One checked event; codes and values as in `features.records.history.Events`."""

    kind: int
    occurred_at: int
    recorded_at: int
    value: float
    actor: int
    text: str | None = None


class Ending(NamedTuple):
    """How a lead ended, as it was recorded at a time (microseconds UTC)."""

    closed_at: int
    recorded_at: int
    won: bool


class Colleague(NamedTuple):
    """Another lead of the same account: when it came in, and what was recorded of it."""

    created_at: int
    events: tuple[EventRecord, ...]
    endings: tuple[Ending, ...]


@dataclass(frozen=True)
class LeadRecord:
    """One checked lead with its events so far, and the moment at which it is to be scored.

    Attributes
    ----------
    account
        By what leads of one account are the same; None where the lead names none.
    texts
        What it wrote, by the name of the answer; None where nothing.
    colleagues
        The other leads of its account; None where nobody says which there are.
    """

    lead_id: str
    created_at: int
    as_of: int
    fields: Mapping[str, float]
    channels: Mapping[str, str | None]
    events: tuple[EventRecord, ...]
    account: str | None = None
    texts: Mapping[str, str | None] = field(default_factory=dict)
    colleagues: tuple[Colleague, ...] | None = None


def to_history(schema: LeadSchema, records: Sequence[LeadRecord]) -> tuple[History, Moments]:
    """Lay out records as a history, with one moment a record in the same order.

    The leads of its account follow after all records, for each record its own: they are known as of its moment.
    """
    colleagues = [(str(at), one) for at, record in enumerate(records) for one in record.colleagues or ()]
    leads = _with_accounts(records, colleagues, _leads_of(schema, records))
    of_each = [record.events for record in records] + [one.events for _, one in colleagues]
    events = [event for some in of_each for event in some]
    laid_out = Events(
        np.repeat(np.arange(len(of_each), dtype=np.int32), [len(some) for some in of_each]),
        np.array([event.kind for event in events], np.int16),
        np.array([event.occurred_at for event in events], np.int64),
        np.array([event.recorded_at for event in events], np.int64),
        np.array([event.value for event in events], np.float64),
        np.array([event.actor for event in events], np.int8),
        text=_strings([event.text for event in events]) if schema.messages else None,
    )
    as_of = np.array([record.as_of for record in records], np.int64)
    known_until = int(as_of.max()) if len(records) else 0
    history = History(schema, leads, laid_out, _endings_of(len(records), colleagues), known_until)
    return history, Moments(np.arange(len(records), dtype=np.int32), as_of)


def _leads_of(schema: LeadSchema, records: Sequence[LeadRecord]) -> Leads:
    return Leads(
        np.array([record.lead_id for record in records], np.object_),
        np.array([record.created_at for record in records], np.int64),
        {name: np.array([record.fields[name] for record in records], np.float64) for name in schema.encoded},
        {name: np.array([record.channels[name] for record in records], np.object_) for name in schema.channels},
        texts={name: _strings([record.texts.get(name) for record in records]) for name in schema.texts},
    )


def _strings(values: Sequence[str | None]) -> Strings:
    column = np.empty(len(values), np.object_)
    column[:] = values
    return column


def _with_accounts(records: Sequence[LeadRecord], colleagues: Sequence[tuple[str, Colleague]], leads: Leads) -> Leads:
    """Return the leads with their accounts, by the number of the record, and their colleagues, of which nothing else is known."""
    known = [str(at) if record.account and record.colleagues is not None else None for at, record in enumerate(records)]
    if not any(known):
        return leads
    more = len(colleagues)
    account = np.empty(len(records) + more, np.object_)
    account[:] = [*known, *(whose for whose, _ in colleagues)]
    none = np.full(more, None, np.object_)
    return Leads(
        np.concatenate((leads.lead_id, none)),
        np.concatenate((leads.created_at, np.array([one.created_at for _, one in colleagues], np.int64))),
        {name: np.concatenate((column, np.full(more, np.nan))) for name, column in leads.fields.items()},
        {name: np.concatenate((column, none)) for name, column in leads.channels.items()},
        account,
        {name: np.concatenate((column, none)) for name, column in leads.texts.items()},
    )


def _endings_of(first: int, colleagues: Sequence[tuple[str, Colleague]]) -> Outcomes:
    rows = [(at, *ending) for at, (_, one) in enumerate(colleagues, start=first) for ending in one.endings]
    if not rows:
        return Outcomes.none()
    lead, closed_at, recorded_at, won = zip(*rows, strict=True)
    return Outcomes(
        np.array(lead, np.int32),
        np.array(closed_at, np.int64),
        np.array(recorded_at, np.int64),
        np.array(won, np.bool_),
        np.full(len(rows), np.nan),
    )
