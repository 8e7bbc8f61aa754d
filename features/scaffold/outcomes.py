"""The block of the settings that says how leads ended, with every other reading that the evidence leaves open."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from features.records.clock import DAY, NEVER
from features.scaffold.closes import close_times
from features.scaffold.currency import currency_lines
from features.scaffold.fields import DraftedField
from features.scaffold.layout import Layout
from features.scaffold.outcome import Mask, Reading
from features.scaffold.readings import clearly_best
from features.scaffold.sheets import Column, Sheet, best
from features.scaffold.splitting import disagreements
from features.scaffold.table_block import joins, mapped, shape, table_lines, writing
from features.scaffold.telling import conditions_of, lists_of
from features.scaffold.toml import CHECK, line, one_line, toml
from features.scaffold.words import CHANGED, COLUMNS, EXPECTED, LEFT_LATER, STANDING, WON, meaning, says

NO_OUTCOMES = f"""\
# {CHECK}: no file says how leads ended. Export won and lost with their day, one row a lead, as
# outcomes.csv with the columns lead_id, closed_at, won; or name the table and its columns here.
"""
NO_CLOSE = f"""\
# {CHECK}: no column holds the day on which a lead was closed, so that of its creation stands for it and outcomes count as known
# at once. Export the day of the decision and name it: closed_at = "..."
"""
ONE_DAY = f"""\
# {CHECK}: there is one day only, so outcomes count as known on it. Export the day of the decision if you can.
"""
UNDATED = f"""\
# {CHECK}: no column holds the day on which a lead was closed. Export it and name it: closed_at = "..."
"""
LEAD = "lead"
"""Name of the leads' table where it is joined to that of the outcomes."""
MAX_READINGS = 3
FEW_FILLED = 0.5


def drafted_outcomes(layout: Layout, late: Iterable[DraftedField]) -> Iterator[str]:
    """Yield the outcomes table, its columns, and what tells won from lost and open."""
    if layout.outcomes is None:
        yield from map(one_line, _candidates(layout))
        yield NO_OUTCOMES.rstrip()
        return
    closed = layout.closed or ((layout.created,) if layout.created and (layout.flat or _borrows(layout)) else ())
    recorded = _recorded(layout, closed)
    yield "[history.outcomes]"
    asked = [layout.leads, *(table.sheet for table in layout.events)]
    yield from table_lines(layout.outcomes, is_again=any(sheet is layout.outcomes for sheet in asked))
    yield from _won_and_lost(layout, layout.outcomes)
    yield from _written(layout, closed, recorded)
    yield from _joined(layout, closed)
    yield "\n[history.outcomes.columns]"
    yield from _columns(layout, closed, recorded)
    yield from (line(field.ours, field.theirs) for field in late)


def _won_and_lost(layout: Layout, outcomes: Sheet) -> Iterator[str]:
    """Yield what tells won from lost, and what is to be asked about it."""
    if layout.is_undated_log:
        yield one_line(
            f"# {CHECK} first: no column of {outcomes.name} says when, so only the ends among its rows are read: export the day."
        )
    if layout.candidates:
        yield from map(one_line, _candidates(layout))
    elif layout.reading is None:
        yield line("all_won", True, "no column tells won from lost, so each row is taken for a win")
    else:
        yield from map(one_line, _questions(layout))
        yield from _way(layout.reading, other_kinds=_is_log(layout))
        yield from _undated(layout.reading)


def _written(layout: Layout, closed: tuple[Column, ...], recorded: Column | None) -> Iterator[str]:
    """Yield how times and amounts are written, and which of several days is the close."""
    alike = len({column.time_format for column in closed}) == 1
    closes = {"closed_at": closed[0]} if alike else {column.name: column for column in closed}
    columns = {**closes, "amount": layout.amount, "recorded_at": recorded}
    yield from writing({ours: column for ours, column in columns.items() if column is not None})
    yield from currency_lines(layout)
    if len(closed) > 1:
        unsure = any(not says(column.name, COLUMNS["closed"]) for column in closed)
        yield line(
            "first_of", {"closed_at": [column.name for column in closed]}, "the day of the close?" if unsure else None
        )


def _joined(layout: Layout, closed: tuple[Column, ...]) -> Iterator[str]:
    """Yield what rows of a flat file are no leads, and the tables that are joined; of one without days that of the leads, which lends its own."""
    if layout.flat:
        yield from shape(layout)
        if layout.amount is not None and layout.amount.name in layout.leads.summed:
            yield line("summed", ["amount"])
        yield from joins("history.outcomes", layout)
    elif closed and not layout.closed:
        yield from ("", f"[history.outcomes.joins.{LEAD}]", line("table", layout.leads.name))
        yield from (line("on", layout.outcome_id.name), line("key", layout.lead_id.name))  # type: ignore[union-attr]


