"""A file of leads that has to be put together as the history's leads are, or unpacked: read whole, with the columns that its joins bring."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from features.records.leads.checking import LeadProblem
from features.records.leads.rows import AS_OF, EVENTS
from features.records.reading import RawTable, ReadingError, read_file, read_plain, tables_in
from features.records.reading.assembly import assemble, needs_assembly
from features.records.reading.conditions import columns_of
from features.records.reading.files import ARCHIVES, PART, TEXTS, TableFile
from features.records.reading.locating import locate
from features.records.reading.mapping import WantedColumns
from features.records.reading.table import listed
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource, LeadsSource, TableSource
from serving.batch.cells import CellReader
from serving.batch.columns import LeadColumns, missing_note
from serving.batch.leads import FileLead, LeadFile, to_leads

BATCH = 2000
SECTION = "history.leads"


def is_assembled(file: Path, export: HistorySource) -> bool:
    """Return whether a file of leads is more than its columns under other names, or has to be unpacked."""
    name = file.name.lower()
    packed = name.endswith((*ARCHIVES, *(suffix for suffix in TEXTS if suffix != ".csv")))
    return packed or needs_assembly(_of_leads(export.leads))


@dataclass(frozen=True)
class AssembledLeads:
    """The table of a file of leads under our names, and what people should know of it."""

    raw: RawTable
    columns: LeadColumns

    def batches(self, reader: CellReader, leads: LeadFile) -> Iterator[list[FileLead]]:
        """Yield the rows, each that is none as a lead with its problem."""
        raw, there = self.raw, {int(row) for row in self.raw.row}
        flawed: dict[int, list[LeadProblem]] = {}
        for flaw in raw.flaws:
            problem = LeadProblem(flaw.column or "row", flaw.rule, flaw.value, flaw.remedy)
            flawed.setdefault(flaw.row, []).append(problem)
        for first in range(0, len(raw), BATCH):
            some = raw.cells.slice(first, BATCH)
            columns = {ours: reader.column(ours, some.column(ours), raw.place) for ours in some.column_names}
            leads.done += len(some)
            batch = to_leads(map(int, raw.row[first : first + BATCH]), columns)
            for lead in batch:
                lead.problems += tuple(flawed.get(lead.row, ()))
            yield batch
        if strays := [FileLead(row, problems=tuple(flawed[row])) for row in sorted(flawed) if row not in there]:
            yield strays


def read_assembled(
    file: Path, schema: LeadSchema, export: HistorySource, folder: Path, *, allow_missing: bool
) -> AssembledLeads:
    """Read a file of leads as the history's table of leads is read.

    Tables that are joined are looked for beside the file, and otherwise where the history lies, from `folder` on. What the settings say of
    columns that the file has not (rows to leave out, the first of several) holds for those that are there.

    Raises
    ------
    ReadingError
        If it cannot be read, or lacks a column that it may not lack.
    """
    table = _table_in(file, export.leads)
    whole = read_file(table, export, _Whole(SECTION, TableSource(table=table.name), (), (), (), whole=True))
    there = whole.cells.column_names
    source = _pruned(_of_leads(export.leads), there)
    wanted = WantedColumns.of(export.model_copy(update={"leads": source}), schema, "leads")
    known = {*there, *(f"{name}." for name in source.joins)}
    missing = [ours for ours in wanted.required if not _is_there(source.mapped.get(ours, ours), source, known)]
    if missing and allow_missing:
        dropped = {ours: theirs for ours, theirs in source.columns.items() if ours not in missing}
        source = source.model_copy(update={"columns": dropped})
        wanted = replace(wanted, required=tuple(ours for ours in wanted.required if ours not in missing))
    optional = {ours: theirs for ours, theirs in source.columns.items() if ours in wanted.columns}
    source = source.model_copy(update={"columns": optional})
    wanted = replace(wanted, source=source, columns=(*wanted.columns, AS_OF, EVENTS))

    def read(asked: WantedColumns) -> RawTable:
        if asked.section == SECTION:
            return read_file(table, export, asked)
        return read_joined(asked, file, export, folder)

    try:
        raw = assemble(wanted, read, export.id_form)
    except ReadingError as error:
        if not missing or allow_missing:
            raise
        raise ReadingError(f"{error} Or score as if nobody had answered: --allow-missing.") from error
    used = {*raw.columns.values(), *(join.on for join in source.joins.values()), *columns_of(source.leave_out_when)}
    used |= {name for several in source.first_of.values() for name in several}
    unused = [name for name in there if name not in used]
    notes = [missing_note(table.name, missing, export.leads.mapped, unused)] if missing else []
    notes += [f"{table.name}: {note}." for note in map(str, raw.notes)]
    notes += [f"{table.name}: {passed.rows:,} rows passed over: {passed.why}." for passed in raw.passed]
    notes += [f"{table.name}: columns not looked at: {listed(unused)}."] if unused else []
    return AssembledLeads(raw, LeadColumns(dict(raw.columns), tuple(notes)))


class _Whole(WantedColumns):
    """Wants every column of a table."""

    def find(self, there: list[str], place: str) -> dict[str, str]:  # noqa: ARG002 - nothing is missing
        return {name: name for name in there}


def _of_leads(source: LeadsSource) -> LeadsSource:
    """Return what of the leads table holds for leads that are scored: who was merged into whom does not."""
    return source.model_copy(update={"merged_into": None, "same_person": None, "duplicates": "tell"})


def _pruned(source: LeadsSource, there: list[str]) -> LeadsSource:
    """Return the leads table without what it says of columns that are not there; a join may go on from an earlier one."""
    joins = {}
    for name, join in source.joins.items():
        if join.on in there or join.on.partition(".")[0] in joins:
            joins[name] = join
    known = {*there, *(f"{name}." for name in joins)}

    def is_known(name: str) -> bool:
        return name in known or f"{name.partition('.')[0]}." in known

    first_of = {ours: tuple(filter(is_known, several)) for ours, several in source.first_of.items()}
    leaving = tuple(one for one in source.leave_out_when if all(map(is_known, one)))
    update = {"joins": joins, "leave_out_when": leaving, "header_row": None}
    return source.model_copy(update=update | {"first_of": {ours: names for ours, names in first_of.items() if names}})


def _is_there(theirs: str, source: LeadsSource, known: set[str]) -> bool:
    """Return whether a column is one of the file's, of a joined table, or made of several."""
    several = {", else ".join(names) for names in source.first_of.values()}
    return theirs in known or theirs in several or f"{theirs.partition('.')[0]}." in known


def _table_in(file: Path, source: LeadsSource) -> TableFile:
    """Return the table of the leads in a file: the part of the settings' name, or the only one, or a workbook's first."""
    parts = tables_in(file)
    names = {source.table, source.table.partition(PART)[2]}
    named = [part for part in parts if part.part in names or Path(part.part).stem in names]
    if len(parts) > 1 and not named and parts[0].is_archive:
        inside = listed([part.part for part in parts])
        raise ReadingError(
            f"{file.name} must hold one table of leads, or {source.table!r}, got {inside}: unpack the one that is meant."
        )
    return (named or parts)[0]


def read_joined(asked: WantedColumns, file: Path, export: HistorySource, folder: Path) -> RawTable:
    """Read a table that is joined: from beside the file, else from where the history lies."""
    try:
        beside = locate(file.resolve().parent, asked.source.table)
    except ReadingError:
        return read_plain(export, asked, folder)
    return read_file(beside, export, asked)
