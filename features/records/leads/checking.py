"""Leads as they come one at a time, from a form, a CRM or a JSON line: checked by the same rules as files, into a history.

A record is a mapping with `lead_id`, `created_at`, `fields`, `events` and `as_of`; only `fields` must be there. Every broken rule is
reported with its place, not only the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from features.records.account import account_of
from features.records.clock import to_datetime, to_microseconds
from features.records.deadlines import NOT_BEFORE, NOT_BEFORE_REMEDY, end_of_day
from features.records.leads.record import Colleague, Ending, EventRecord
from features.records.leads.record import LeadRecord as LeadRecord
from features.records.leads.record import to_history as to_history
from features.records.parsing import ids
from features.records.parsing.values import (
    LONGEST_TEXT,
    PLAIN,
    BadValueError,
    counted_time,
    encode,
    is_missing,
    parse_time,
    text_of,
)
from features.settings.fields import ACTORS, LeadField
from features.settings.schema import LeadSchema

LEAD_KEYS = frozenset({"lead_id", "created_at", "as_of", "fields", "events", "account_leads"})
EVENT_KEYS = frozenset({"kind", "occurred_at", "recorded_at", "value", "text", "actor"})
COLLEAGUE_KEYS = frozenset({"created_at", "events", "outcomes"})
ENDING_KEYS = frozenset({"closed_at", "recorded_at", "won"})
MAX_EVENTS = 10_000


@dataclass(frozen=True)
class LeadProblem:
    """A broken rule: where, what was got, and what to do."""

    field: str
    rule: str
    value: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.field!r} {self.rule}, got {self.value}: {self.remedy}."


class BadLeadError(ValueError):
    """A lead that breaks rules; `problems` names each."""

    def __init__(self, problems: Sequence[LeadProblem]) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.problems = tuple(problems)


def read_lead(schema: LeadSchema, record: object, now: datetime) -> LeadRecord:
    """Check one record and encode it.

    Parameters
    ----------
    record
        As JSON gives it. Without `as_of` the lead is scored as of `now`; without `created_at` it came in with its first
        event, or else at that moment. An event without `recorded_at` was recorded when it occurred. `account_leads` are the other leads
        of the same account (`created_at`, `events`, `outcomes`); without them, nothing is known of these. Times without a zone
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


