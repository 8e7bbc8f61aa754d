"""Which columns of a file of leads are ours: by the settings of the history's leads table, and no fewer than it has to have."""

from dataclasses import dataclass, replace

from features.records.leads.rows import AS_OF, EVENTS
from features.records.reading import ReadingError
from features.records.reading.mapping import WantedColumns
from features.records.reading.table import listed, nearest
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource, TableSource


@dataclass(frozen=True)
class LeadColumns:
    """The file's name of each of our columns that is there, and what people should know about the others."""

    names: dict[str, str]
    notes: tuple[str, ...]


def find_columns(
    there: list[str], place: str, schema: LeadSchema, export: HistorySource, *, allow_missing: bool
) -> LeadColumns:
    """Find our columns by the rules of a history's leads table.

    Raises
    ------
    ReadingError
        If one is missing and may not be, with the likeliest name that is there; or if there are two of its name.
    """
    wanted = WantedColumns.of(export, schema, "leads")
    mapped = {ours: theirs for ours, theirs in export.leads.columns.items() if ours in wanted.columns}
    missing = [ours for ours in wanted.required if mapped.get(ours, ours) not in there]
    if missing and allow_missing:
        mapped = {ours: theirs for ours, theirs in mapped.items() if ours not in missing}
    wanted = replace(
        wanted,
        source=TableSource(table=export.leads.table, columns=mapped),
        columns=(*wanted.columns, AS_OF, EVENTS),
        required=tuple(ours for ours in wanted.required if not (allow_missing and ours in missing)),
    )
    try:
        names = {ours: theirs for ours, theirs in wanted.find(there, place).items() if ours not in missing}
    except ReadingError as error:
        if not missing or allow_missing:
            raise
        others = f" Also missing: {listed(missing[1:])}." if missing[1:] else ""
        raise ReadingError(f"{error}{others} Or score as if nobody had answered: --allow-missing.") from error
    unused = [name for name in there if name not in names.values()]
    notes = [missing_note(place, missing, export.leads.columns, unused)] if missing else []
    notes += [f"{place}: columns not looked at: {listed(unused)}."] if unused else []
    return LeadColumns(names, tuple(notes))


def missing_note(place: str, missing: list[str], mapped: dict[str, str], unused: list[str]) -> str:
    """Return the sentence on columns that are not there, each with the likeliest that is."""
    names = (mapped.get(ours, ours) for ours in missing)
    shown = "; ".join(f"{name!r} {nearest(name, unused)}".strip() for name in names)
    return f"{place}: missing, and taken as not known: {shown}."
