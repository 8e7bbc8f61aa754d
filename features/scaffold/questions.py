"""What a draft asks, as a form asks it: each question with its candidates, the one that was taken, and the evidence.

A choice among the candidates is a correction of the draft: `features.scaffold.corrections` takes it.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from features.scaffold.bands import in_order
from features.scaffold.blocks import SUSPECTS, horizon_days
from features.scaffold.corrections import End
from features.scaffold.fields import DraftedFields, PlacedColumn, obstacle_of
from features.scaffold.layout import Layout
from features.scaffold.outcome import MAX_STATES
from features.scaffold.outcomes import shown_values
from features.scaffold.sheets import MAX_VALUES, Column, Sheet
from features.scaffold.table_block import AS_ONE
from features.scaffold.telling import lists_of
from features.scaffold.toml import CHECK
from features.settings.frozen import Frozen

MAX_WORD_COLUMNS = 4
"""Columns that may tell how leads ended, of which the values are asked about."""
MAX_SAMPLE = 180
"""Characters of the values of a column that are shown."""


class TableUse(Frozen):
    """A table of the export, and what it is read as; empty if it is not read."""

    name: str
    rows: int
    use: str


class ColumnChoice(Frozen):
    """Which column is what: the one that was taken, empty if none was, and those that may be."""

    chosen: str = ""
    candidates: tuple[str, ...] = ()


class EndWord(Frozen):
    """A value that may say how a lead ended, in how many rows it stands, and how it is read."""

    value: str
    rows: int
    end: End


class EndColumn(Frozen):
    """A column that may tell how leads ended; `is_read` where it does in the draft."""

    name: str
    is_read: bool
    words: tuple[EndWord, ...]


class ColumnQuestion(Frozen):
    """A column of the leads: its role in the draft, empty if it is left out, and why.

    Attributes
    ----------
    order
        Its answers from low to high, where their words tell; `is_ordered` whether they are taken so.
    is_asked
        Whether the draft has a doubt about it, or the audit a suspicion.
    """

    column: str
    role: str
    type: str
    obstacle: str
    order: tuple[str, ...] = ()
    is_ordered: bool = False
    filled: float
    sample: str
    evidence: tuple[str, ...] = ()
    is_asked: bool = False


class DraftQuestions(Frozen):
    """All that a draft asks.

    Attributes
    ----------
    first
        What it asks first, in its words.
    days_to_win
        Days within which three wins in four came; None where no day is known.
    readings
        The ways in which outcomes can be read, in words, the one that was taken first.
    others
        Lines of the draft that ask for what no form can be filled in with.
    """

    first: tuple[str, ...] = ()
    horizon_days: int = 90
    days_to_win: int | None = None
    time_zone: str = "UTC"
    tables: tuple[TableUse, ...] = ()
    created: ColumnChoice = ColumnChoice()
    closed: ColumnChoice = ColumnChoice()
    amount: ColumnChoice = ColumnChoice()
    reason: ColumnChoice = ColumnChoice()
    rep_id: ColumnChoice = ColumnChoice()
    counts: str = ""
    readings: tuple[str, ...] = ()
    ends: tuple[EndColumn, ...] = ()
    columns: tuple[ColumnQuestion, ...] = ()
    others: tuple[str, ...] = ()


WHEN = "Was it known before the lead was worked? If it was written later, it is late."
"""Asked where the audit says something of a column."""

NO_QUESTIONS = DraftQuestions()


def draft_questions(layout: Layout, drafted: DraftedFields, text: str) -> DraftQuestions:
    """Return what a draft asks, of which `text` is the settings."""
    outcomes = layout.leads if layout.outcomes is None else layout.outcomes
    days = [column for column in outcomes.columns if column.time_format is not None]
    wins = sorted(layout.days_to_win)
    return DraftQuestions(
        first=tuple(_first(text)),
        horizon_days=horizon_days(layout),
        days_to_win=round(wins[int(0.75 * (len(wins) - 1))]) if wins else None,
        time_zone=layout.corrections.time_zone or "UTC",
        tables=tuple(_tables(layout)),
        created=_choice(layout.created, [column for column in layout.leads.times_but() if not column.joined]),
        closed=_choice(layout.closed[0] if len(layout.closed) == 1 else None, days),
        amount=_choice(layout.amount, [column for column in outcomes.columns if column.type == "number"]),
        reason=_choice(layout.reason, _texts(layout, outcomes)),
        rep_id=_choice(layout.rep, layout.reps),
        counts=next(
            (line.removeprefix("# ") for line in text.splitlines() if " won, " in line and " lost, " in line), ""
        ),
        readings=tuple(str(reading) for reading in layout.readings[:3]),
        ends=tuple(_ends(layout)),
        columns=tuple(_question(placed, layout) for placed in drafted.placed),
        others=tuple(_others(text)),
    )


def _first(text: str) -> Iterator[str]:
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if line.startswith(f"# {CHECK} first") and not line.startswith(SUSPECTS):
            below = takewhile(lambda following: following.startswith("#   "), lines[at + 1 :])
            yield "\n".join(one.removeprefix("# ").replace(f"{CHECK} first: ", "") for one in (line, *below))


def _others(text: str) -> Iterator[str]:
    """Yield lines with a question that no part of the form answers: how texts are written, which rows are no leads, which files are one table."""
    asked = ("missing", "leave_out_when", "all_kind", "ignore", "text", "time_formats", "actor", "undated_lost")
    for line in text.splitlines():
        if f"# {CHECK}" in line and (line.split(" = ")[0] in asked or AS_ONE in line):
            yield line


def _tables(layout: Layout) -> Iterator[TableUse]:
    yield TableUse(name=layout.leads.name, rows=layout.leads.rows, use="leads and outcomes" if layout.flat else "leads")
    if layout.outcomes is not None and not layout.flat:
        yield TableUse(name=layout.outcomes.name, rows=layout.outcomes.rows, use="outcomes")
    for table in layout.events:
        yield TableUse(name=table.sheet.name, rows=table.sheet.rows, use="what happened")
    for join in layout.joins:
        yield TableUse(name=join.sheet.name, rows=join.sheet.rows, use="beside the leads")
    for sheet in layout.others:
        yield TableUse(name=sheet.name, rows=sheet.rows, use="")


def _texts(layout: Layout, outcomes: Sheet) -> list[Column]:
    return [column for column in outcomes.columns if column.type in ("category", "text") and column not in layout.used]


def _choice(chosen: Column | None, candidates: Sequence[Column]) -> ColumnChoice:
    names = [column.name for column in candidates if len(column.counts)]
    taken = "" if chosen is None else chosen.name
    return ColumnChoice(chosen=taken, candidates=tuple(dict.fromkeys([*([taken] if taken else []), *names])))


def _ends(layout: Layout) -> Iterator[EndColumn]:
    """Yield the columns whose values may say how leads ended, the one that is read so first."""
    lists = None if layout.reading is None else lists_of(layout.reading)
    read = [] if lists is None else [lists.column]
    signs = layout.signs
    told = [] if signs is None else [one.column for one in (*signs.won, *signs.lost)] + signs.stages
    for column in list(dict.fromkeys([*read, *layout.candidates, *told]))[:MAX_WORD_COLUMNS]:
        if column.joined or not 1 < len(column.counts) <= MAX_STATES:
            continue
        is_read = lists is not None and column is lists.column
        ends: dict[str, End] = {}
        if lists is not None and is_read:
            ends = {**dict.fromkeys(lists.won, "won"), **dict.fromkeys(lists.lost, "lost")}
        words = [
            EndWord(value=str(value), rows=int(rows), end=ends.get(str(value), "open"))
            for value, rows in column.counts.items()
        ]
        yield EndColumn(name=column.name, is_read=is_read, words=tuple(words))


def _question(placed: PlacedColumn, layout: Layout) -> ColumnQuestion:
    column, guess, finding = placed.column, placed.guess, placed.finding
    reason = f"left out, {guess.reason}" if guess.reason and not guess.role else ""
    evidence = [guess.doubt or reason] if finding is None else [WHEN, finding.evidence]
    order = in_order(column.spellings) if column.type == "category" and len(column.spellings) <= MAX_VALUES else None
    is_told = column.name in layout.corrections.roles
    suspicious = finding is not None and finding.severity in ("severe", "suspicious")
    return ColumnQuestion(
        column=column.name,
        role=placed.role,
        type=column.type,
        obstacle=layout.corrections.obstacles.get(column.name) or obstacle_of(column),
        order=tuple(order or ()),
        is_ordered=bool(order) and layout.corrections.ordered.get(column.name, True),
        filled=column.filled,
        sample=shown_values(column)[:MAX_SAMPLE] if column.type != "text" else "",
        evidence=tuple(filter(None, evidence)),
        is_asked=bool(guess.doubt and not is_told) or suspicious,
    )