def _columns(layout: Layout, closed: tuple[Column, ...], recorded: Column | None) -> Iterator[str]:
    """Yield which column is what."""
    told = layout.corrections
    yield from mapped("lead_id", layout.outcome_id)
    if layout.reading is not None and (lists := lists_of(layout.reading)) is not None:
        yield from mapped("won", lists.column)
    yield from _close(layout, closed)
    yield from mapped("amount", layout.amount, None if told.amount else "what the deal was worth?")
    yield from mapped("reason", layout.reason, None if told.reason else "why it was lost?")
    others = "".join(f", or {other.name}" for other in layout.reps if other is not layout.rep)
    yield from mapped("rep_id", layout.rep, None if told.rep_id else f"who closed the deal{others}?")
    yield from mapped("recorded_at", recorded)


def _close(layout: Layout, closed: tuple[Column, ...]) -> Iterator[str]:
    """Yield the column of the day of the close, and what stands for it where none holds it."""
    if not closed:
        yield UNDATED.rstrip()
    elif not layout.closed:
        yield (ONE_DAY if layout.created is not None and len(layout.leads.times_but()) == 1 else NO_CLOSE).rstrip()
    if closed and not layout.closed and not layout.flat:
        yield line("closed_at", f"{LEAD}.{closed[0].name}")
    elif len(closed) == 1:
        yield from mapped("closed_at", closed[0], _doubt_of_close(layout, closed[0]))


def _borrows(layout: Layout) -> bool:
    """Return whether the day of the leads' creation can stand for that of outcomes in another table, which has none."""
    return layout.created is not None and not layout.created.joined and None not in (layout.lead_id, layout.outcome_id)


def _recorded(layout: Layout, closed: tuple[Column, ...]) -> Column | None:
    """Return the column of when outcomes were written down: never before they were known."""
    if layout.outcomes is None or layout.flat or not closed:
        return None
    ends = close_times(closed)
    times = [column for column in layout.outcomes.times_but(*closed) if says(column.name, COLUMNS["recorded"])]
    after = [
        column
        for column in times
        if (known := (ends != NEVER) & (column.times != NEVER)).any() and (column.times + DAY > ends)[known].all()
    ]
    return best("recorded", after)


def _questions(layout: Layout) -> Iterator[str]:
    """Yield how many rows a reading makes won, lost and open; and other readings, where more than one is left."""
    first = layout.readings[0]
    yield f"# {_counts(first)}: {first}."
    if first.is_told:
        return
    if layout.flat and _false_may_be_open(first):
        yield f"# {CHECK} first: no column tells open from lost; are all of them decided?"
    elif not first.lost:
        yield f"# {CHECK} first: what is not won is taken for lost, as nothing tells how else it ended. Is it?"
    if any(one.kind == "rest" for one in first.won):
        yield f"# {CHECK} first: what is not lost is taken for won, as no word for won is known. Is it, or is some of it open?"
    if any(one.kind == "guess" for one in (*first.won, *first.lost)):
        yield f"# {CHECK} first: these words are not known; which are won and which lost was guessed from the other cells of their rows. Is it so?"
    if concluded := _concluded(first):
        shown = ", ".join(map(repr, concluded))
        yield f"# {CHECK} first: {shown} read as lost, because rows with it have a close, or a reason of a loss. Is that so?"
    if undated := int((first.is_won & ~_has_day(first)).sum()) if first.closed else 0:
        yield f"# {CHECK} first: {undated:,} rows are read as won and have no day of closing, so that `check` leaves them out. Are they won?"
    yield from _left(first)
    if first.closed and (lost := first.state == 0).any() and not (_has_day(first) & lost).any():
        yield f"# {CHECK} first: no lost row has a day of closing, so that all {int(lost.sum()):,} count as lost when the export was made. Which column holds the day of losing?"
    if layout.signs is not None:
        yield from (f"# {CHECK} first: {told}" for told in disagreements(first, layout.signs))
    if clearly_best(layout.readings):
        return
    yield f"# {CHECK} first: the columns allow other readings, which say otherwise of some rows. Which one is right?"
    plainest_first = sorted(layout.readings[1:], key=_is_mixed)
    for other in plainest_first[: MAX_READINGS - 1]:
        yield f"#   {_counts(other)}: {other}:"
        for text in _way(other):
            yield f"#     {text}"


def _has_day(reading: Reading) -> Mask:
    """Return which rows have a day of closing."""
    filled: Mask = np.any([column.texts.notna().to_numpy() for column in reading.closed], axis=0)
    return filled


def _left(reading: Reading) -> Iterator[str]:
    """Ask about words of somebody who left: who was a customer before was won."""
    won, lost = ([value for one in ends for value in one.values] for ends in (reading.won, reading.lost))
    if after := [
        value for value in won if meaning(value) == "lost" or (says(value, LEFT_LATER) and not says(value, WON))
    ]:
        shown = ", ".join(map(repr, after))
        yield f"# {CHECK} first: {shown} read as won, because rows with it have a day of winning, or an amount: customers who left later. Is that so?"
    before = [value for value in lost if says(value, LEFT_LATER)]
    if before and any(says(value, STANDING) for value in won):
        shown = ", ".join(map(repr, before))
        yield f"# {CHECK} first: {shown} read as lost. Who was a customer and left later was won: if it says so, move it to the won ones."
    lists = lists_of(reading)
    still = [] if lists is None else [value for value in lists.open if says(value, LEFT_LATER)]
    if still:
        shown = ", ".join(map(repr, still))
        yield f"# {CHECK} first: {shown} read as open. Who left was won if they were a customer before, and lost if not: move it to either."


