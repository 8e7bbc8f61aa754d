"""Which day of a lead's own decides it: a day by which every lead has ended, as an arrival or the expiry of an offer."""

import numpy as np

from features.records.clock import DAY, NEVER
from features.scaffold.layout import Layout
from features.scaffold.sheets import Column
from features.scaffold.words import CHANGED, says

NEARLY = 0.97
"""Share of the leads from which it counts as all of them."""
MIN_ENDED = 20
"""So many leads must have ended, and a quarter of it be open, for a day to be told from one that is so by chance."""


def deciding_day(layout: Layout) -> Column | None:
    """Return the day that leads name when they come in and after which none of them is open; None if there is none.

    The evidence: it lies after the creation, closes lie before its end, it is not the close itself, and it is still to come for whoever is open.
    """
    if layout.created is None or not layout.closed or layout.reading is None:
        return None
    created, closed, ended = layout.created.times, layout.closed_at, layout.ended
    latest = max(float(created.max()), float(np.nanmax(closed, initial=-np.inf)))
    found = [
        column
        for column in layout.leads.columns
        if column.type == "date" and column not in layout.used and not column.joined and not says(column.name, CHANGED)
        if _decides(column, created, closed, ended, latest)
    ]
    return found[0] if len(found) == 1 else None


def _decides(column: Column, created: np.ndarray, closed: np.ndarray, ended: np.ndarray, latest: float) -> bool:
    day = column.times
    known = (day != NEVER) & (created != NEVER)
    has_ended, is_open = known & ~np.isnan(ended) & ~np.isnan(closed), known & np.isnan(ended)
    if known.mean() < 0.9 or has_ended.sum() < MIN_ENDED or is_open.sum() < MIN_ENDED // 4:
        return False
    end = np.where(known, day + DAY, np.nan)
    with np.errstate(invalid="ignore"):
        after = (end > created)[known].mean()
        in_time, itself = (closed <= end)[has_ended].mean(), (np.abs(closed - end + DAY) < DAY)[has_ended].mean()
        to_come = (end > latest - DAY)[is_open].mean()
    return bool(after > NEARLY and in_time > NEARLY and itself < 0.5 and to_come > NEARLY)
