"""The rules of an outcomes table: a known lead, closed after it was created, won or lost, once at a time."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.records.checks.columns import Mask, nulls
from features.records.checks.leads import Ids
from features.records.checks.sheet import CheckedSheet, one_of
from features.records.clock import DAY, NEVER, Microseconds
from features.records.history import Floats, Integers, Leads, Outcomes
from features.records.parsing.amounts import AMOUNT_REMEDY, AMOUNT_RULE, is_no_amount
from features.records.parsing.cells import as_text
from features.records.parsing.numbers import currency_of
from features.records.parsing.times import read_times
from features.records.reading.assembly import BOTH, LOST, OPEN, WON
from features.settings.source import HistorySource, OutcomesSource
from features.settings.words import fold

RESULTS = {OPEN: 2, LOST: 0, WON: 1}
STILL = 2
"""Code of a row that says that a lead is open."""
Codes = NDArray[np.int64]


class CheckedOutcomes(NamedTuple):
    """What a table of outcomes says.

    Attributes
    ----------
    outcomes
        The sound ones.
    ended_somehow
        Leads of which there are none but broken ones.
    reopened, reopened_at
        Leads that a row calls open after all, and when it was recorded.
    """

    outcomes: Outcomes
    ended_somehow: Integers
    reopened: Integers
    reopened_at: Microseconds


def check_outcomes(
    sheet: CheckedSheet, source: OutcomesSource, rules: HistorySource, ids: Ids, leads: Leads
) -> CheckedOutcomes:
    """Return what the sound rows of a table say; one without a result is that of an open lead."""
    result = _results(sheet, source)
    reopened, reopened_at = _reopened(sheet, result == STILL, ids)
    closed_rows = result != STILL
    sheet.keep(closed_rows, "of open leads")
    result = result[closed_rows]
    lead = ids.find(sheet)
    told, day = _closed(sheet, source, result, _latest(sheet, rules, leads))
    closed, early = _not_before(sheet, rules, ids, leads, lead, told, day)
    since = sheet.recorded("closed_at", told, day)
    recorded = np.where(early, np.maximum(since, closed), since)
    last = ~_corrected_before(sheet, lead, recorded, since)
    sheet.keep(last, "corrected before the lead was created")
    result, lead, closed, recorded = result[last], lead[last], closed[last], recorded[last]
    amount = _amounts(sheet, source)
    _refuse_repeats(sheet, lead, recorded)
    ended_somehow = np.setdiff1d(lead[~sheet.good & (lead >= 0)], lead[sheet.good])
    outcomes = Outcomes(lead, closed, recorded, result == 1, amount, sheet.texts("reason"), sheet.texts("rep_id"))
    return CheckedOutcomes(outcomes.take(np.flatnonzero(sheet.good)), ended_somehow, reopened, reopened_at)


def _amounts(sheet: CheckedSheet, source: OutcomesSource) -> Floats:
    """Return what deals were worth, NaN where it is not known or in another currency than that of the settings."""
    if "amount" not in sheet:
        return np.full(len(sheet), np.nan)
    amount = sheet.encoded("amount", sheet.schema.number)
    wild = is_no_amount(amount)
    sheet.set_aside("amount", wild, AMOUNT_RULE, AMOUNT_REMEDY)
    amount = np.where(wild, np.nan, amount)
    if not source.currency:
        return amount
    texts = as_text(sheet.known("amount")).to_pylist()
    strange = np.array([currency_of(text or "") not in ("", source.currency) for text in texts], np.bool_)
    rule = f"must be in {source.currency}, as nothing is converted"
    sheet.set_aside("amount", strange, rule, "convert it in the export, or correct currency under [history.outcomes]")
    return np.where(strange, np.nan, amount)


def _results(sheet: CheckedSheet, source: OutcomesSource) -> Codes:
    """Return what each row says: 1 for won, 0 for lost, 2 for open, -1 where it is broken."""
    closed = ~nulls(sheet.known("closed_at")) if "closed_at" in sheet else np.ones(len(sheet), np.bool_)
    if source.all_won or source.all_lost:
        return np.where(closed, int(source.all_won), STILL)
    if source.by_conditions:
        rule = (
            f"must not be {BOTH} at once"
            if not source.open_when
            else "must meet won_when, lost_when or open_when, and one alone"
        )
        remedy = "correct the row, or the conditions under [history.outcomes]"
        return sheet.codes("won", RESULTS.get, rule, remedy)
    known = ((source.open_values, STILL), (source.lost_values, 0), (source.won_values, 1))
    codes = {fold(value): code for values, code in known for value in values}
    rule = one_of((*source.won_values, *source.lost_values, *source.open_values))
    remedy = "list it in won_values, lost_values or open_values of [history.outcomes]"
    code = sheet.codes("won", lambda text: codes.get(fold(text)), rule, remedy, empty=True)
    code = np.where(nulls(sheet.known("won")), STILL, code)
    if "closed_at" in sheet:
        name = sheet.raw.columns["closed_at"]
        sheet.note(int(((code == STILL) & closed).sum()), "row", f" with {name!r} but no result: taken as open.")
    return code


def _reopened(sheet: CheckedSheet, still: Mask, ids: Ids) -> tuple[Integers, Microseconds]:
    """Return the leads that rows call open, and when, where a row says that; others say nothing of when."""
    ours = "recorded_at" if "recorded_at" in sheet else "closed_at"
    lead = ids.positions(sheet)
    told = still & (lead >= 0)
    several = np.isin(lead, lead[~still & (lead >= 0)]) & told
    if ours not in sheet or not several.any():
        return lead[:0], np.empty(0, np.int64)
    times = read_known(sheet, ours)
    dated = several & (times != NEVER)
    return lead[dated], times[dated]


def read_known(sheet: CheckedSheet, ours: str) -> Microseconds:
    """Return a column of times without a report on those that cannot be read."""
    return read_times(sheet.known(ours), sheet.zone, sheet.format_of(ours), sheet.fillers).utc


def _latest(sheet: CheckedSheet, rules: HistorySource, leads: Leads) -> int:
    """Return when the export was made or, where nobody says, the latest time in it that can be seen from here."""
    if rules.exported_at is not None:
        return sheet.until
    times = [leads.created_at, *(read_known(sheet, ours) for ours in ("closed_at", "recorded_at") if ours in sheet)]
    known = np.concatenate(times)
    sheet.seen.latest = int(known[known <= sheet.until].max(initial=NEVER)) if len(known) else NEVER
    return sheet.until if sheet.facts.latest == NEVER else sheet.facts.latest


def _closed(sheet: CheckedSheet, source: OutcomesSource, result: Codes, latest: int) -> tuple[Microseconds, Mask]:
    """Return when each row was closed, and which of these are days without a clock."""
    at_export = source.undated_lost == "export"
    if "closed_at" not in sheet:
        closed, day = np.full(len(sheet), NEVER), np.zeros(len(sheet), np.bool_)
        sheet.refuse("won", result == 1, "must come with the time of the close", "name its column as closed_at")
    else:
        closed, day = sheet.days_and_times("closed_at", (result == 0) & at_export)
    undated = (closed == NEVER) & (result == 0) & sheet.good & at_export
    told = " without a time of close: counted as closed when the export was made."
    sheet.note(int(undated.sum()), "lost lead", told)
    return np.where(undated, latest, closed), day


def _not_before(
    sheet: CheckedSheet, rules: HistorySource, ids: Ids, leads: Leads, lead: Integers, closed: Microseconds, day: Mask
) -> tuple[Microseconds, Mask]:
    """Return closes of which none is before the creation, and which were put to it.

    A close that is a day is that whole day, and by time zones the day before may be the same.
    """
    known = np.flatnonzero((lead >= 0) & (closed != NEVER))
    created, created_day = np.full(len(sheet), NEVER), np.zeros(len(sheet), np.bool_)
    created[known], created_day[known] = leads.created_at[lead[known]], ids.created_day[lead[known]]
    early = np.isin(np.arange(len(sheet)), known) & (closed < created)
    ahead = np.where(early, created - closed, 0)
    at_once = early & ((day & (ahead < 2 * DAY)) | (created_day & (ahead < DAY)))
    told = " closed on the day of creation or, by time zones, the day before: counted as closed at once."
    sheet.note(int(at_once.sum()), "lead", told)
    wrong = early & ~at_once
    if rules.closed_before_created == "at_once" and wrong.any():
        told = " closed before they were created: counted as closed at once, as closed_before_created says."
        sheet.note(int(wrong.sum()), "lead", told)
        at_once |= wrong
    else:
        rule = "must not be earlier than the lead's creation"
        remedy = "correct one of the two, or set history.closed_before_created to 'at_once'"
        if wrong.any():
            sheet.refuse("closed_at", wrong, rule, remedy)
    return np.where(at_once, created, closed), at_once


def _corrected_before(sheet: CheckedSheet, lead: Integers, recorded: Microseconds, since: Microseconds) -> Mask:
    """Return outcomes that another one of the lead had replaced before its creation, to which both were put: the last one stands."""
    good = np.flatnonzero(sheet.good)
    order = good[np.lexsort((since[good], recorded[good], lead[good]))]
    first, then = order[:-1], order[1:]
    same = (lead[first] == lead[then]) & (recorded[first] == recorded[then])
    return np.isin(np.arange(len(sheet)), first[same & (since[first] < since[then])])


def _refuse_repeats(sheet: CheckedSheet, lead: Integers, recorded: Microseconds) -> None:
    """Refuse a second outcome of a lead at the same time, as nobody could tell which of the two holds."""
    good = np.flatnonzero(sheet.good)
    order = good[np.lexsort((good, recorded[good], lead[good]))]
    same = (lead[order][1:] == lead[order][:-1]) & (recorded[order][1:] == recorded[order][:-1])
    ours = "recorded_at" if "recorded_at" in sheet else "closed_at" if "closed_at" in sheet else "won"
    rule, remedy = "must not be that of an earlier outcome of the lead", "keep one: the first one stands"
    sheet.refuse(ours, np.sort(order[1:][same]), rule, remedy)
