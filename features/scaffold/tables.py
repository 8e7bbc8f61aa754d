"""Which file holds the leads, which the events and which the outcomes: told by what ids have in common, by times and by names."""

from dataclasses import replace

import numpy as np

from features.records.clock import DAY, NEVER
from features.scaffold.corrections import NO_CORRECTIONS, CorrectionError, Corrections, named_column, not_there
from features.scaffold.joins import day_of_deals, join_conversion, join_facts, join_wins
from features.scaffold.layout import EventsTable, Layout
from features.scaffold.links import link, links
from features.scaffold.outcome import AHEAD, FEW_BEFORE, STATE, Reading, before, ends_alone, is_change
from features.scaffold.readings import read_as, readings
from features.scaffold.records import created_of, event_times, folded, id_of
from features.scaffold.sheets import Column, Sheet, best
from features.scaffold.signs import find_signs
from features.scaffold.telling import lists_of
from features.scaffold.united import same_columns
from features.scaffold.words import COLUMNS, EXPECTED, OPEN_WORDS, TABLES, says
from features.settings.fields import ACTORS

MIN_ENDED = 0.02
"""Share of the leads that a table of outcomes has at least: the few rows of a list of names have ids of leads by chance."""


def find_layout(sheets: list[Sheet], corrections: Corrections = NO_CORRECTIONS, until: int | None = None) -> Layout:
    """Tell which file holds the leads, which the events and which the outcomes; no record is later than `until` (microseconds).

    Raises
    ------
    CorrectionError
        If no row bears out what was corrected.
    """
    seen_until = max(map(_seen_until, sheets))
    sheets = [replace(folded(sheet), seen_until=seen_until, until=until) for sheet in sheets]
    outcomes = {sheet.name: _readings_of(sheet) for sheet in sheets}
    found = _named_leads(sheets, corrections) or max(sheets, key=lambda sheet: _like_leads(sheet, sheets, outcomes))
    leads = corrections.typed(found)
    sheets = [leads if sheet is found else sheet for sheet in sheets]
    if corrections.types:
        outcomes[leads.name] = _readings_of(leads)
    created = named_column(corrections.created, leads, "created") or created_of(leads)
    layout = Layout(leads, id_of(leads), created, corrections=corrections)
    copies = [sheet for sheet in sheets if sheet is not leads and _is_copy(sheet, leads)]
    rest = [sheet for sheet in sheets if sheet is not leads and sheet not in copies]
    rest = join_conversion(layout, rest, outcomes)
    rest = _find_events(layout, rest, outcomes)
    rest = _find_outcomes(layout, rest, outcomes)
    _correct_outcomes(layout, corrections)
    _part_log(layout, outcomes)
    _distrust_creation(layout)
    rest = join_facts(layout, rest)
    corrections.refuse_strangers(layout.leads)
    layout.others = [*rest, *copies]
    return layout


def _distrust_creation(layout: Layout) -> None:
    """Take no day for the creation, unless its name says that it is, that only ended leads have, or that comes after many closes."""
    created, ended = layout.created, layout.ended
    if created is None or created.name == layout.corrections.created or says(created.name, COLUMNS["created"]):
        return
    closed = np.where(np.isnan(layout.closed_at), NEVER, layout.closed_at).astype(np.int64)
    if (
        ends_alone(created.texts.notna().to_numpy(), ended == 1, ended == 0)
        or before(closed, created.times) > FEW_BEFORE
    ):
        layout.created = None


def _seen_until(sheet: Sheet) -> int:
    """Return the latest time (microseconds) at which a table says that something happened: in a log all but a few, as some are planned."""
    is_log = says(sheet.name, TABLES["events"]) >= max(1, says(sheet.name, f"{TABLES['leads']} {TABLES['outcomes']}"))
    until = [0]
    for column in sheet.times_but():
        known = column.times[column.times != NEVER]
        if len(known) and not says(column.name, EXPECTED) and (is_log or is_change(column)):
            until.append(int(known.max() if is_change(column) else np.quantile(known, 1 - AHEAD[0])))
    return max(until)


def _named_leads(sheets: list[Sheet], corrections: Corrections) -> Sheet | None:
    """Return the table that somebody says holds the leads; None where nobody does."""
    found = next((sheet for sheet in sheets if sheet.name == corrections.leads), None)
    if corrections.leads and found is None:
        raise not_there("leads", "a table of the export", corrections.leads, [sheet.name for sheet in sheets])
    return found


