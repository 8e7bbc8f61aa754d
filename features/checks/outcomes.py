"""The rules of the outcomes table: a known lead, closed after it was created, won or lost, once at a time."""

import numpy as np

from features.checks.broken import many
from features.checks.columns import Mask, nulls
from features.checks.leads import Ids
from features.checks.sheet import Sheet, one_of
from features.clock import NEVER, Microseconds
from features.history import Integers, Leads, Outcomes
from features.settings import OutcomesSource


def check_outcomes(sheet: Sheet, source: OutcomesSource, ids: Ids, leads: Leads) -> tuple[Outcomes, Integers]:
    """Return the sound outcomes, and the leads of which there are none but broken ones.

    Rows without a result are those of open leads.
    """
    won = _won(sheet, source)
    lead = ids.find(sheet)
    closed = sheet.times("closed_at")
    recorded = sheet.recorded("closed_at", closed)
    amount = sheet.encoded("amount", sheet.schema.number) if "amount" in sheet else np.full(len(sheet), np.nan)
    found = np.flatnonzero((lead >= 0) & (closed != NEVER))
    early = found[closed[found] < leads.created_at[lead[found]]]
    rule, remedy = "must not be earlier than the lead's creation", "correct one of the two, with their times of day"
    sheet.refuse("closed_at", early, rule, remedy)
    _refuse_repeats(sheet, lead, recorded)
    ended_somehow = np.setdiff1d(lead[~sheet.good & (lead >= 0)], lead[sheet.good])
    outcomes = Outcomes(lead, closed, recorded, won, amount, sheet.texts("reason"), sheet.texts("rep_id"))
    return outcomes.take(np.flatnonzero(sheet.good)), ended_somehow


def _won(sheet: Sheet, source: OutcomesSource) -> Mask:
    """Return whether each row is a win, after leaving out the rows of leads that are still open."""
    closed = ~nulls(sheet.known("closed_at"))
    if source.all_won:
        sheet.keep(closed)
        return np.ones(len(sheet), np.bool_)
    known = ((source.open_values, 2), (source.lost_values, 0), (source.won_values, 1))
    codes = {value.strip().casefold(): code for values, code in known for value in values}
    rule = one_of((*source.won_values, *source.lost_values, *source.open_values))
    remedy = "list it in won_values, lost_values or open_values of [history.outcomes]"
    code = sheet.codes("won", lambda text: codes.get(text.strip().casefold()), rule, remedy, empty=True)
    undecided = (code == 2) | nulls(sheet.known("won"))
    if (undecided & closed).any():
        count, name = many(int((undecided & closed).sum()), "row"), sheet.raw.columns["closed_at"]
        sheet.notes.append(f"{sheet.raw.place}: {count} with {name!r} but no result: taken as open.")
    sheet.keep(~undecided)
    won: Mask = code[~undecided] == 1
    return won


def _refuse_repeats(sheet: Sheet, lead: Integers, recorded: Microseconds) -> None:
    """Refuse a second outcome of a lead at the same time, as nobody could tell which of the two holds."""
    good = np.flatnonzero(sheet.good)
    order = good[np.lexsort((good, recorded[good], lead[good]))]
    same = (lead[order][1:] == lead[order][:-1]) & (recorded[order][1:] == recorded[order][:-1])
    ours = "recorded_at" if "recorded_at" in sheet else "closed_at"
    rule, remedy = "must not be that of an earlier outcome of the lead", "keep one: the first one stands"
    sheet.refuse(ours, np.sort(order[1:][same]), rule, remedy)
