"""A file of leads, whatever its format: what it holds, what it lacks, and its leads with their events."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from features.records.leads.checking import LeadProblem
from features.records.leads.rows import EVENTS, LEAD_ID
from features.records.parsing.values import text_of
from features.records.reading import ReadingError
from features.records.reading.csv_file import read_header
from features.records.reading.dialect import find_dialect
from features.records.reading.files import ARCHIVES, TEXTS, WORKBOOKS, TableFile
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource, TableSource
from serving.batch.assembled import is_assembled, read_assembled
from serving.batch.cells import CellReader
from serving.batch.columns import find_columns
from serving.batch.events import EventFile, read_events
from serving.batch.leads import Choices, FileLead, LeadFile
from serving.batch.tables import BATCH, csv_batches, open_sheet, parquet_batches, parquet_layout, sheet_batches
from serving.batch.writing import LINES, UnknownFormatError
from serving.schemas.problems import RefusedError
from serving.schemas.strict_json import parse_json


def open_leads(source: Path, schema: LeadSchema, export: HistorySource, choices: Choices) -> LeadFile:
    """Find out what a file of leads holds, and how its rows are to be read.

    Raises
    ------
    UnknownFormatError
        If its ending is none of a table's, .jsonl or .ndjson.
    ReadingError
        If it cannot be read at all, or lacks a column or its events.
    """
    if source.suffix in LINES:
        return _open_lines(source, choices)
    if not source.name.lower().endswith((*TEXTS, ".parquet", *WORKBOOKS, *ARCHIVES)):
        raise UnknownFormatError(
            f"A file of leads must end in .csv, .csv.gz, .zip, .parquet, .xlsx, .xls, .ods, .jsonl or .ndjson, got {source.name!r}."
        )
    leads = _open_table(source, schema, export, choices)
    batches = leads.batches
    if choices.events is not None:
        events = read_events(choices.events, schema, export, choices.folder)
        leads.lost = events.lost
        leads.notes += events.notes
        leads.batches = with_events(batches, events, leads, source.name)
    return leads


def _open_table(source: Path, schema: LeadSchema, export: HistorySource, choices: Choices) -> LeadFile:
    """Find out what a table holds, and how its rows are read."""
    suffix, reader = source.suffix.lower(), CellReader.of(schema, export)
    if is_assembled(source, export):
        found = read_assembled(source, schema, export, choices.folder, allow_missing=choices.allow_missing)
        _check_events(source.name, EVENTS in found.columns.names, schema, choices)
        leads = LeadFile(len(found.raw), notes=[*found.columns.notes])
        leads.batches = found.batches(reader, leads)
        return leads

    def opened(there: list[str], total: int) -> tuple[LeadFile, dict[str, str]]:
        columns = find_columns(there, source.name, schema, export, allow_missing=choices.allow_missing)
        _check_events(source.name, EVENTS in columns.names, schema, choices)
        return LeadFile(total, notes=[*columns.notes]), columns.names

    if suffix == ".csv":
        dialect = find_dialect(TableFile(source), export, TableSource(table=source.name))
        there = read_header(TableFile(source), dialect)
        leads, names = opened(there, source.stat().st_size)
        leads.batches = csv_batches(source, there, names, dialect, reader, leads)
    elif suffix in WORKBOOKS:
        sheet = open_sheet(source, export.leads.table)
        leads, names = opened(sheet.cells.column_names, len(sheet.cells))
        leads.batches = sheet_batches(sheet, names, reader, leads)
    else:
        there, rows = parquet_layout(source)
        leads, names = opened(there, rows)
        leads.batches = parquet_batches(source, names, reader, leads)
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


def _open_lines(source: Path, choices: Choices) -> LeadFile:
    if choices.events or choices.no_events:
        raise ReadingError(f"{source.name} holds the events of its leads: leave out --events and --no-events.")
    leads = LeadFile(source.stat().st_size)
    leads.batches = _line_batches(source, leads)
    return leads


def _line_batches(source: Path, leads: LeadFile) -> Iterator[list[FileLead]]:
    with source.open("rb") as file:
        numbered = enumerate(file, start=1)
        while lines := list(islice(numbered, BATCH)):
            leads.done += sum(len(line) for _, line in lines)
            yield [_parsed(number, line) for number, line in lines if line.strip()]


def _parsed(number: int, line: bytes) -> FileLead:
    try:
        return FileLead(number, parse_json(line))
    except RefusedError as error:
        problems = [LeadProblem("line", broken.rule, broken.value, broken.remedy) for broken in error.problem.errors]
        return FileLead(number, problems=tuple(problems))


def with_events(
    batches: Iterable[list[FileLead]], events: EventFile, leads: LeadFile, place: str
) -> Iterator[list[FileLead]]:
    """Yield leads with what happened to them; events of leads that were not there are noted at the end."""
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


def _id(lead: FileLead) -> str:
    lead_id = lead.cells.get(LEAD_ID) if lead.cells else None
    return text_of(lead_id) if isinstance(lead_id, str | int | float) else ""
