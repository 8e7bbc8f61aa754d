"""One table while it is checked: its cells, which of its rows are still good, and what was found broken."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.records.checks.broken import BrokenRow, cut, shown
from features.records.checks.columns import Mask, Rows, encode_column, nulls, with_nulls
from features.records.checks.facts import Marks, TableFacts
from features.records.clock import DAY, NEVER, Microseconds, to_datetime
from features.records.history import Floats, Strings
from features.records.notes import Note, many
from features.records.parsing.cells import as_text
from features.records.parsing.numbers import Mark, currency_of, read_number
from features.records.parsing.times import Times, read_times
from features.records.parsing.values import LONGEST_TEXT
from features.records.reading import RawTable
from features.records.reading.table import SPAN
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from features.settings.source import FILLERS, TableSource

SHOWN_ROWS = 20
"""Broken rows that are kept of each kind; the others are counted."""


class CheckedSheet:
    """A table under our column names; rules are held against its columns, and rows that break one are refused.

    Attributes
    ----------
    good
        Which rows of `raw` break no rule so far.
    broken, counts
        The first broken rows, and the number of all, by file, column and rule.
    aside, aside_counts
        The same of values that were set aside: what cannot be read costs the value, not the row.
    passed
        Rows that are no records of this table, by why.
    notes
        What was taken for granted, in sentences.
    ids
        Whose each row is; null if it does not say.
    seen
        What its rows tell together, as far as it was asked for.
    """

    def __init__(
        self,
        raw: RawTable,
        time_format: str | None,
        schema: LeadSchema,
        until: int,
        *,
        source: TableSource | None = None,
        fillers: Sequence[date] = FILLERS,
        given: TableFacts | None = None,
    ) -> None:
        self.seen, self._given = TableFacts(), given
        self.raw, self.schema, self.until = raw, schema, until
        self.zone, self.time_format, self.fillers = schema.zone, time_format, fillers
        self.source = TableSource(table=raw.place) if source is None else source
        self.good = ~np.isin(raw.row, raw.flawed)
        self.broken: list[BrokenRow] = []
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.aside: list[BrokenRow] = []
        self.aside_counts: Counter[tuple[str, str, str]] = Counter()
        self.passed: Counter[str] = Counter({one.why: one.rows for one in raw.passed})
        if raw.blank:
            self.passed["blank"] += raw.blank
        self.notes = [note.after(f"{raw.place}: ", ".") for note in raw.notes]
        self.note(raw.blank, "blank row", " passed over.")
        for one in raw.passed:
            self.note(one.rows, "row", f" passed over: {one.why}.")
        for flaw in raw.flaws:
            broken = BrokenRow(*raw.place_of(flaw.row), flaw.column, cut(flaw.value), flaw.rule, flaw.remedy)
            self._report(broken, self.broken, self.counts)
        self.ids = as_text(self.known("lead_id"))

    def note(self, count: int, what: str, after: str) -> None:
        """Say how many things of the table were taken for something; nothing is said of none."""
        if count:
            self.notes.append(Note.of(f"{self.raw.place}: ", int(count), what, after))

    def __contains__(self, ours: str) -> bool:
        return ours in self.raw.columns

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def facts(self) -> TableFacts:
        """What the rows of the whole table tell, of which these may be a part."""
        return self.seen if self._given is None else self._given

    @property
    def left_out(self) -> Rows:
        """Numbers of the rows that are broken."""
        return np.union1d(self.raw.row[~self.good], self.raw.flawed)

    def known(self, ours: str) -> pa.ChunkedArray:
        """Return a column with null for what stands for "not known" everywhere."""
        return with_nulls(self.raw.cells.column(ours), self.schema.missing)

    def keep(self, rows: Mask, why: str = "") -> None:
        """Go on with these rows alone: the others are no records of this table, for the reason that is counted."""
        at = np.flatnonzero(rows)
        if why and len(at) < len(rows):
            self.passed[why] += len(rows) - len(at)
        self.raw, self.good, self.ids = self.raw.take(at), self.good[at], self.ids.take(at)

    def refuse(self, ours: str, rows: Mask | Rows, rule: str, remedy: str) -> None:
        """Report rows, given as a mask or by position, as broken in this column."""
        at: Rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.int64)
        self._tell(ours, at, rule, remedy, self.broken, self.counts)
        self.good[at] = False

    def set_aside(self, ours: str, rows: Mask | Rows, rule: str, remedy: str) -> None:
        """Report values, given by a mask of rows or by position, that cannot be read; their rows stay."""
        at: Rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.int64)
        self._tell(ours, at, rule, remedy, self.aside, self.aside_counts)

    def _tell(
        self, ours: str, at: Rows, rule: str, remedy: str, rows: list[BrokenRow], counts: Counter[tuple[str, str, str]]
    ) -> None:
        column = self.raw.columns[ours]
        for row in at[:SHOWN_ROWS].tolist():
            place, number = self.raw.place_of(int(self.raw.row[row]))
            value = shown(self.raw.cells.column(ours)[row].as_py())
            lead_id = "" if ours == "lead_id" else self.ids[row].as_py() or ""
            self._report(BrokenRow(place, number, column, value, rule, remedy, lead_id), rows, counts)
        files, more = np.unique(self.raw.row[at[SHOWN_ROWS:]] // SPAN, return_counts=True)
        for file, count in zip(files.tolist(), more.tolist(), strict=True):
            counts[self.raw.place_of(file * SPAN)[0], column, rule] += count

    @staticmethod
    def _report(broken: BrokenRow, rows: list[BrokenRow], counts: Counter[tuple[str, str, str]]) -> None:
        kind = (broken.file, broken.column, broken.rule)
        counts[kind] += 1
        rows.append(broken)

    def check_ids(self) -> None:
        """Refuse rows that do not say whose they are."""
        self.refuse("lead_id", nulls(self.ids) & self.good, "must not be empty", "fill in the lead's id")

    def codes(
        self,
        ours: str,
        code: Callable[[str], int | None],
        rule: str,
        remedy: str,
        *,
        empty: bool = False,
        needed: bool = True,
    ) -> Rows:
        """Return the code of each text, -1 with a report where it has none; `empty` cells may go without.

        A text without a code costs its row, or is set aside where it is not `needed`.
        """
        encoded = as_text(self.known(ours)).combine_chunks().dictionary_encode()
        codes = [code(text) for text in encoded.dictionary.to_pylist()]
        known = np.array([*(-1 if at is None else at for at in codes), -1])
        found: Rows = known[pc.fill_null(encoded.indices, len(codes)).to_numpy(zero_copy_only=False)]
        report = self.refuse if needed else self.set_aside
        report(ours, (found < 0) & ~(nulls(encoded) & empty), rule, remedy)
        return found

    def encoded(
        self, ours: str, field: LeadField, rows: Rows | None = None, *, needed: bool = False, of: str = ""
    ) -> Floats:
        """Return the numbers that stand for a column's values, in all rows or in those at these positions, which are `of` a kind.

        A value that breaks a rule is set aside, NaN; with `needed`, its row is refused.
        """
        column = with_nulls(self.raw.cells.column(ours), field.missing)
        column = column if rows is None else column.take(rows)
        form = self.format_of(ours)
        if field.type == "date":
            column = self._without_fillers(ours, column, form)
        decimal = self._decimal(ours, column, of) if field.type == "number" else None
        self._tell_currencies(ours, column, field)
        numbers, bad = encode_column(field, column, self.zone, form, decimal)
        report = self.refuse if needed else self.set_aside
        for error, at in bad:
            report(ours, at if rows is None else rows[at], error.rule, error.remedy)
        return numbers

    def format_of(self, ours: str) -> str | None:
        """Return how the times of a column are written."""
        return self.source.time_formats.get(ours) or self.time_format

    def _without_fillers(self, ours: str, column: pa.ChunkedArray, form: str | None) -> pa.ChunkedArray:
        filler = read_times(column, self.zone, form, self.fillers).filler
        self._tell_fillers(ours, int(filler.sum()))
        return pc.if_else(pa.array(filler), None, column) if filler.any() else column

    def _tell_fillers(self, ours: str, count: int) -> None:
        told = (
            f" of {self.raw.columns[ours]!r} hold a day that stands for none, such as 1970-01-01: taken as not known."
        )
        self.note(count, "cell", told)

    def _tell_currencies(self, ours: str, column: pa.ChunkedArray, field: LeadField) -> None:
        """Say which currencies stand in a column of numbers, which are taken as they are."""
        if field.type != "number" or not pa.types.is_string(column.type):
            return
        for one in column.value_counts().to_pylist():
            if name := currency_of(one["values"] or ""):
                self.seen.currencies.setdefault(ours, Counter())[name] += one["counts"]
        counts = self.facts.currencies.get(ours, Counter())
        if len(counts) > 1:
            told = ", ".join(f"{name} in {many(count, 'row')}" for name, count in sorted(counts.items()))
            remedy = "put them into one currency in the export, or leave rows out with leave_out_when"
            several = f"{self.raw.columns[ours]!r} holds several currencies ({told}), none of them converted: {remedy}."
            self.notes.append(Note((f"{self.raw.place}: {several}",)))

    def _decimal(self, ours: str, column: pa.ChunkedArray, of: str) -> Mark | None:
        """Return the decimal mark of a column of texts: as the settings say, as its numbers tell, or as the table's do."""
        if ours in self.source.decimals or not pa.types.is_string(column.type):
            return self.source.decimals.get(ours)
        key = f"{ours} of {of}"
        self.seen.marks[key] = Marks.of(column.unique().drop_null().to_pylist())
        marks = self.facts.marks.get(key, self.seen.marks[key])
        if len(marks.marks) < 2 or not marks.unclear:
            if marks.certain == "," and marks.unclear:
                alone = f"{marks.unclear!r} in {self.raw.columns[ours]!r} is read by what the whole column tells"
                remedy = f'set decimals = {{ {ours} = "," }} there, so that calls and files to score, which hold a number alone, are read alike'
                self.notes.append(Note((f"{self.raw.place}: {alone}: {remedy}.",)))
            return marks.certain
        mark = self._usual_decimal
        read = read_number(marks.unclear, mark)
        how = "as the other columns of the table are written" if mark else f"set decimals.{ours} if that is wrong"
        told = f"{self.raw.place}: {marks.unclear!r} in {self.raw.columns[ours]!r} is read as {read:g}: {how}."
        self.notes.append(Note((told,)))
        return mark

    @cached_property
    def _usual_decimal(self) -> Mark | None:
        """The decimal mark of all columns of this table together; None if they differ or do not tell."""
        if self._given is None:
            self.note_columns()
        return self.facts.usual_mark

    def note_columns(self) -> None:
        """See how the numbers of every column of texts are written: a part is asked for it, as another may need it."""
        for ours, column in zip(self.raw.cells.column_names, self.raw.cells.columns, strict=True):
            if pa.types.is_string(column.type):
                texts = [text for text in column.unique().to_pylist() if text]
                is_number = bool(texts) and all(read_number(text) is not None for text in texts)
                if is_number or not texts:
                    self.seen.columns[ours] = Marks.of(texts)
                else:
                    self.seen.columns[ours] = Marks(all_numbers=False)

    def texts(self, ours: str) -> Strings | None:
        """Return a column as text, None where it is not known, cut to what a field may hold; None if there is no such column."""
        if ours not in self:
            return None
        column = pc.utf8_slice_codeunits(as_text(self.known(ours)), 0, LONGEST_TEXT)
        texts: Strings = column.to_numpy().astype(np.object_)
        texts[nulls(column)] = None
        return texts

    def times(self, ours: str, optional: Mask | None = None) -> Microseconds:
        """Return a column of times, NEVER where it is broken, or empty in rows in which it is optional."""
        return self.days_and_times(ours, optional)[0]

    def days_and_times(self, ours: str, optional: Mask | None = None) -> tuple[Microseconds, Mask]:
        """Return a column of times as `times` does, and which of them are days without a clock."""
        column, name, zone = self.known(ours), self.raw.columns[ours], self.zone.key
        times = read_times(column, self.zone, self.format_of(ours), self.fillers)
        if times.zoned.any():
            self.seen.zoned.add(ours)
        unlike = ~times.zoned & (times.utc != NEVER) & ~times.is_day & (ours in self.facts.zoned)
        empty = np.zeros(len(self), np.bool_) if optional is None else optional & (nulls(column) | times.filler)
        self._tell_fillers(ours, int(times.filler.sum()))
        for rows, rule, remedy in self._time_rules(ours, name, times, nulls(column), unlike):
            self.refuse(ours, rows & ~empty, rule, remedy)
        twice = f" in {name!r} that clocks in {zone} showed twice: taken as the first."
        self.note(int(times.repeated.sum()), "time", twice)
        return np.where(unlike, NEVER, times.utc), times.is_day

    def _time_rules(self, ours: str, name: str, times: Times, null: Mask, unlike: Mask) -> list[tuple[Mask, str, str]]:
        form, until = self.format_of(ours), to_datetime(self.until).isoformat(timespec="seconds")
        return [
            (null, "must be a time", "fill it in, or take the row out"),
            (
                times.filler,
                "must be a time, not a day that stands for none",
                "fill it in, or take the day off history.fillers if it is meant",
            ),
            (
                (times.utc == NEVER) & ~null & ~times.skipped & ~times.filler,
                f"must be a time of the form {form!r}" if form else "must be an ISO 8601 time",
                "correct it, or say in time_formats or history.time_format how times are written",
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

    def recorded(self, happened: str, times: Microseconds, days: Mask) -> Microseconds:
        """Return when each row was recorded, which cannot be before it happened; a day without a clock is that whole day."""
        if "recorded_at" not in self:
            untold = f"{self.raw.place} has no recorded_at: each row is taken as recorded at its {happened}."
            self.notes.append(Note((untold,)))
            return times
        recorded, recorded_day = self.days_and_times("recorded_at")
        early = (recorded < times) & (recorded != NEVER)
        at_once = early & (recorded_day | days) & (times - recorded < DAY)
        recorded, early = np.where(at_once, times, recorded), early & ~at_once
        rule = f"must not be earlier than {self.raw.columns[happened]!r}"
        self.refuse("recorded_at", early, rule, "correct one of the two: nothing is known before it happens")
        return recorded


def one_of(values: Any) -> str:
    """Return the rule that a value must be one of these."""
    return f"must be one of {', '.join(map(repr, values))}"
