"""Which columns are flags, and which of their values mean yes; which are forecasts, that end at nothing or at all."""

import numpy as np

from features.records.history import Floats
from features.scaffold.sheets import Column
from features.settings.words import FALSE, TRUE, fold


def truths(column: Column) -> tuple[list[str], list[str]] | None:
    """Return the values of a flag that mean yes, and no; None for a column that is no flag."""
    if not 0 < len(column.counts) <= 2:
        return None
    plain = {value: fold(value).removesuffix(".0") for value in column.values}
    yes, no = ([value for value, text in plain.items() if text in known] for known in (TRUE, FALSE))
    return (yes, no) if len(yes) <= 1 >= len(no) and len(yes) + len(no) == len(plain) else None


def is_forecast(column: Column) -> bool:
    """Return whether numbers are a chance in percent, or of 1: some rows have none of it and some all, as once they have ended."""
    numbers = None if column.numbers is None or column.type != "number" else column.numbers.dropna()
    if numbers is None or len(numbers) < 2 * MIN_ROWS or len(column.counts) > MAX_STEPS or numbers.min() != 0:
        return False
    top = float(numbers.max())
    between = numbers[(numbers > 0) & (numbers < top)]
    whole = top == ALL and (between % 1 == 0).all()
    if not whole and not (top == 1 and len(between)):
        return False
    return min((numbers == 0).sum(), (numbers == top).sum()) >= max(MIN_ROWS, SOME * len(numbers))


def is_borne_out(forecast: Column, ended: Floats) -> bool:
    """Return whether the ends of a chance are those of rows (n,), 1 won and 0 lost: else somebody said it of themselves; True where none ended."""
    known, numbers = ~np.isnan(ended), forecast.numbers
    if not known.any() or numbers is None:
        return True
    ends = ((numbers == 0, 0.0), (numbers == numbers.max(), 1.0))
    agreeing = [ended[known & rows.to_numpy(np.bool_)] == end for rows, end in ends]
    return all(len(of) > 0 and float(of.mean()) >= BORNE_OUT for of in agreeing)


ALL = 100
BORNE_OUT = 0.9
"""Share of the ended rows with none of a chance that are lost, and of those with all of it that are won: a few are never brought up to date."""
MIN_ROWS = 5
SOME = 0.05
"""Share of the rows that must have none of a chance, and all of it."""
MAX_STEPS = 25
"""A forecast has no more different values than this."""