def _is_copy(sheet: Sheet, leads: Sheet) -> bool:
    """Return whether a table has the columns of the leads: it holds more of them, or the same again, and no ends of theirs."""
    names, others = ({column.name for column in one.columns} for one in (sheet, leads))
    return len(names) > 2 and same_columns(names, others)


def _readings_of(sheet: Sheet) -> list[Reading]:
    return readings(find_signs(sheet, created_of(sheet)))


def _find_events(layout: Layout, rest: list[Sheet], outcomes: dict[str, list[Reading]]) -> list[Sheet]:
    for sheet in rest:
        if outcomes[sheet.name] and says(sheet.name, TABLES["events"]) <= says(sheet.name, TABLES["outcomes"]):
            continue
        direct = links(sheet, layout.lead_id)
        key = direct[0] if direct else None
        kind = _kind_of(sheet, key)
        if key is None or event_times(sheet)[0] is None:
            continue
        if len(key.counts) > 0.95 * key.texts.notna().sum() and not says(sheet.name, TABLES["events"]):
            continue
        table = EventsTable(sheet, key, kind)
        for join in layout.joins:
            if join.converts and (other := link(sheet, join.key)) is not None and other is not key:
                table = replace(table, through=join, taken_up=other)
        layout.events.append(table)
    used = [events.sheet for events in layout.events]
    return [sheet for sheet in rest if sheet not in used]


def _find_outcomes(layout: Layout, rest: list[Sheet], outcomes: dict[str, list[Reading]]) -> list[Sheet]:
    """Find the outcomes: in a table of their own that is linked to the leads, or beside them."""
    if layout.readings:
        return rest
    own = outcomes[layout.leads.name]
    linked = [
        (sheet, key)
        for sheet in rest
        if sheet.rows >= MIN_ENDED * layout.leads.rows
        and (key := link(sheet, layout.lead_id)) is not None
        and (outcomes[sheet.name] or sheet.times_but())
    ]
    ended = [(sheet, key) for sheet, key in linked if outcomes[sheet.name]]
    best_own = own[0].points if own else -np.inf
    if ended and max(outcomes[sheet.name][0].points for sheet, _ in ended) > best_own - 1.0 + (0 if own else 99):
        sheet, key = max(
            ended, key=lambda pair: (says(pair[0].name, TABLES["outcomes"]), outcomes[pair[0].name][0].points)
        )
    elif own:
        layout.outcomes, layout.outcome_id = layout.leads, layout.lead_id
        layout.signs = find_signs(layout.leads, layout.created)
        layout.readings = readings(layout.signs)
        return rest
    elif linked and join_wins(layout, linked):
        return [other for other in rest if all(join.sheet is not other for join in layout.joins)]
    elif linked:
        sheet, key = max(linked, key=lambda pair: says(pair[0].name, TABLES["outcomes"]))
        layout.all_won_closed = day_of_deals(sheet)
    else:
        return rest
    layout.outcomes, layout.outcome_id = sheet, key
    layout.signs = find_signs(sheet, _creation_beside(sheet))
    layout.readings = readings(layout.signs)
    if layout.readings and all(one.kind == "amount" for one in layout.readings[0].won):
        layout.readings = []  # a list of deals, of which some are free
        layout.all_won_closed = day_of_deals(sheet)
    return [other for other in rest if other is not sheet]


def _correct_outcomes(layout: Layout, corrections: Corrections) -> None:
    """Read outcomes as somebody says that they are to be read."""
    sheet = layout.leads if layout.outcomes is None else layout.outcomes
    column = named_column(corrections.ended_by, sheet, "ended_by")
    if (column is None) != (not corrections.ends):
        raise CorrectionError(
            f"ended_by and ends must be said together, got {'ended_by' if column else 'ends'} alone: name the column, and what each of its values says."
        )
    if column is not None:
        for value in corrections.ends:
            if value not in column.values:
                raise not_there("ends", f"values of {column.name!r}", value, column.values)
        if layout.outcomes is None:
            layout.outcomes, layout.outcome_id = layout.leads, layout.lead_id
        layout.signs = layout.signs or find_signs(sheet, layout.created if layout.flat else _creation_beside(sheet))
        reading = read_as(layout.signs, column, corrections.values("won"), corrections.values("lost"))
        if reading is None:
            raise CorrectionError(
                f"Some rows must be won and some lost by {column.name!r}, got {', '.join(corrections.values('won')) or 'nothing'} as won and "
                f"{', '.join(corrections.values('lost')) or 'nothing'} as lost: choose values that rows have."
            )
        layout.readings = [reading]
    if corrections.reading:
        there = [str(one) for one in layout.readings]
        if corrections.reading not in there:
            raise not_there("reading", "a reading of outcomes that the draft names", corrections.reading, there)
        layout.readings = [layout.readings[there.index(corrections.reading)]]
    closed = named_column(corrections.closed, sheet, "closed")
    if closed is None:
        return
    if layout.readings:
        layout.readings = [replace(one, closed=(closed,)) for one in layout.readings]
    elif layout.outcomes is not None:
        layout.all_won_closed = closed


