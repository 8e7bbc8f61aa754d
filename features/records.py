"""Leads as they come one at a time, from a form, a CRM or a JSON line: checked by the same rules as files, into a history.

A record is a mapping with `lead_id`, `created_at`, `fields`, `events` and `as_of`; only `fields` must be there. Every broken rule is
reported with its place, not only the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from features import ids
from features.clock import to_datetime, to_microseconds
from features.fields import LONGEST_TEXT, BadValueError, encode, is_missing, parse_time, text_of
from features.history import Events, History, Leads, Moments, Outcomes
from features.settings import ACTORS, LeadField, LeadSchema

LEAD_KEYS = frozenset({"lead_id", "created_at", "as_of", "fields", "events"})
EVENT_KEYS = frozenset({"kind", "occurred_at", "recorded_at", "value", "text", "actor"})
MOST_EVENTS = 10_000


@dataclass(frozen=True)
class Problem:
    """A broken rule: where, what was got, and what to do."""

    field: str
    rule: str
    value: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.field!r} {self.rule}, got {self.value}: {self.remedy}."


class BadLeadError(ValueError):
    """A lead that breaks rules; `problems` names each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.problems = tuple(problems)


class EventRecord(NamedTuple):
    """One checked event; codes and values as in `features.history.Events`."""

    kind: int
    occurred_at: int
    recorded_at: int
    value: float
    actor: int


@dataclass(frozen=True)
class LeadRecord:
    """One checked lead with its events so far, and the moment at which it is to be scored."""

    lead_id: str
    created_at: int
    as_of: int
    fields: Mapping[str, float]
    channels: Mapping[str, str | None]
    events: tuple[EventRecord, ...]


def read_lead(schema: LeadSchema, record: object, now: datetime) -> LeadRecord:
    """Check one record and encode it.

    Parameters
    ----------
    record
        As JSON gives it. Without `as_of` the lead is scored as of `now`; without `created_at` it came in with its first
        event, or else at that moment. An event without `recorded_at` was recorded when it occurred. Times without a zone
        take the schema's, and what stands for "not known" there does so here.

    Raises
    ------
    BadLeadError
        Naming every rule that the record breaks.
    """
    reader = RecordReader(schema)
    lead = reader.lead(record, now)
    if reader.problems:
        raise BadLeadError(reader.problems)
    return lead


def to_history(schema: LeadSchema, records: Sequence[LeadRecord]) -> tuple[History, Moments]:
    """Lay out records as a history, with one moment a record in the same order."""
    leads = Leads(
        np.array([record.lead_id for record in records], np.object_),
        np.array([record.created_at for record in records], np.int64),
        {name: np.array([record.fields[name] for record in records], np.float64) for name in schema.encoded},
        {name: np.array([record.channels[name] for record in records], np.object_) for name in schema.channels},
    )
    events = [event for record in records for event in record.events]
    counts = [len(record.events) for record in records]
    laid_out = Events(
        np.repeat(np.arange(len(records), dtype=np.int32), counts),
        np.array([event.kind for event in events], np.int16),
        np.array([event.occurred_at for event in events], np.int64),
        np.array([event.recorded_at for event in events], np.int64),
        np.array([event.value for event in events], np.float64),
        np.array([event.actor for event in events], np.int8),
    )
    as_of = np.array([record.as_of for record in records], np.int64)
    known_until = int(as_of.max()) if len(records) else 0
    history = History(schema, leads, laid_out, Outcomes.none(), known_until)
    return history, Moments(np.arange(len(records), dtype=np.int32), as_of)


