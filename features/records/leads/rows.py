"""Rows of a flat table, as files and frames hold leads, into the records of `features.records.leads.checking`: one rule for both."""

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from features.records.leads.checking import BadLeadError, LeadProblem, LeadRecord, read_lead
from features.records.parsing.values import text_of
from features.settings.schema import LeadSchema

LEAD_ID, CREATED_AT, AS_OF, EVENTS = "lead_id", "created_at", "as_of", "events"


def read_row(schema: LeadSchema, cells: Mapping[str, object], now: datetime) -> LeadRecord:
    """Check one row by the rules of `features.records.leads.checking.read_lead` and encode it.

    Parameters
    ----------
    cells
        By our column names: `lead_id`, `created_at`, `as_of`, a column a field, and `events`, a list or the JSON text of one.
        An empty cell is the same as no column; a column that is none of these is refused.
    now
        The moment of scoring if the row names none.

    Raises
    ------
    BadLeadError
        Naming every rule that the row breaks.

    Examples
    --------
    >>> from datetime import UTC
    >>> read_row(LeadSchema(), {"lead_id": 7.0, "budget": ""}, datetime(2026, 9, 1, tzinfo=UTC)).lead_id
    '7'
    """
    try:
        return read_lead(schema, to_record(schema, cells), now)
    except RecursionError as error:
        raise _bad_events("must not be nested so deep", "more", "write [{'kind': ..., 'occurred_at': ...}]") from error


def to_record(schema: LeadSchema, cells: Mapping[str, object]) -> dict[str, Any]:
    """Return a row as `read_lead` takes it.

    Raises
    ------
    BadLeadError
        If its events are not JSON.
    """
    given = {name: cell for name, cell in cells.items() if not _is_empty(cell)}
    record = {name: given.pop(name) for name in (LEAD_ID, CREATED_AT, AS_OF) if name in given}
    if isinstance(lead_id := record.get(LEAD_ID), float):  # ids of a column of numbers in which one is empty
        record[LEAD_ID] = text_of(lead_id)
    return {**record, EVENTS: _events(schema, given.pop(EVENTS, None)), "fields": given}


def _is_empty(cell: object) -> bool:
    if isinstance(cell, str):
        return not cell.strip()
    if isinstance(cell, float):
        return math.isnan(cell)
    return cell is None or type(cell).__name__ in ("NAType", "NaTType")  # pandas' own, which need not be loaded


def _events(schema: LeadSchema, cell: Any) -> object:
    if not isinstance(cell, str):
        return cell.tolist() if hasattr(cell, "tolist") else cell  # a frame from Parquet holds lists as arrays
    if cell in schema.missing:
        return None
    try:
        return json.loads(cell)
    except (ValueError, RecursionError) as error:
        shown = repr(cell if len(cell) <= 80 else f"{cell[:80]}…")
        raise _bad_events("must be a list in JSON", shown, f"write it with json.dumps ({error})") from error


def _bad_events(rule: str, value: str, remedy: str) -> BadLeadError:
    return BadLeadError([LeadProblem(EVENTS, rule, value, remedy)])
