"""The report on a history as a sum over its parts: rows, broken rows, notes and the fingerprint, the same in however many parts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from features.records.checks.broken import BrokenCount, BrokenRow
from features.records.checks.fingerprint import ContentSums, content_sums
from features.records.checks.sheet import SHOWN_ROWS, CheckedSheet
from features.records.checks.summary import EndSums, HistorySummary, end_sums
from features.records.history import History
from features.records.notes import Note, summed
from features.settings.source import HistorySource

Kind = tuple[str, str, str]
"""File, column and rule."""
ADDED = ("rows", "left_out", "good", "passed", "broken", "aside")
"""What is counted of a table."""


@dataclass(frozen=True)
class SheetSums:
    """What was found in one table.

    Attributes
    ----------
    place
        File or SQL table.
    rows, left_out
        Rows read, and those of them that are not in the history as they are broken.
    good
        Rows that are left, of which the notes speak.
    broken, aside
        How many rows of each kind are broken, or have a value set aside.
    broken_rows, aside_rows
        The first of each kind, by their number.
    """

    place: str
    rows: int
    left_out: int
    good: int
    passed: Counter[str]
    broken: Counter[Kind]
    aside: Counter[Kind]
    broken_rows: tuple[BrokenRow, ...]
    aside_rows: tuple[BrokenRow, ...]
    notes: tuple[Note, ...]

    @classmethod
    def of(cls, sheet: CheckedSheet, rows: int) -> "SheetSums":
        """Return what was found in a sheet of which so many rows were read."""
        shown = (_first(sheet.broken), _first(sheet.aside))
        passed, broken, aside = Counter(sheet.passed), Counter(sheet.counts), Counter(sheet.aside_counts)
        left_out, good = len(sheet.left_out), len(sheet)
        return cls(sheet.raw.place, rows, left_out, good, passed, broken, aside, *shown, summed(sheet.notes))

    def __add__(self, other: "SheetSums") -> "SheetSums":
        added: dict[str, Any] = {name: getattr(self, name) + getattr(other, name) for name in ADDED}
        broken, aside = _first(self.broken_rows + other.broken_rows), _first(self.aside_rows + other.aside_rows)
        return SheetSums(
            self.place, **added, broken_rows=broken, aside_rows=aside, notes=summed(self.notes + other.notes)
        )


@dataclass(frozen=True)
class CheckSums:
    """What was read of a part of a history; all parts have the same tables.

    Attributes
    ----------
    latest
        The latest record, microseconds UTC; None without one.
    """

    sheets: Mapping[str, SheetSums]
    content: ContentSums
    ends: EndSums
    latest: int | None

    @classmethod
    def of(
        cls, history: History, sheets: Mapping[str, CheckedSheet], rows: Mapping[str, int], latest: int | None
    ) -> "CheckSums":
        """Return what was read of a part, `rows` of each table."""
        of_sheets = {name: SheetSums.of(sheet, rows[name]) for name, sheet in sheets.items()}
        return cls(of_sheets, content_sums(history), end_sums(history), latest)

    def __add__(self, other: "CheckSums") -> "CheckSums":
        sheets = {name: sheet + other.sheets[name] for name, sheet in self.sheets.items()}
        latest = max((one for one in (self.latest, other.latest) if one is not None), default=None)
        return CheckSums(sheets, self.content + other.content, self.ends + other.ends, latest)

    def known_until(self, source: HistorySource, until: int) -> int:
        """Return until when the history is complete, of which no time may be later than `until` (microseconds UTC)."""
        return until if source.exported_at or self.latest is None else self.latest

    def summary(self, source: HistorySource, known_until: int) -> HistorySummary:
        """Return the history in a few numbers and sentences."""
        return self.ends.summary(
            known_until,
            {name: one.rows for name, one in self.sheets.items()},
            {name: one.left_out for name, one in self.sheets.items()},
            {name: sum(one.aside.values()) for name, one in self.sheets.items()},
            {name: dict(sorted(one.passed.items())) for name, one in self.sheets.items()},
            self._sentences(source),
        )

    def rows_of(self, what: str) -> tuple[BrokenRow, ...]:
        """Return the first rows of each kind, "broken" or "aside", by table and number."""
        return tuple(row for one in self.sheets.values() for row in getattr(one, f"{what}_rows"))

    def counts_of(self, what: str) -> tuple[BrokenCount, ...]:
        """Return how many rows there are of each kind, "broken" or "aside", by table and kind."""
        each = (sorted(getattr(one, what).items()) for one in self.sheets.values())
        return tuple(BrokenCount(file, column, rule, rows) for kinds in each for (file, column, rule), rows in kinds)

    def _sentences(self, source: HistorySource) -> Iterable[str]:
        for one in self.sheets.values():
            yield from map(str, sorted(one.notes, key=lambda note: note.words))
        if not self.sheets["leads"].good:
            yield f"{self.sheets['leads'].place} has no rows."
        if all(outcomes.all_won for outcomes in source.outcomes):
            yield "No losses are recorded: a lead without a win counts as open."
        if source.exported_at is None:
            yield "history.exported_at is not set: the history counts as complete until its latest record."


def _first(rows: Iterable[BrokenRow]) -> tuple[BrokenRow, ...]:
    """Return the first rows of each kind, in one order."""
    shown: Counter[Kind] = Counter()
    first = []
    for row in sorted(rows, key=lambda row: row.row):  # a row is in one part, whose order stands
        kind = (row.file, row.column, row.rule)
        shown[kind] += 1
        if shown[kind] <= SHOWN_ROWS:
            first.append(row)
    return tuple(first)
