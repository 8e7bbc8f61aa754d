"""Which columns hold the day on which rows ended."""

from collections.abc import Sequence

import numpy as np

from features.records.clock import DAY, NEVER, Microseconds
from features.scaffold.outcome import (
    AHEAD,
    ENDS,
    FEW_BEFORE,
    LOST_ROW,
    Mask,
    Reading,
    Signs,
    ahead,
    before,
    ends_alone,
    is_to_come,
)
from features.scaffold.sheets import Column
from features.scaffold.words import CHANGED, COLUMNS, EXPECTED, says

FEW = 0.5
"""Share of the won rows that have a day at least for it to be that of the close: a won row without one is broken."""


def find_close(signs: Signs, reading: Reading) -> tuple[tuple[Column, ...], float]:
    """Return the column, or the two, of the day of the close, with points for how well it fits."""
    ended, is_open = reading.is_closed, ~reading.is_closed
    days = signs.days
    two = _won_and_lost(signs, reading)
    best: tuple[tuple[Column, ...], float] = ((), -1.0)
    candidates = [*([two] if two else []), *((column,) for column in days if _may_be(column, signs, reading))]
    lying = {columns: 0.0 if _of_ends(columns, reading) else _ahead(signs, columns, ended) for columns in candidates}
    least = min((lying[columns] for columns in candidates if _fills(columns, ended)), default=0.0)
    for columns in candidates:
        filled = np.any([column.texts.notna().to_numpy() for column in columns], axis=0)
        points = 2.0 * float(filled[ended].mean()) - 1.0
        points += 0.5 * (float((~filled[is_open]).mean()) if is_open.any() else 0.5)
        points += 0.3 * min(2, max(says(column.name, COLUMNS["closed"]) for column in columns))
        points += _after_creation(signs, columns, ended)
        points -= 2.0 * max(0.0, lying[columns] - least) if lying[columns] > AHEAD[0] else 0.0
        if points > best[1]:
            best = (columns, points)
    columns = _with_others(best[0], signs, reading) if best[0] else ()
    if columns and np.any([column.texts.notna().to_numpy() for column in columns], axis=0)[reading.is_won].mean() < FEW:
        return (), best[1]  # the day of a step that few take, and no close
    return columns, best[1]


def _with_others(columns: tuple[Column, ...], signs: Signs, reading: Reading) -> tuple[Column, ...]:
    """Return the columns of the close with one that all wins, or all losses, have which have none by those: the day of that end.

    It is a day that open rows have not, and that does not lie before the creation.
    """
    filled = np.any([column.texts.notna().to_numpy() for column in columns], axis=0)
    for rows in (reading.is_won, reading.state == LOST_ROW):
        if not rows.any() or filled[rows].mean() > 1 - ENDS:
            continue
        fit = [
            column
            for column in signs.sheet.times_but(signs.created, *signs.no_days, *columns)
            if not says(column.name, EXPECTED + CHANGED)
            and _is_of(column.texts.notna().to_numpy(), rows)
            and not is_to_come(signs.sheet, column.times)
        ]
        if len(fit) == 1 and _after_creation(signs, fit, rows) == 0:
            columns = (*columns, fit[0])
    return columns


def _won_and_lost(signs: Signs, reading: Reading) -> tuple[Column, ...]:
    """Return the column of the day of winning and that of losing, where each is a column of its own."""
    won, lost = (
        [
            column
            for column in signs.days
            if _is_of(column.texts.notna().to_numpy(), ends) and not is_to_come(signs.sheet, column.times)
        ]
        for ends in (reading.is_won, reading.state == LOST_ROW)
    )
    return (won[0], lost[0]) if won and lost and won[0] is not lost[0] else ()


def _is_of(filled: Mask, ends: Mask) -> bool:
    """Return whether a column is filled in for rows that ended one way, and for them alone."""
    return bool(filled.any() and ends.any() and ends[filled].mean() > ENDS and filled[ends].mean() > ENDS)


def close_times(columns: Sequence[Column]) -> Microseconds:
    """Return the first time that is filled in of some columns."""
    times = columns[0].times
    for column in columns[1:]:
        times = np.where(times == NEVER, column.times, times)
    return times


def _fills(columns: Sequence[Column], rows: Mask) -> bool:
    return bool(np.any([column.texts.notna().to_numpy() for column in columns], axis=0)[rows].mean() > FEW)


def _ahead(signs: Signs, columns: Sequence[Column], ended: Mask) -> float:
    """Return the share of the days of ended rows that lie more than a day after all that is known to have happened.

    Of what happened, some days do where an export was made long after its last lead, and nothing else tells of the time between; of
    plans, more do.
    """
    if signs.created is None:
        return 0.0
    return ahead(close_times(columns)[ended], signs.latest)


def _of_ends(columns: Sequence[Column], reading: Reading) -> bool:
    """Return whether rows that ended, either way, have a day and hardly any open one has: that of a plan is not taken away from the open."""
    filled = np.any([column.texts.notna().to_numpy() for column in columns], axis=0)
    return ends_alone(filled, reading.is_won, reading.state == LOST_ROW)


def _may_be(column: Column, signs: Signs, reading: Reading) -> bool:
    """Return whether a day may be that of the close: no plan, nothing to come, and, unless its name says that it is, none before the creation."""
    of_ended = np.where(reading.is_closed, column.times, NEVER)
    if _is_plan(column, signs, reading) or is_to_come(signs.sheet, of_ended):
        return False
    if signs.created is None or says(column.name, COLUMNS["closed"]):
        return True
    return before(of_ended, signs.created.times) <= FEW_BEFORE


def _is_plan(column: Column, signs: Signs, reading: Reading) -> bool:
    """Return whether a day is planned and no record: open rows have it as ended ones do, and theirs mostly lie ahead of all that happened."""
    is_open = ~reading.is_closed
    if signs.created is None or is_open.sum() < 5 or column.texts.notna().to_numpy()[is_open].mean() < 1 - FEW / 5:
        return False
    return _ahead(signs, (column,), is_open) > FEW and _ahead(signs, (column,), reading.is_closed) > AHEAD[0]


def _after_creation(signs: Signs, columns: Sequence[Column], ended: Mask) -> float:
    """Return points for closes that lie after the creation: 0 if all do, below if many do not."""
    if signs.created is None:
        return 0.0
    closed, created = close_times(columns), signs.created.times
    both = ended & (closed != NEVER) & (created != NEVER)
    if not both.any():
        return -1.0
    return -2.0 * float((closed[both] < created[both] - DAY).mean())
