"""Hypothesis strategies for small histories: few leads, crowded times with many ties, every kind of field."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from features.records.clock import DAY, HOUR
from features.records.history import Events, History, Leads, Moments, Outcomes
from features.settings.fields import ACTORS, EventKind, LeadField
from features.settings.schema import LeadSchema, TrackRecordSettings

FIELDS = {
    "budget": LeadField(role="answer", obstacle="money", values=("none", "small", "large"), ordered=True),
    "use": LeadField(role="answer", obstacle="need", values=("a b", "a-b", "elsewhere"), others=True),
    "seats": LeadField(role="answer", type="number", obstacle="need", direction="up"),
    "urgent": LeadField(role="answer", type="flag", obstacle="hurry"),
    "deadline": LeadField(role="answer", type="date", obstacle="hurry"),
    "notes": LeadField(role="answer", type="text", obstacle="desire"),
    "industry": LeadField(role="profile", obstacle="need", values=("food", "steel"), admitted=True),
    "employees": LeadField(role="profile", type="number"),
    "index": LeadField(role="context", type="number", obstacle="money", admitted=True),
    "source": LeadField(role="channel"),
    "campaign": LeadField(role="channel"),
    "company": LeadField(role="account"),
    "stage": LeadField(role="late"),
}
KINDS = {name: EventKind(obstacle="trust") for name in ("call", "mail", "meeting")}
START = 20_000 * DAY
YEAR_1, YEAR_9999 = -719_162 * DAY, 2_932_897 * DAY - 1


@dataclass(frozen=True)
class Case:
    """A history, and moments of its leads."""

    history: History
    moments: Moments

    @property
    def of_each(self) -> list[tuple[int, int]]:
        """Lead and time of each moment."""
        return list(zip(self.moments.lead.tolist(), self.moments.as_of.tolist(), strict=True))


@cache
def times() -> st.SearchStrategy[int]:
    """Times that often tie and often lie on the edge of a day or a lookback, and sometimes far away."""
    day = st.sampled_from((0, 1, 2, 6, 7, 8, 30, 31, 89, 90, 91, 120))
    near = st.builds(lambda day, rest: START + day * DAY + rest, day, st.sampled_from((0, 1, HOUR, DAY - 1)))
    return st.one_of(near, near, near, near, st.sampled_from((YEAR_1, YEAR_9999)))


@cache
def schemas() -> st.SearchStrategy[LeadSchema]:
    """Schemas with any of the fields and kinds, even those that give a model next to nothing."""
    return st.builds(
        _schema,
        own_day=st.booleans(),
        time_zone=st.sampled_from(("UTC", "America/New_York", "Asia/Kolkata")),
        fields=st.sets(st.sampled_from(sorted(FIELDS)), max_size=6).map(
            lambda names: {name: FIELDS[name] for name in FIELDS if name in names}
        ),
        kinds=st.integers(1, len(KINDS)).map(lambda n: dict(list(KINDS.items())[:n])),
        horizon_days=st.sampled_from((1, 30, 90)),
        lookback_days=st.sampled_from(((), (7,), (7, 30, 90), (1, 3650))),
        track_record=st.builds(
            TrackRecordSettings,
            days=st.sampled_from(((30,), (1, 7, 365), (30, 90, 365))),
            prior_leads=st.sampled_from((0.5, 20.0)),
        ),
    )


def _schema(own_day: bool, fields: dict[str, LeadField], **keys: Any) -> LeadSchema:
    """Return a schema in which leads are decided by the day that one of the fields names, if it is there."""
    return LeadSchema(fields=fields, decided_by="deadline" if own_day and "deadline" in fields else None, **keys)


@cache
def schemas_without_kinds() -> st.SearchStrategy[LeadSchema]:
    """Schemas that learn from one field alone."""
    learnt_from = sorted(name for name, field in FIELDS.items() if field.is_feature)
    return st.sampled_from(learnt_from).map(lambda name: LeadSchema(fields={name: FIELDS[name]}))


@cache
def codes(field: LeadField) -> st.SearchStrategy[float]:
    """Encoded values of a field, with NaN for one that was not answered."""
    known: st.SearchStrategy[float] = {
        "category": st.integers(0, len(field.values) - 1 + field.others).map(float),
        "number": st.sampled_from((-0.0, 0.0, 1.5, -3.0, 1e-300, 1e300, -1e300)),
        "flag": st.sampled_from((0.0, 1.0)),
        "date": times().map(float),
        "text": st.integers(0, 9).map(float),
    }[field.type]
    return st.one_of(known, st.just(np.nan))


@st.composite
def cases(draw: st.DrawFn, schema: st.SearchStrategy[LeadSchema] | None = None) -> Case:
    """Draw a history and moments of its leads, at any time since each was created."""
    chosen = draw(st.one_of(schemas(), schemas(), schemas_without_kinds()) if schema is None else schema)
    leads = draw(_leads(chosen))
    events = draw(_events(chosen, len(leads)))
    outcomes = draw(_outcomes(len(leads)))
    history = History(chosen, leads, events, outcomes, draw(times()))
    return Case(history, draw(_moments(leads)))


def events_of(rows: Sequence[tuple[int, int, int, int, float, int]]) -> Events:
    """Return events from rows of (lead, kind, occurred_at, recorded_at, value, actor)."""
    lead, kind, occurred_at, recorded_at, value, actor = zip(*rows, strict=True) if rows else ((),) * 6
    return Events(
        np.array(lead, np.int32),
        np.array(kind, np.int16),
        np.array(occurred_at, np.int64),
        np.array(recorded_at, np.int64),
        np.array(value, np.float64),
        np.array(actor, np.int8),
    )


def outcomes_of(rows: Sequence[tuple[int, int, int, bool]]) -> Outcomes:
    """Return outcomes from rows of (lead, closed_at, recorded_at, won)."""
    lead, closed_at, recorded_at, won = zip(*rows, strict=True) if rows else ((),) * 4
    return Outcomes(
        np.array(lead, np.int32),
        np.array(closed_at, np.int64),
        np.array(recorded_at, np.int64),
        np.array(won, np.bool_),
        np.full(len(rows), np.nan),
    )


def moments_of(rows: Sequence[tuple[int, int]]) -> Moments:
    """Return moments from rows of (lead, as_of)."""
    lead, as_of = zip(*rows, strict=True) if rows else ((), ())
    return Moments(np.array(lead, np.int32), np.array(as_of, np.int64))


@st.composite
def _leads(draw: st.DrawFn, schema: LeadSchema) -> Leads:
    n = draw(st.integers(1, 4))
    values = {name: np.array([draw(codes(field)) for _ in range(n)]) for name, field in schema.encoded.items()}
    channel = st.sampled_from(("web", "fair", "", None))
    channels = {name: texts([draw(channel) for _ in range(n)]) for name in schema.channels}
    ids = texts([f"L{number}" for number in range(n)])
    account = st.sampled_from(("acme", "acme", "steel.com", None))
    accounts = None if schema.account is None else texts([draw(account) for _ in range(n)])
    return Leads(ids, np.array([draw(times()) for _ in range(n)], np.int64), values, channels, accounts)


@st.composite
def _events(draw: st.DrawFn, schema: LeadSchema, leads: int) -> Events:
    fields = {code: schema.answers.get(name) for name, code in schema.event_codes.items()}
    if not fields:
        return Events.none()
    rows = []
    for _ in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(sorted(fields)))
        field = fields[kind]
        value = draw(codes(field) if field else st.just(np.nan))
        actor = draw(st.integers(-1, len(ACTORS) - 1))
        rows.append((draw(st.integers(0, leads - 1)), kind, draw(times()), draw(times()), value, actor))
    return events_of(rows)


@st.composite
def _outcomes(draw: st.DrawFn, leads: int) -> Outcomes:
    row = st.tuples(st.integers(0, leads - 1), times(), times(), st.booleans())
    return outcomes_of(draw(st.lists(row, max_size=6)))


@st.composite
def _moments(draw: st.DrawFn, leads: Leads) -> Moments:
    """Draw moments; a lead is never scored before it is there."""
    drawn = draw(st.lists(st.tuples(st.integers(0, len(leads) - 1), times()), min_size=1, max_size=6))
    created_at = leads.created_at.tolist()
    return moments_of([(lead, max(time, created_at[lead])) for lead, time in drawn])


def texts(values: Sequence[str | None]) -> NDArray[np.object_]:
    """Return text as the column of a history."""
    column = np.empty(len(values), np.object_)
    column[:] = values
    return column


def end_of_own_day(history: History, lead: int) -> int | None:
    """Return the last microsecond of the day by which a lead is decided; None where it has none that counts."""
    name = history.schema.decided_by
    day = math.nan if name is None else float(history.leads.fields[name][lead])
    if math.isnan(day):
        return None
    zone = ZoneInfo(history.schema.time_zone)
    ends = int(day)
    try:
        there = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ends)).astimezone(zone)
        midnight = datetime(there.year, there.month, there.day, tzinfo=zone) + timedelta(days=1)
        ends = (midnight - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) - 1
    except OverflowError:
        pass
    return ends if ends >= history.leads.created_at[lead] else None
