"""`glengarry init`: a commented first draft of the settings for files that nobody has described.

Everything here is a guess from names, values and what ids have in common. The draft says where it guessed and why, so
that a person who knows the company can correct it in minutes; nothing else in the house relies on it.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features.records.clock import to_microseconds
from features.records.reading import tables_in
from features.scaffold import blocks, event_block
from features.scaffold.corrections import NO_CORRECTIONS, Corrections
from features.scaffold.deadline import deciding_day
from features.scaffold.fields import DraftedField, draft_fields, late_fields
from features.scaffold.layout import Layout
from features.scaffold.outcomes import candidate_tables, drafted_outcomes, shown_values
from features.scaffold.questions import NO_QUESTIONS, DraftQuestions, draft_questions
from features.scaffold.records import log_key
from features.scaffold.sheets import load
from features.scaffold.table_block import lacks
from features.scaffold.tables import find_layout
from features.scaffold.toml import CHECK, Names
from features.scaffold.united import united

__all__ = ["Draft", "draft", "draft_settings"]


@dataclass(frozen=True)
class Draft:
    """A draft: the text of the settings, why no history can be read by it, empty if one can, and what it asks, as a form does."""

    text: str
    problem: str = ""
    asked: DraftQuestions = NO_QUESTIONS

    @property
    def questions(self) -> int:
        """How many lines ask to be checked; the one at the top that says so asks nothing."""
        return sum(f"# {CHECK}" in line for line in self.text.splitlines())


def draft_settings(folder: Path, home: Path | None = None) -> str:
    """Return the text of a draft; see `draft`."""
    return draft(folder, home).text


def draft(
    folder: Path, home: Path | None = None, corrections: Corrections = NO_CORRECTIONS, now: datetime | None = None
) -> Draft:
    """Draft a `glengarry.toml` for the files of a folder: guesses, each with its reason.

    Parameters
    ----------
    home
        Folder that the settings will lie in, from which they name the files' folder; the working folder by default.
    corrections
        What holds instead of a guess.
    now
        A time after the export: days that lie later are planned. None where nobody knows one.

    Raises
    ------
    ReadingError
        If there is no table in the folder.
    CorrectionError
        If no row bears out what was corrected.
    """
    sheets = list(united(load(folder), tables_in(folder)))
    until = None if now is None else to_microseconds(now)
    layout, names = find_layout(sheets, corrections, until), Names()
    drafted = draft_fields(layout, names, blocks.horizon_days(layout))
    late = list(late_fields(layout, names))
    kinds = event_block.kind_names(layout, names, drafted.fields)
    of_all = [event_block.kind_of_all(table) for table in layout.events if table.kind is None]
    called = {ours: theirs for theirs, ours in kinds.items()} | {name: name for name in of_all}
    known = {field.ours for field in drafted.fields}
    texts_of = event_block.messages(layout, kinds)
    parts = [
        blocks.head(layout, _deadline(layout, drafted.fields)),
        blocks.suspects(drafted),
        blocks.history(_seen_from(home, folder), layout),
        blocks.leads(layout, drafted.fields, drafted.left_out),
        event_block.events(layout, kinds),
        drafted_outcomes(layout, late),
        blocks.gain_of_all(drafted),
        *(field.block for field in (*drafted.fields, *late)),
        *([] if drafted.fields or kinds or of_all else [[blocks.NOTHING.rstrip()]]),
        *(
            event_block.kind(ours, theirs, text=ours in texts_of)
            for ours, theirs in called.items()
            if ours not in known
        ),
    ]
    texts = ["\n".join(part) for part in parts]
    text = "\n\n".join(text for text in texts if text) + "\n"
    return Draft(text, _problem(layout), draft_questions(layout, drafted, text))


def _deadline(layout: Layout, fields: Iterable[DraftedField]) -> DraftedField | None:
    """Return the field of the day by which leads are decided, if it is known when they come in."""
    column = deciding_day(layout)
    return next((field for field in fields if field.column is column and field.role in ("answer", "context")), None)


def _problem(layout: Layout) -> str:
    """Return why a draft cannot be read by, the gravest reason alone."""
    file = layout.leads.name
    if layout.lead_id is None and (log := log_key(layout.leads)) is not None:
        return f"{file} is a log: several rows have one {log[0].name!r}. What to write for it stands in the draft."
    if layout.lead_id is None:
        return f"No column of {file} names each lead: export the record's id."
    if layout.created is None:
        return f"No column of {file} holds the day on which a lead was created: export it."
    used = {column.name for column in layout.used if column is not None}
    sheets = [layout.leads] if layout.outcomes is None else dict.fromkeys([layout.leads, layout.outcomes])
    if lacking := [one for sheet in sheets for one in sheet.lacking if one[1] in used]:
        return f"Each file of a table must have what tells leads and how they ended, but {lacks(lacking)}: give the column one name."
    if layout.candidates:
        where = layout.leads if layout.outcomes is None else layout.outcomes
        named = "; ".join(f"{column.name!r} ({shown_values(column)})" for column in layout.candidates[:5])
        return f"Nothing in {where.name} tells won from lost by words that are known: say it in the settings. Candidates: {named}."
    if layout.outcomes is None:
        may_be = "".join(f" Or: {table}." for table in candidate_tables(layout))
        return f"No file says how leads ended: export won and lost with their day.{may_be}"
    return ""


def _seen_from(home: Path | None, folder: Path) -> str:
    return folder.as_posix() if home is None else Path(os.path.relpath(folder, home)).as_posix()
