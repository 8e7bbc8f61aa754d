"""Which columns of a table a history wants, and under which of the export's names they are found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from features.records.reading.table import ReadingError, listed, nearest
from features.settings.schema import LeadSchema
from features.settings.source import (
    EVENT_COLUMNS,
    LEAD_COLUMNS,
    OUTCOME_COLUMNS,
    EventsSource,
    HistorySource,
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
class WantedColumns:
    """The columns that are wanted of one table: our names, of which some must be there, and some are fields.

    `section` is where the settings map them; `whole` asks for every column of the table beside them.
    """

    section: str
    source: TableSource
    columns: tuple[str, ...]
    required: tuple[str, ...]
    fields: tuple[str, ...]
    whole: bool = False

    id_column: ClassVar[str] = "lead_id"

    @classmethod
    def of(cls, source: HistorySource, schema: LeadSchema, name: TableName, at: int = 0) -> "WantedColumns":
        """Return what the settings want of a table; `at` tells several of one name apart.

        Raises
        ------
        ReadingError
            If the settings name no such table, or let a field stand with the outcomes that is not late.
        """
        tables: dict[TableName, Sequence[TableSource]]
        tables = {"leads": (source.leads,), "events": source.events, "outcomes": source.outcomes}
        if at >= len(tables[name]):
            raise ReadingError("The settings name no events table: add [history.events].")
        table = tables[name][at]
        fields = {ours: field.role for ours, field in schema.fields.items() if field.role != "late"}
        known = next((ours for ours in table.mapped if name == "outcomes" and ours in fields), None)
        if known is not None:
            raise ReadingError(
                f"Field {known!r} must have role 'late' if it stands in the outcomes table, got {fields[known]!r}: "
                f"give it that role, or map it under [history.leads.columns]."
            )
        ours = tuple(fields) if name == "leads" else ()
        told = set()  # by the settings, without a column
        if isinstance(table, OutcomesSource) and not table.has_won_column:
            told.add("won")
        if isinstance(table, OutcomesSource) and table.undated_lost == "export":
            told.add("closed_at")
        if isinstance(table, EventsSource) and table.all_kind is not None:
            told.add("kind")
        required = [column for column in REQUIRED[name] if column not in told]
        learned = [field for field in ours if fields[field] != "contact"]
        return cls(f"history.{name}", table, (*COLUMNS[name], *ours), (*required, *learned), ours)

    def find(self, there: list[str], place: str) -> dict[str, str]:
        """Return the export's name of each of our columns that is there.

        Raises
        ------
        ReadingError
            If a column is missing that must be there or that the settings name.
        """
        mapped = self.source.mapped
        for ours in (*self.required, *mapped):
            if mapped.get(ours, ours) not in there:
                raise ReadingError(self._missing(ours, mapped.get(ours, ours), there, place))
        return {ours: theirs for ours in self.columns if (theirs := mapped.get(ours, ours)) in there}

    def _missing(self, ours: str, theirs: str, there: list[str], place: str) -> str:
        what = "field" if ours in self.fields else "column"
        meant = f" ({what} {ours!r})" if ours != theirs else ""
        remedy = f'write {ours} = "..." under [{self.section}.columns]'
        remedy += ", or take the field out" if what == "field" else ""
        return (
            f"{place} has no column {theirs!r}{meant}: {nearest(theirs, there)}"
            f"its columns are {listed(there)}. If it has another name there, {remedy}."
        )
