"""A file of leads, whatever its format: what it holds, what it lacks, and its leads with their events."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from features.fields import text_of
from features.reading import ReadingError
from features.reading.csv_file import read_header
from features.records import Problem
from features.rows import EVENTS, LEAD_ID
from features.settings import HistorySource, LeadSchema
from serving.batch.cells import CellReader
from serving.batch.columns import find_columns
from serving.batch.events import EventFile, read_events
from serving.batch.leads import Choices, Lead, Leads
from serving.batch.tables import BATCH, csv_batches, parquet_batches, parquet_layout
from serving.batch.writing import LINES, UnknownFormatError
from serving.problems import RefusedError
from serving.routes.body import parse_json


def open_leads(source: Path, schema: LeadSchema, export: HistorySource, choices: Choices) -> Leads:
    """Find out what a file of leads holds, and how its rows are to be read.

    Raises
    ------
    UnknownFormatError
        If its ending is none of .csv, .parquet, .jsonl, .ndjson.
    ReadingError
        If it cannot be read at all, or lacks a column or its events.
    """
    if source.suffix in LINES:
        return _open_lines(source, choices)
    if source.suffix not in (".csv", ".parquet"):
        raise UnknownFormatError(f"A file of leads must end in .csv, .parquet, .jsonl or .ndjson, got {source.name!r}.")
    is_csv = source.suffix == ".csv"
    there, rows = (read_header(source, export.encoding, export.delimiter), 0) if is_csv else parquet_layout(source)
    columns = find_columns(there, source.name, schema, export, allow_missing=choices.allow_missing)
    _check_events(source.name, EVENTS in columns.names, schema, choices)
    leads = Leads(source.stat().st_size if is_csv else rows, notes=[*columns.notes])
    reader = CellReader(schema, export.leads.time_format or export.time_format)
    batches = (
        csv_batches(source, there, columns.names, export, reader, leads)
        if is_csv
        else parquet_batches(source, columns.names, reader, leads)
    )
    leads.batches = batches
    if choices.events is not None:
        events = read_events(choices.events, schema, export)
        leads.lost = events.lost
        leads.notes += events.notes
        leads.batches = _joined(batches, events, leads, source.name)
    return leads


def _check_events(place: str, there: bool, schema: LeadSchema, choices: Choices) -> None:
    """Refuse a table of leads that says nothing, or two things, about what happened to them."""
    said = [
        *(["its column 'events'"] if there else []),
        *([f"--events {choices.events}"] if choices.events else []),
        *(["--no-events"] if choices.no_events else []),
    ]
    if len(said) > 1:
        raise ReadingError(f"{place} must say once what happened to its leads, got {' and '.join(said)}: keep one.")
    if schema.kinds and not said:
        raise ReadingError(
            f"{place} must say what happened to its leads, as the model looks at {', '.join(schema.kinds)}: add a column "
            f"'events' (a JSON list of objects with kind and occurred_at), or name a file of events with --events FILE "
            f"(CSV or Parquet, with the columns of the history's events). If nothing has happened to any: --no-events."
        )


def _open_lines(source: Path, choices: Choices) -> Leads:
    if choices.events or choices.no_events:
        raise ReadingError(f"{source.name} holds the events of its leads: leave out --events and --no-events.")
    leads = Leads(source.stat().st_size)
    leads.batches = _line_batches(source, leads)
    return leads


def _line_batches(source: Path, leads: Leads) -> Iterator[list[Lead]]:
    with source.open("rb") as file:
        numbered = enumerate(file, start=1)
        while lines := list(islice(numbered, BATCH)):
            leads.done += sum(len(line) for _, line in lines)
            yield [_parsed(number, line) for number, line in lines if line.strip()]


def _parsed(number: int, line: bytes) -> Lead:
    try:
        return Lead(number, parse_json(line))
    except RefusedError as error:
        problems = [Problem("line", broken.rule, broken.value, broken.remedy) for broken in error.problem.errors]
        return Lead(number, problems=tuple(problems))


def _joined(batches: Iterable[list[Lead]], events: EventFile, leads: Leads, place: str) -> Iterator[list[Lead]]:
    for batch in batches:
        found = events.of({_id(lead) for lead in batch})
        for lead in batch:
            if lead.cells is not None:
                happened, problems = found.get(_id(lead), ([], ()))
                lead.cells[EVENTS] = happened
                lead.problems += problems
        yield batch
    if strangers := events.unasked():
        leads.notes.append(f"{events.place}: {strangers:,} events are of leads that are not in {place}.")


def _id(lead: Lead) -> str:
    lead_id = lead.cells.get(LEAD_ID) if lead.cells else None
    return text_of(lead_id) if isinstance(lead_id, str | int | float) else ""
