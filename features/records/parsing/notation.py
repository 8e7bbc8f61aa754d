"""How a company writes ids and numbers, held to in calls as in files: `history.id_form` and the `decimals` of its tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from features.records.parsing.ids import form_record
from features.records.parsing.numbers import Mark, read_number
from features.settings.source import HistorySource

IN_RECORDS = ("amount", "value")
"""Members of outcomes and events that are numbers by themselves."""


def decimals_of(export: HistorySource) -> dict[str, Mark]:
    """Return the decimal marks of an export's columns, by field and by member of events and outcomes."""
    marks: dict[str, Mark] = {}
    for table in (*export.outcomes, *export.events, export.leads):
        marks |= table.decimals
    return marks


def plain_record(record: object, id_form: Sequence[str], decimals: Mapping[str, Mark]) -> object:
    """Return a record of a call with ids as they are kept, and with numbers for texts of columns whose decimal mark is known.

    What is no number stays as it was sent, for the rules to say so.

    Examples
    --------
    >>> plain_record({"lead_id": "7.0", "fields": {"budget": "1.200 €", "need": "1.200"}}, ["integer"], {"budget": ","})
    {'lead_id': '7', 'fields': {'budget': 1200.0, 'need': '1.200'}}
    """
    record = form_record(record, id_form)
    if not decimals or not isinstance(record, Mapping):
        return record
    plain = {
        name: _number(value, decimals.get(name)) if name in IN_RECORDS else value for name, value in record.items()
    }
    if isinstance(fields := record.get("fields"), Mapping):
        plain["fields"] = {name: _number(value, decimals.get(name)) for name, value in fields.items()}
    if isinstance(kind := record.get("kind"), str) and kind in decimals:
        plain |= {name: _number(record[name], decimals[kind]) for name in ("value", "text") if name in record}
    if isinstance(events := record.get("events"), list):
        plain["events"] = [plain_record(event, (), decimals) for event in events]
    return plain


def _number(value: Any, mark: Mark | None) -> Any:
    number = read_number(value, mark) if mark is not None and isinstance(value, str) else None
    return value if number is None else number