class RecordReader:
    """Reads one record and collects what is wrong with it; its methods return something usable even then.

    Attributes
    ----------
    problems
        Every rule that was found broken.
    """

    def __init__(self, schema: LeadSchema) -> None:
        self.schema = schema
        self.problems: list[Problem] = []

    def report(self, field: str, rule: str, value: object, remedy: str) -> None:
        """Keep a broken rule."""
        self.problems.append(Problem(field, rule, _shown(value), remedy))

    def lead(self, record: object, now: datetime) -> LeadRecord:
        """Read a lead with its events, to be scored as of `now` if it names no moment."""
        if not isinstance(record, Mapping):
            self.report("lead", "must be an object", record, "send {'fields': {...}}")
            record = {"fields": {}}
        self.only("", record, LEAD_KEYS)
        as_of = self.time("as_of", record.get("as_of"), to_microseconds(now))
        fields, channels = self.fields(record.get("fields"))
        given: object = record.get("events")
        events = () if given is None else self.events(given, as_of)
        first = min([as_of, *(event.occurred_at for event in events)])
        created_at = self.time("created_at", record.get("created_at"), first)
        if created_at > as_of:
            self.report(
                "created_at",
                "must not be after as_of",
                record.get("created_at"),
                "a lead is scored from its creation on",
            )
        return LeadRecord(self.lead_id(record.get("lead_id")), created_at, as_of, fields, channels, events)

    def known(self, value: object) -> object:
        """Return nothing for a word that stands for "not known" everywhere."""
        words = self.schema.missing
        return None if isinstance(value, str | int | float) and text_of(value) in words else value

    def lead_id(self, given: object) -> str:
        """Read an id; empty if there is none."""
        value = self.known(given)
        if value is None:
            return ""
        if not isinstance(value, str | int) or isinstance(value, bool) or not 0 < len(str(value)) <= ids.LONGEST_ID:
            self.report("lead_id", ids.LENGTH, value, "send the CRM's id, or leave it out")
        elif not ids.is_fit(str(value)):
            self.report("lead_id", ids.FIT, value, ids.FIT_REMEDY)
        return str(value)

    def time(self, field: str, given: object, default: int) -> int:
        """Read a time, in microseconds UTC."""
        value = self.known(given)
        if value is None:
            return default
        try:
            return to_microseconds(parse_time(value, self.schema.zone))
        except BadValueError as error:
            self.report(field, error.rule, value, error.remedy)
        return default

    def fields(self, given: object) -> tuple[dict[str, float], dict[str, str | None]]:
        """Read the fields: encoded ones and channels."""
        if not isinstance(given, Mapping):
            self.report("fields", "must be an object of field names and values", given, "send {'budget': ...}")
            given = {}
        self.only("fields.", given, self.schema.fields)
        values = {name: self.field(name, given.get(name)) for name in self.schema.encoded}
        return values, {name: self.channel(name, given.get(name)) for name in self.schema.channels}

    def field(self, name: str, value: object, place: str = "") -> float:
        """Read a value of a field of the schema."""
        return self.encoded(self.schema.fields[name], place or f"fields.{name}", value)

    def encoded(self, field: LeadField, place: str, value: object) -> float:
        """Read a value by the rules of a field."""
        try:
            return encode(field, value, self.schema.zone)
        except BadValueError as error:
            self.report(place, error.rule, value, error.remedy)
            return np.nan

    def channel(self, name: str, value: object) -> str | None:
        """Read a channel's value."""
        if is_missing(self.schema.fields[name], value):
            return None
        if self.schema.fields[name].values:
            self.field(name, value)
        if not isinstance(value, str | int | float) or len(str(value)) > LONGEST_TEXT:
            rule = f"must be text of at most {LONGEST_TEXT:,} characters"
            self.report(f"fields.{name}", rule, value, "send the channel's name")
            return None
        return text_of(value)

    def events(self, given: object, as_of: int) -> tuple[EventRecord, ...]:
        """Read the events of a lead."""
        if not isinstance(given, Sequence) or isinstance(given, str):
            self.report("events", "must be a list of events", given, "send [{'kind': ..., 'occurred_at': ...}]")
            return ()
        if len(given) > MOST_EVENTS:
            self.report("events", f"must have at most {MOST_EVENTS:,} entries", len(given), "send the latest")
            return ()
        return tuple(self.event(f"events[{index}]", event, as_of) for index, event in enumerate(given))

    def event(self, place: str, given: object, as_of: int) -> EventRecord:
        """Read one event, which must be recorded by `as_of`."""
        if not isinstance(given, Mapping):
            self.report(place, "must be an object", given, "send {'kind': ..., 'occurred_at': ...}")
            given = {}
        self.only(f"{place}.", given, EVENT_KEYS)
        if self.known(given.get("occurred_at")) is None:
            self.report(f"{place}.occurred_at", "must be given", given.get("occurred_at"), "say when it happened")
        occurred_at = self.time(f"{place}.occurred_at", given.get("occurred_at"), as_of)
        recorded_at = self.time(f"{place}.recorded_at", given.get("recorded_at"), occurred_at)
        if recorded_at < occurred_at:
            self.report(
                f"{place}.recorded_at",
                "must not be before occurred_at",
                given.get("recorded_at"),
                "correct one of them",
            )
        if recorded_at > as_of:
            got = given.get("recorded_at", given.get("occurred_at"))
            self.report(
                place,
                f"must be recorded by as_of ({to_datetime(as_of).isoformat()})",
                got,
                "leave it out, or score later",
            )
        kind = self.kind(place, given.get("kind"))
        return EventRecord(
            self.schema.event_codes.get(kind, 0),
            occurred_at,
            recorded_at,
            self.event_value(place, kind, given),
            self.actor(place, kind, given),
        )

    def kind(self, place: str, value: object) -> str:
        """Read the kind of an event; empty if it is none."""
        if not isinstance(value, str) or value not in self.schema.event_codes:
            self.report(
                f"{place}.kind",
                f"must be one of {', '.join(self.schema.event_codes)}",
                value,
                "use a kind of the settings",
            )
            return ""
        return value

    def event_value(self, place: str, kind: str, given: Mapping[str, Any]) -> float:
        """Read the answer that an event is, or the number that came with it."""
        value = given.get("value")
        if kind in self.schema.answers:
            text = self.known(given.get("text"))
            return self.field(kind, value if text is None else text, f"{place}.{'value' if text is None else 'text'}")
        return self.encoded(self.schema.number, f"{place}.value", value)

    def actor(self, place: str, kind: str, given: Mapping[str, Any]) -> int:
        """Read who acted."""
        value = self.known(given.get("actor"))
        if value is None:
            value = self.schema.kinds[kind].actor if kind in self.schema.kinds else "lead"
            return -1 if value is None else ACTORS.index(value)
        if value not in ACTORS:
            self.report(
                f"{place}.actor", f"must be one of {', '.join(ACTORS)}", value, "say who acted, or leave it out"
            )
            return -1
        return ACTORS.index(value)

    def only(self, place: str, given: Mapping[Any, Any], allowed: object) -> None:
        """Report names that are not allowed."""
        for name in given:
            if name not in allowed:  # type: ignore[operator]
                listed = ", ".join(sorted(allowed))  # type: ignore[call-overload]
                self.report(
                    f"{place}{name}", f"must be one of {listed}", given[name], "correct the name or leave it out"
                )


def _shown(value: object, most: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}…"