def _concluded(reading: Reading) -> list[str]:
    """Return words that are no known ones for a loss, and are read as such by what stands beside them."""
    known = [one for one in reading.lost if one.kind == "words"]
    return [value for one in known for value in one.values if meaning(value) != "lost"]


def _is_mixed(reading: Reading) -> bool:
    """Return whether a reading puts columns together, or takes what is not won for lost: less plain than one column that tells all."""
    return not reading.lost or len({one.column for one in (*reading.won, *reading.lost)}) > 1


def _candidates(layout: Layout) -> Iterator[str]:
    """Yield the columns that may tell how leads ended, with their values, where none is known to."""
    if layout.candidates:
        yield f"# {CHECK} first: nothing tells which values mean won. Name the column as won = ..., and its values as won_values and"
        yield "# lost_values, or write won_when and lost_when. Candidates:"
    for column in layout.candidates:
        yield f"#   {column.name!r}: {shown_values(column)}"
    if layout.outcomes is None and not layout.candidates:
        for table in candidate_tables(layout):
            yield f"# {CHECK} first: {table}"


def candidate_tables(layout: Layout) -> Iterator[str]:
    """Yield what may hold the outcomes where nothing says that it does: the kinds of events, and tables of which some leads have rows."""
    for table in layout.events:
        if table.kind is not None:
            yield f"does a kind of event in {table.sheet.name} say how a lead ended? {table.kind.name!r}: {shown_values(table.kind)}"
        else:
            leads = len(table.lead_id.counts)
            yield f"is a row of {table.sheet.name} a sale? {leads:,} of {layout.leads.rows:,} leads have one: then it is the table of outcomes, with all_won"


def shown_values(column: Column) -> str:
    """Return the commonest values of a column with their rows."""
    shown = ", ".join(f"{value!r} {int(rows):,}" for value, rows in list(column.counts.items())[:8])
    return shown if len(column.counts) <= 8 else f"{shown} and {len(column.counts) - 8} more"


def _false_may_be_open(reading: Reading) -> bool:
    return not (reading.state < 0).any() and all(one.kind in ("no", "rest") for one in reading.lost)


def _counts(reading: Reading) -> str:
    won, lost, is_open = ((reading.state == state).sum() for state in (1, 0, -1))
    return f"{won:,} won, {lost:,} lost, {is_open:,} open"


def _is_log(layout: Layout) -> bool:
    return layout.is_undated_log or any(table.sheet is layout.outcomes and table.ends for table in layout.events)


def _way(reading: Reading, *, other_kinds: bool = False) -> Iterator[str]:
    """Yield the keys that tell won from lost; in a log of `other_kinds` of rows too, those are no outcomes."""
    if (lists := lists_of(reading)) is not None:
        yield _ends("won_values", lists.won, "" if reading.is_told else "won")
        yield _ends("lost_values", lists.lost, "" if reading.is_told else "lost for good")
        if other_kinds:
            yield line("leave_out_when", [{lists.column.name: lists.open}], "these are read as events?")
        elif lists.open:
            yield line("open_values", lists.open, None if reading.is_told else "not decided yet?")
        return
    won, lost = conditions_of(reading)
    for name, parts in (("won_when", won), ("lost_when", lost)):
        shown = [{column.name: test for column, test in part.items()} for part in parts]
        yield f"{name} = {toml(shown)}"


def _ends(name: str, values: Sequence[str], end: str) -> str:
    """Return the line of the values of an end; of several, one may be a step on the way, and somebody has to look."""
    return line(name, values, f"each of them {end}?") if end and len(values) > 1 else line(name, values)


def _undated(reading: Reading) -> Iterator[str]:
    """Yield what becomes of lost rows without a day."""
    if not reading.closed:
        return
    lost = reading.state == 0
    if without := int((lost & ~_has_day(reading)).sum()):
        yield line(
            "undated_lost", "export", f'{without:,} lost rows have no day of closing; "leave_out" leaves them out'
        )


def _doubt_of_close(layout: Layout, closed: Column) -> str | None:
    if closed is layout.created or closed.name == layout.corrections.closed:
        return None
    if layout.reading is None:
        return None if says(closed.name, COLUMNS["closed"]) else "the day on which it was won?"
    if says(closed.name, EXPECTED):
        return "a day that was expected is not the day of the close"
    if says(closed.name, CHANGED):
        return "the last change stands for the close, as no other day does; is nothing written to a lead after it?"
    filled = closed.texts.notna().to_numpy()[layout.reading.is_closed].mean()
    return None if says(closed.name, COLUMNS["closed"]) and filled > FEW_FILLED else "the day of the close?"
