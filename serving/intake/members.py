"""What several kinds of records hold alike, read from what was told: whose they are, times that have been, texts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from features.records.clock import duration, to_datetime, to_microseconds
from features.records.leads.checking import BadLeadError, LeadProblem, RecordReader
from features.records.parsing.time_formats import is_filler_text
from features.records.parsing.values import counted_time
from features.settings.schema import LeadSchema

FAST_CLOCK = timedelta(minutes=5)
"""So far a sender's clock may be ahead of ours."""


def dated_value(schema: LeadSchema, name: str, value: object) -> object:
    """Return the value of a field; one of a date that counts from 1970 as the date that it is, as a history reads no such numbers."""
    field = schema.fields.get(name)
    return counted_time(value) if field is not None and field.type == "date" else value


def members(reader: RecordReader, record: object, allowed: frozenset[str], remedy: str) -> Mapping[str, Any]:
    """Return the members of a record, and report those that are not allowed; a record that is no object has none."""
    if not isinstance(record, Mapping):
        reader.report("body", "must be an object", record, remedy)
        return {}
    reader.only("", record, allowed)
    return record


def whose(reader: RecordReader, told: Mapping[str, Any]) -> str:
    """Return the id of the lead that a record is of, which must be given."""
    lead_id = reader.lead_id(told.get("lead_id"))
    if not lead_id and not reader.problems:
        reader.report("lead_id", "must be given", told.get("lead_id"), "say whose it is, by the CRM's id")
    return lead_id


def past_time(
    reader: RecordReader, told: Mapping[str, Any], name: str, now: datetime, *, needed: bool = False
) -> int | None:
    """Read a time that has been, by a clock that may be a little fast."""
    given, limit = told.get(name), to_microseconds(now) + duration(FAST_CLOCK)
    if reader.known(given) is None:
        if needed:
            reader.report(name, "must be given", given, "say when it happened")
        return None
    time = reader.time(name, given, limit)
    if isinstance(given, str) and is_filler_text(given):
        reader.report(name, "must be a time, not a day that stands for none", given, "correct it, or leave it out")
        return None
    if time > limit:
        rule = f"must not be later than now ({to_datetime(to_microseconds(now)).isoformat(timespec='seconds')})"
        reader.report(name, rule, given, "correct it, or the clock that told it")
    return time


def member_text(reader: RecordReader, told: Mapping[str, Any], name: str, most: int) -> str | None:
    """Return a member that is text, None where it is not known."""
    given = reader.known(told.get(name))
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, str | int):
        reader.report(name, "must be text", given, "write it in quotes")
        return None
    return short(reader, name, str(given), most)


def short(reader: RecordReader, name: str, text: str, most: int) -> str:
    """Return a text, reported if it is longer than it may be."""
    if len(text) > most:
        reader.report(name, f"must have at most {most:,} characters", text, "shorten it")
    return text


def refuse_broken(reader: RecordReader) -> None:
    """Refuse a record of which a broken rule was reported.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks.
    """
    if reader.problems:
        raise BadLeadError([_placed(problem) for problem in reader.problems])


def _placed(problem: LeadProblem) -> LeadProblem:
    return replace(problem, field=problem.field.removeprefix("event."))