class RecordReader:
    """Reads one record and collects what is wrong with it; its methods return something usable even then.

    Attributes
    ----------
    problems
        Every rule that was found broken.
    """

    def __init__(self, schema: LeadSchema) -> None:
        self.schema = schema
        self.problems: list[LeadProblem] = []

    def report(self, field: str, rule: str, value: object, remedy: str) -> None:
        """Keep a broken rule."""
        self.problems.append(LeadProblem(field, rule, _shown(value), remedy))

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
        self.deadline(record.get("fields"), fields, created_at)
        account, colleagues = self.account(record.get("fields")), self.colleagues(record.get("account_leads"), as_of)
        lead_id = self.lead_id(record.get("lead_id"))
        # Colleagues of no account are nobody's.
        colleagues = None if account is None else colleagues
        texts = {name: self.text(name, record.get("fields")) for name in self.schema.texts}
        return LeadRecord(lead_id, created_at, as_of, fields, channels, events, account, texts, colleagues)

    def text(self, name: str, given: object) -> str | None:
        """Read what the lead wrote, whose rules have been held against it before."""
        value = given.get(name) if isinstance(given, Mapping) else None
        if is_missing(self.schema.fields[name], value) or not isinstance(value, PLAIN):
            return None
        return text_of(value)

    def message(self, kind: str, given: Mapping[str, Any]) -> str | None:
        """Read what was written with an event; of an answer, the rules have been held against it before."""
        if kind in self.schema.texts:
            return self.text(kind, {kind: given.get("text", given.get("value"))})
        value = self.known(given.get("text"))
        return text_of(value)[:LONGEST_TEXT] or None if isinstance(value, PLAIN) else None

    def account(self, given: object) -> str | None:
        """Read by what the leads of one account are the same."""
        name = self.schema.account
        value = given.get(name) if name is not None and isinstance(given, Mapping) else None
        if name is None or is_missing(self.schema.fields[name], value):
            return None
        if not isinstance(value, PLAIN) or len(str(value)) > LONGEST_TEXT:
            rule = f"must be text of at most {LONGEST_TEXT:,} characters"
            self.report(f"fields.{name}", rule, value, "send the name of the company, or an address")
            return None
        return account_of(text_of(value))

    def colleagues(self, given: object, as_of: int) -> tuple[Colleague, ...] | None:
        """Read the other leads of the account."""
        if given is None:
            return None
        if not isinstance(given, Sequence) or isinstance(given, str):
            self.report("account_leads", "must be a list of leads", given, "send [{'created_at': ...}]")
            return None
        return tuple(self.colleague(f"account_leads[{index}]", one, as_of) for index, one in enumerate(given))

    def colleague(self, place: str, given: object, as_of: int) -> Colleague:
        """Read another lead of the account, of which everything must be recorded by `as_of`."""
        if not isinstance(given, Mapping):
            self.report(place, "must be an object", given, "send {'created_at': ...}")
            given = {}
        self.only(f"{place}.", given, COLLEAGUE_KEYS)
        if self.known(given.get("created_at")) is None:
            self.report(f"{place}.created_at", "must be given", given.get("created_at"), "say when that lead came in")
        created_at = self.time(f"{place}.created_at", given.get("created_at"), as_of)
        if created_at > as_of:
            remedy = "leave out leads that came in later"
            self.report(f"{place}.created_at", "must not be after as_of", given.get("created_at"), remedy)
        said, outcomes = given.get("events"), given.get("outcomes")
        if outcomes is not None and (not isinstance(outcomes, Sequence) or isinstance(outcomes, str)):
            remedy = "send [{'closed_at': ..., 'won': true}]"
            self.report(f"{place}.outcomes", "must be a list of outcomes", outcomes, remedy)
            outcomes = ()
        events = () if said is None else self.events(said, as_of, f"{place}.events")
        endings = [self.ending(f"{place}.outcomes[{index}]", one, as_of) for index, one in enumerate(outcomes or ())]
        return Colleague(created_at, events, tuple(endings))

    def ending(self, place: str, given: object, as_of: int) -> Ending:
        """Read how another lead of the account ended."""
        if not isinstance(given, Mapping):
            self.report(place, "must be an object", given, "send {'closed_at': ..., 'won': true}")
            given = {}
        self.only(f"{place}.", given, ENDING_KEYS)
        if self.known(given.get("closed_at")) is None:
            self.report(f"{place}.closed_at", "must be given", given.get("closed_at"), "say when it ended")
        closed_at = self.time(f"{place}.closed_at", given.get("closed_at"), as_of)
        recorded_at = self.time(f"{place}.recorded_at", given.get("recorded_at"), closed_at)
        if recorded_at > as_of:
            rule = f"must be recorded by as_of ({to_datetime(as_of).isoformat()})"
            self.report(place, rule, given.get("recorded_at", given.get("closed_at")), "leave it out, or score later")
        if not isinstance(given.get("won"), bool):
            self.report(f"{place}.won", "must be true or false", given.get("won"), "say how it ended")
        return Ending(closed_at, recorded_at, given.get("won") is True)

    def known(self, value: object) -> object:
        """Return nothing for a word that stands for "not known" everywhere."""
        words = self.schema.missing
        return None if isinstance(value, PLAIN) and text_of(value) in words else value

    def lead_id(self, given: object) -> str:
        """Read an id; empty if there is none."""
        value = self.known(given)
        if value is None or (isinstance(value, str) and value.isspace()):
            return ""
        if isinstance(value, float) and value.is_integer():
            value = text_of(value)
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
            return to_microseconds(parse_time(counted_time(value), self.schema.zone))
        except BadValueError as error:
            self.report(field, error.rule, value, error.remedy)
        return default

    def deadline(self, given: object, fields: Mapping[str, float], created_at: int) -> None:
        """Report a day by which the lead is decided that had ended before it came in."""
        name = self.schema.decided_by
        if name is None or np.isnan(fields[name]) or not isinstance(given, Mapping):
            return
        if end_of_day(int(fields[name]), self.schema.zone) < created_at:
            self.report(f"fields.{name}", NOT_BEFORE, given.get(name), NOT_BEFORE_REMEDY)

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
            return encode(field, counted_time(value) if field.type == "date" else value, self.schema.zone)
        except BadValueError as error:
            self.report(place, error.rule, value, error.remedy)
            return np.nan

    def channel(self, name: str, value: object) -> str | None:
        """Read a channel's value."""
        if is_missing(self.schema.fields[name], value):
            return None
        if self.schema.fields[name].values:
            self.field(name, value)
        if not isinstance(value, PLAIN) or len(str(value)) > LONGEST_TEXT:
            rule = f"must be text of at most {LONGEST_TEXT:,} characters"
            self.report(f"fields.{name}", rule, value, "send the channel's name")
            return None
        return self.schema.fields[name].spelling(text_of(value))

    def events(self, given: object, as_of: int, place: str = "events") -> tuple[EventRecord, ...]:
        """Read the events of a lead."""
        if not isinstance(given, Sequence) or isinstance(given, str):
            self.report(place, "must be a list of events", given, "send [{'kind': ..., 'occurred_at': ...}]")
            return ()
        if len(given) > MAX_EVENTS:
            self.report(place, f"must have at most {MAX_EVENTS:,} entries", len(given), "send the latest")
            return ()
        return tuple(self.event(f"{place}[{index}]", event, as_of) for index, event in enumerate(given))

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
            self.message(kind, given) if kind in self.schema.messages else None,
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
