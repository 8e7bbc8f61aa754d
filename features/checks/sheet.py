"""One table while it is checked: its cells, which of its rows are still good, and what was found broken."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.checks.broken import BrokenRow, cut, many, shown
from features.checks.columns import Mask, Rows, as_text, encode_column, nulls, with_nulls
from features.clock import NEVER, Microseconds, to_datetime
from features.fields import LONGEST_TEXT
from features.history import Floats, Strings
from features.reading import RawTable
from features.settings import LeadField, LeadSchema
from features.times import Times, read_times

SHOWN_ROWS = 20
"""Broken rows that are kept of each kind; the others are counted."""


class Sheet:
    """A table under our column names; rules are held against its columns, and rows that break one are refused.

    Attributes
    ----------
    good
        Which rows of `raw` break no rule so far.
    broken, counts
        The first broken rows, and the number of all, by file, column and rule.
    notes
        What was taken for granted, in sentences.
    ids
        Whose each row is; null if it does not say.
    """

    def __init__(self, raw: RawTable, time_format: str | None, schema: LeadSchema, until: int) -> None:
        self.raw, self.schema, self.until = raw, schema, until
        self.zone, self.time_format = schema.zone, time_format
        self.good = ~np.isin(raw.row, raw.flawed)
        self.broken: list[BrokenRow] = []
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.notes = [f"{raw.place}: {many(raw.blank, 'blank row')} passed over."] if raw.blank else []
        for flaw in raw.flaws:
            self._report(BrokenRow(raw.place, flaw.row, flaw.column, cut(flaw.value), flaw.rule, flaw.remedy))
        self.ids = as_text(self.known("lead_id"))

    def __contains__(self, ours: str) -> bool:
        return ours in self.raw.columns

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def left_out(self) -> Rows:
        """Numbers of the rows that are broken."""
        return np.union1d(self.raw.row[~self.good], self.raw.flawed)

    def known(self, ours: str) -> pa.ChunkedArray:
        """Return a column with null for what stands for "not known" everywhere."""
        return with_nulls(self.raw.cells.column(ours), self.schema.missing)

    def keep(self, rows: Mask) -> None:
        """Go on with these rows alone: the others are no records of this table."""
        at = np.flatnonzero(rows)
        self.raw, self.good, self.ids = self.raw.take(at), self.good[at], self.ids.take(at)

    def refuse(self, ours: str, rows: Mask | Rows, rule: str, remedy: str) -> None:
        """Report rows, given as a mask or by position, as broken in this column."""
        at = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        place, column = self.raw.place, self.raw.columns[ours]
        for row in at[:SHOWN_ROWS].tolist():
            value = shown(self.raw.cells.column(ours)[row].as_py())
            lead_id = "" if ours == "lead_id" else self.ids[row].as_py() or ""
            self._report(BrokenRow(place, int(self.raw.row[row]), column, value, rule, remedy, lead_id))
        if len(at) > SHOWN_ROWS:
            self.counts[place, column, rule] += len(at) - SHOWN_ROWS
        self.good[at] = False

    def _report(self, broken: BrokenRow) -> None:
        kind = (broken.file, broken.column, broken.rule)
        self.counts[kind] += 1
        if self.counts[kind] <= SHOWN_ROWS:
            self.broken.append(broken)

    def check_ids(self) -> None:
        """Refuse rows that do not say whose they are."""
        self.refuse("lead_id", nulls(self.ids) & self.good, "must not be empty", "fill in the lead's id")

    def codes(
        self, ours: str, code: Callable[[str], int | None], rule: str, remedy: str, *, empty: bool = False
    ) -> Rows:
        """Return the code of each text, -1 with a report where it has none; `empty` cells may go without."""
        encoded = as_text(self.known(ours)).combine_chunks().dictionary_encode()
        codes = [code(text) for text in encoded.dictionary.to_pylist()]
        known = np.array([*(-1 if at is None else at for at in codes), -1])
        found: Rows = known[pc.fill_null(encoded.indices, len(codes)).to_numpy(zero_copy_only=False)]
        self.refuse(ours, (found < 0) & ~(nulls(encoded) & empty), rule, remedy)
        return found

    def encoded(self, ours: str, field: LeadField, rows: Rows | None = None) -> Floats:
        """Return the numbers that stand for a column's values, in all rows or in those at these positions."""
        column = with_nulls(self.raw.cells.column(ours), field.missing)
        column = column if rows is None else column.take(rows)
        numbers, bad = encode_column(field, column, self.zone, self.time_format)
        for error, at in bad:
            self.refuse(ours, at if rows is None else rows[at], error.rule, error.remedy)
        return numbers

    def texts(self, ours: str) -> Strings | None:
        """Return a column as text, None where it is not known, cut to what a field may hold; None if there is no such column."""
        if ours not in self:
            return None
        column = pc.utf8_slice_codeunits(as_text(self.known(ours)), 0, LONGEST_TEXT)
        texts: Strings = column.to_numpy().astype(np.object_)
        texts[nulls(column)] = None
        return texts

    def times(self, ours: str) -> Microseconds:
        """Return a column of times, NEVER where it is broken."""
        column, name, zone = self.known(ours), self.raw.columns[ours], self.zone.key
        times = read_times(column, self.zone, self.time_format)
        unlike = ~times.zoned & (times.utc != NEVER) & times.zoned.any()
        for rows, rule, remedy in self._time_rules(name, times, nulls(column), unlike):
            self.refuse(ours, rows, rule, remedy)
        if times.repeated.any():
            count = many(int(times.repeated.sum()), "time")
            told = f"{count} in {name!r} that clocks in {zone} showed twice: taken as the first."
            self.notes.append(f"{self.raw.place}: {told}")
        return np.where(unlike, NEVER, times.utc)

    def _time_rules(self, name: str, times: Times, null: Mask, unlike: Mask) -> list[tuple[Mask, str, str]]:
        form, until = self.time_format, to_datetime(self.until).isoformat(timespec="seconds")
        return [
            (null, "must be a time", "fill it in, or take the row out"),
            (
                (times.utc == NEVER) & ~null & ~times.skipped,
                f"must be a time of the form {form!r}" if form else "must be an ISO 8601 time",
                "correct it, or set history.time_format to how times are written",
            ),
            (
                times.skipped,
                f"must be a time that clocks in {self.zone.key} showed",
                "correct it, or set time_zone: clocks were put forward past it",
            ),
            (
                unlike,
                "must name its zone as other rows of this column do",
                f"write {name} with a zone in every row, or in none",
            ),
            (
                times.utc > self.until,
                f"must not be later than {until}, when the export was made",
                "correct it, or set history.exported_at",
            ),
        ]

    def recorded(self, happened: str, times: Microseconds) -> Microseconds:
        """Return when each row was recorded, which cannot be before it happened."""
        if "recorded_at" not in self:
            self.notes.append(f"{self.raw.place} has no recorded_at: each row is taken as recorded at its {happened}.")
            return times
        recorded = self.times("recorded_at")
        early = (recorded < times) & (recorded != NEVER)
        rule = f"must not be earlier than {self.raw.columns[happened]!r}"
        self.refuse("recorded_at", early, rule, "correct one of the two: nothing is known before it happens")
        return recorded


def one_of(values: Any) -> str:
    """Return the rule that a value must be one of these."""
    return f"must be one of {', '.join(map(repr, values))}"
