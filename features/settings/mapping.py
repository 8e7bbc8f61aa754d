"""The mapping of an export held against the schema of its leads."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from features.settings.schema import LeadSchema
from features.settings.source import (
    EVENT_COLUMNS,
    LEAD_COLUMNS,
    OUTCOME_COLUMNS,
    SPEND_COLUMNS,
    EventsSource,
    HistorySource,
    SpendSource,
    TableSource,
)


def check_mapping(source: HistorySource, schema: LeadSchema) -> None:
    """Check that the mapping names only columns of the three tables and fields of the schema.

    Raises
    ------
    ValueError
        Naming the key and what is allowed.
    """
    tables: list[tuple[str, TableSource, set[str]]] = [("leads", source.leads, {*LEAD_COLUMNS, *schema.fields})]
    tables += [("events", events, set(EVENT_COLUMNS)) for events in source.events]
    tables += [("outcomes", outcomes, {*OUTCOME_COLUMNS, *schema.fields}) for outcomes in source.outcomes]
    for name, table, columns in tables:
        for key in ("columns", "first_of", "decimals", "summed"):
            _refuse_unknown(f"history.{name}.{key}", getattr(table, key), columns)
        _refuse_unknown(f"history.{name}.time_formats", table.time_formats, columns | _parts_of(table))
    for events in source.events:
        _refuse_unknown("history.events.kinds", events.kinds.values(), set(schema.event_codes))
        if events.all_kind is not None:
            _refuse_unknown("history.events.all_kind", [events.all_kind], set(schema.event_codes))


def _parts_of(source: TableSource) -> set[str]:
    """Return the export's columns of which the first that is filled holds: each may write times in its own way."""
    return {name for several in source.first_of.values() for name in several}


def check_spend(source: SpendSource) -> None:
    """Check that the mapping of a table of spend names only its columns.

    Raises
    ------
    ValueError
        Naming the key and what is allowed.
    """
    _refuse_unknown("accountability.costs.spend.columns", source.columns, set(SPEND_COLUMNS))


def _refuse_unknown(key: str, names: object, allowed: set[str]) -> None:
    unknown = sorted(set(names) - allowed)  # type: ignore[call-overload]
    if unknown:
        raise ValueError(f"{key}: {unknown[0]!r} is not allowed here: use one of {', '.join(sorted(allowed))}.")


def fitting(source: HistorySource, schema: LeadSchema) -> HistorySource:
    """Return the mapping for another schema: without its columns of fields, and with its kinds ignored, that this one does not know.

    So a history can be read as the settings of an earlier training read it, as long as the export still has what they ask for.
    """
    allowed = {*LEAD_COLUMNS, *schema.fields}
    keys = ("columns", "first_of", "time_formats", "decimals")
    leads = {key: _only(getattr(source.leads, key), allowed) for key in keys}
    leads["time_formats"] = _only(source.leads.time_formats, allowed | _parts_of(source.leads))
    summed = tuple(ours for ours in source.leads.summed if ours in allowed)
    events = tuple(_fitting_events(events, schema) for events in source.events if _has_kind(events, schema))
    return source.model_copy(
        update={"leads": source.leads.model_copy(update={**leads, "summed": summed}), "events": events}
    )


def _only(mapped: Mapping[str, Any], allowed: set[str]) -> dict[str, Any]:
    return {ours: theirs for ours, theirs in mapped.items() if ours in allowed}


def _has_kind(events: EventsSource, schema: LeadSchema) -> bool:
    return events.all_kind is None or events.all_kind in schema.event_codes


def _fitting_events(source: EventsSource, schema: LeadSchema) -> EventsSource:
    kinds = {theirs: ours for theirs, ours in source.kinds.items() if ours in schema.event_codes}
    ignore = (*source.ignore, *(theirs for theirs in source.kinds if theirs not in kinds))
    return source.model_copy(update={"kinds": kinds, "ignore": ignore})


def latest(source: HistorySource, now: datetime) -> datetime:
    """Return the time after which no record of this export can have been made."""
    return source.exported_at or now
