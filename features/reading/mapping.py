"""Which columns of a table a history wants, and under which of the export's names they are found."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from features.reading.table import ReadingError, listed, nearest
from features.settings import (
    EVENT_COLUMNS,
    LEAD_COLUMNS,
    OUTCOME_COLUMNS,
    HistorySource,
    LeadSchema,
    OutcomesSource,
    TableSource,
)

TableName: TypeAlias = Literal["leads", "events", "outcomes"]

COLUMNS = {"leads": LEAD_COLUMNS, "events": EVENT_COLUMNS, "outcomes": OUTCOME_COLUMNS}
REQUIRED = {
    "leads": ("lead_id", "created_at"),
    "events": ("lead_id", "kind", "occurred_at"),
    "outcomes": ("lead_id", "closed_at", "won"),
}


@dataclass(frozen=True)
class Wanted:
    """The columns that are wanted of one table: our names, of which some must be there, and some are fields.

    `section` is where the settings map them.
    """

    section: str
    source: TableSource
    columns: tuple[str, ...]
    required: tuple[str, ...]
    fields: tuple[str, ...]

    @classmethod
    def of(cls, source: HistorySource, schema: LeadSchema, name: TableName) -> "Wanted":
        """Return what the settings want of a table.

        Raises
        ------
        ReadingError
            If the settings name no such table, or let a field stand with the outcomes that is not late.
        """
        table = {"leads": source.leads, "events": source.events, "outcomes": source.outcomes}[name]
        if table is None:
            raise ReadingError("The settings name no events table: add [history.events].")
        fields = {ours: field.role for ours, field in schema.fields.items() if field.role != "late"}
        known = next((ours for ours in table.columns if name == "outcomes" and ours in fields), None)
        if known is not None:
            raise ReadingError(
                f"Field {known!r} must have role 'late' if it stands in the outcomes table, got {fields[known]!r}: "
                f"give it that role, or map it under [history.leads.columns]."
            )
        ours = tuple(fields) if name == "leads" else ()
        all_won = isinstance(table, OutcomesSource) and table.all_won
        required = [column for column in REQUIRED[name] if not (all_won and column == "won")]
        return cls(f"history.{name}", table, (*COLUMNS[name], *ours), (*required, *ours), ours)

    def find(self, there: list[str], place: str) -> dict[str, str]:
        """Return the export's name of each of our columns that is there.

        Raises
        ------
        ReadingError
            If a column is missing that must be there or that the settings name, or there are two of its name.
        """
        mapped = self.source.columns
        for ours in (*self.required, *mapped):
            if mapped.get(ours, ours) not in there:
                raise ReadingError(self._missing(ours, mapped.get(ours, ours), there, place))
        found = {ours: theirs for ours in self.columns if (theirs := mapped.get(ours, ours)) in there}
        for theirs in found.values():
            if there.count(theirs) > 1:
                raise ReadingError(
                    f"{place} has {there.count(theirs)} columns {theirs!r}: rename all but the right one."
                )
        return found

    def _missing(self, ours: str, theirs: str, there: list[str], place: str) -> str:
        what = "field" if ours in self.fields else "column"
        meant = f" ({what} {ours!r})" if ours != theirs else ""
        remedy = f'write {ours} = "..." under [{self.section}.columns]'
        remedy += ", or take the field out" if what == "field" else ""
        return (
            f"{place} has no column {theirs!r}{meant}: {nearest(theirs, there)}"
            f"its columns are {listed(there)}. If it has another name there, {remedy}."
        )