def _part_log(layout: Layout, outcomes: dict[str, list[Reading]]) -> None:
    """Read a log that holds outcomes among other events as both; one of states alone holds outcomes and no more."""
    if layout.outcomes is None:
        logs = [table for table in layout.events if outcomes[table.sheet.name]]
        if not logs:
            return
        layout.outcomes, layout.outcome_id = logs[0].sheet, logs[0].lead_id
        layout.signs = find_signs(layout.outcomes, None)
        layout.readings = readings(layout.signs)
    sheet, key = layout.outcomes, layout.outcome_id
    lists = None if layout.reading is None else lists_of(layout.reading)
    if layout.flat or key is None or lists is None or not lists.open:
        return
    if len(key.counts) >= 0.95 * key.texts.notna().sum():
        return  # a row a lead: a table of ends
    layout.is_undated_log = event_times(sheet)[0] is None
    if layout.is_undated_log:
        return  # nobody can tell which row of a lead is the last
    if says(lists.column.name, f"{STATE} {COLUMNS['won']}") or any(says(value, OPEN_WORDS) for value in lists.open):
        return  # states: a lead that is worked on again after its end is open again
    layout.events[:] = [table for table in layout.events if table.sheet is not sheet]
    layout.events.append(EventsTable(sheet, key, lists.column, ends=(*lists.won, *lists.lost)))


def _creation_beside(sheet: Sheet) -> Column | None:
    """Return the creation of a row in a table of outcomes, where another day may be that of the close."""
    created = created_of(sheet)
    if created is None or not says(created.name, COLUMNS["created"]) or says(created.name, COLUMNS["closed"]):
        return None
    return created if len(sheet.times_but(created)) else None


def _like_leads(sheet: Sheet, sheets: list[Sheet], outcomes: dict[str, list[Reading]]) -> tuple[float, int]:
    """Return how much a table looks like leads: others refer to its ids, and not it to theirs."""
    ours = id_of(sheet)
    score = 1.0 * says(sheet.name, TABLES["leads"]) - says(sheet.name, TABLES["events"])
    score += 2 * bool(sheet.times_but()) + bool(outcomes[sheet.name]) + 2 * (ours is not None)
    for other in sheets:
        if other is sheet:
            continue
        theirs = id_of(other)
        back = link(other, ours) if ours is not None else None
        if back is not None and (other.times_but() or outcomes[other.name]):
            many = len(back.counts) < 0.8 * back.texts.notna().sum()
            deals = many and outcomes[other.name] and theirs is not None
            score += 2 if not deals else -1  # a company with many deals is no lead
        forth = link(sheet, theirs)
        if forth is None:
            continue
        if forth is ours and (other.rows > sheet.rows or _begin(other) < _begin(sheet)):
            score -= 4  # its ids are the other's, and the other was there first
        elif (
            forth is not ours
            and forth.filled < 1
            and outcomes[other.name]
            and _begin(sheet) <= _begin(other) + 30 * DAY
        ):
            score += 3  # its rows become the other's
        elif (
            forth is not ours
            and len(forth.counts) < 0.7 * forth.texts.notna().sum()
            and (ours is None or not outcomes[sheet.name])
        ):
            score -= 2  # many rows of one of the other's
    return score, sheet.rows


def _begin(sheet: Sheet) -> float:
    """Return the middle of the earliest column of times."""
    known = [column.times[column.times != NEVER] for column in sheet.times_but()]
    return min((float(np.median(times)) for times in known if len(times)), default=np.inf)


def _kind_of(sheet: Sheet, key: Column | None) -> Column | None:
    fit = [
        column
        for column in sheet.columns
        if column is not key
        and not column.unique
        and column.type == "category"
        and column.filled > 0.9
        and 1 < len(column.counts) <= 200
        and not set(column.values) <= set(ACTORS)
    ]
    return best("kind", [column for column in fit if not says(column.name, COLUMNS["rep"] + " status priority")])
