"""Every reading of how rows ended that the columns of a table allow, and which of them the evidence bears."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from features.scaffold.behaviour import parted, with_close
from features.scaffold.closes import find_close
from features.scaffold.outcome import ENDS, LOST_ROW, OPEN, WON_ROW, Condition, Kind, Reading, Signs, States
from features.scaffold.sheets import Column
from features.scaffold.splitting import wins_by_splits
from features.scaffold.words import COLUMNS, OPEN_WORDS, says

ALIKE = 0.995
"""Readings that agree on so many rows are one."""
CLEARLY = 0.75
"""Points by which a reading must lead all others to be taken without a question."""
MIN_ENDED_SHARE = 0.002
"""Share of rows that must be won, and lost, for a reading to be one."""
UNDATED_BOTH = 1.5
"""Points against a reading in which wins and losses alike lack the day that others of them have: it mistakes open rows for ended ones."""
LEAST_POINTS = 1.0
"""A reading with fewer is none, unless its columns say by name that they tell; and then it is asked about."""
PRIOR: dict[Kind, float] = {
    "told": 9.0,
    "words": 3.0,
    "flag": 3.0,
    "day": 2.5,
    "closed": 2.0,
    "no": 1.0,
    "guess": 0.8,
    "amount": 0.5,
    "rest": 0.5,
}
"""Points for a condition of a kind: what names the result speaks more clearly than what lets it be concluded."""


def readings(signs: Signs) -> list[Reading]:
    """Return the readings of a table, those that the evidence bears best first; each of another result.

    Conditions of won and lost are put together in all ways; each pair is held against the days, amounts, reasons and flags that
    stand beside it, and of those that say the same of all rows only the simplest stays.
    """
    found = [reading for won, lost in _pairs(signs) if (reading := _read(signs, won, lost)) is not None]
    found = [reading for reading in found if reading.points >= LEAST_POINTS or _named(reading)]
    found.sort(key=lambda reading: (-reading.points, len(reading.won) + len(reading.lost)))
    unlike: list[Reading] = []
    for reading in found:
        if all((reading.state == other.state).mean() < ALIKE for other in unlike):
            unlike.append(reading)
    return unlike


def read_as(signs: Signs, column: Column, won: tuple[str, ...], lost: tuple[str, ...]) -> Reading | None:
    """Return the reading by values of a column that somebody has told won from lost; None where no row is either."""
    ends = tuple((Condition(column, "told", values),) for values in (won, lost) if values)
    return _read(signs, *ends) if len(ends) == 2 else None


def _named(reading: Reading) -> bool:
    return any(one.kind in ("words", "flag", "day") for one in reading.won)


def _pairs(signs: Signs) -> Iterator[tuple[tuple[Condition, ...], tuple[Condition, ...]]]:
    wins = [(one,) for one in signs.won]
    if not wins:
        wins = [(one,) for one in signs.amounts if 0 < one.rows.mean() < 0.9]
    losses: list[tuple[Condition, ...]] = [(one,) for one in signs.lost]
    losses += [
        (one, other)
        for at, one in enumerate(signs.lost)
        for other in signs.lost[at + 1 :]
        if one.column is not other.column
    ]
    losses += [(one,) for one in signs.closed] + [()]
    yield from product(wins, losses)
    won_too = [(one, other) for one, other in product(signs.won, signs.won) if one.column is not other.column]
    yield from product(won_too[:6], losses[:6])
    if not signs.won:  # a flag of having been lost, and a close for all that ended
        for lost in signs.lost:
            if lost.kind in ("flag", "words", "day"):
                rest = tuple(v for v in lost.column.values if v not in lost.values and not says(v, OPEN_WORDS))
                for having in wins_by_splits(lost, signs):
                    yield (Condition(lost.column, "guess", having),), (lost,)
                ended = with_close(lost.column, rest, signs)
                if ended and lost.values:
                    yield (Condition(lost.column, "rest" if ended == rest else "guess", ended),), (lost,)
                for won, others in parted(lost.column, ended, signs) if lost.values else []:
                    yield (
                        (Condition(lost.column, "guess", won),),
                        (Condition(lost.column, "guess", (*lost.values, *others)),),
                    )
                for closed in signs.closed:
                    yield (closed,), (lost,)


def _read(signs: Signs, won: tuple[Condition, ...], lost: tuple[Condition, ...]) -> Reading | None:
    """Return what rows are by these conditions, with its points; None if hardly any are won, or lost."""
    by_closing = any(one in signs.closed for one in lost)
    is_won = np.any([one.rows for one in won], axis=0)
    is_lost = np.any([one.rows for one in lost], axis=0) if lost else ~is_won
    if any(one in signs.closed for one in won):
        is_won = is_won & ~is_lost
    both = is_won & is_lost
    if by_closing:
        is_lost = is_lost & ~is_won
        both = np.zeros_like(both)
    state = np.full(len(is_won), OPEN, np.int8)
    state[is_won] = WON_ROW
    state[is_lost] = LOST_ROW
    few = max(1.0, MIN_ENDED_SHARE * len(state))
    if (state == WON_ROW).sum() < few or (state == LOST_ROW).sum() < few:
        return None
    reading = Reading(won, lost, state)
    closed, day_points = find_close(signs, reading)
    day_points -= UNDATED_BOTH * _lacks_day_of_both(reading, closed)
    points = max(PRIOR[one.kind] for one in won) + max((PRIOR[one.kind] for one in lost), default=0.0) + day_points
    points += sum(0.2 * min(2, says(one.column.name, COLUMNS["won"])) for one in won)
    points -= 0.3 * (len(won) + len(lost)) + 5 * float(both.mean())
    points -= 3 * float(both.sum() / min(is_won.sum(), is_lost.sum()))  # a mark that lost rows have too is none of wins
    points -= _contradictions(signs, state)
    return replace(reading, closed=closed, points=points)


def _lacks_day_of_both(reading: Reading, closed: Sequence[Column]) -> bool:
    """Return whether some wins and some losses have no day of closing, as open rows have none that are taken for either."""
    if not closed:
        return False
    filled = np.any([column.texts.notna().to_numpy() for column in closed], axis=0)
    without = [float((~filled)[rows].mean()) for rows in (reading.is_won, reading.state == LOST_ROW)]
    return filled.any() and min(without) > 1 - ENDS


def _contradictions(signs: Signs, state: States) -> float:
    """Return points for what stands beside a reading and says otherwise."""
    against = 0.0
    for told, wrong in (
        (signs.won, LOST_ROW),
        (signs.lost, WON_ROW),
    ):
        for one in told:
            if one.rows.any() and one.kind not in ("no", "guess"):
                against += 2.0 * float((state[one.rows] == wrong).mean())
                against += (2.0 if one.kind in ("words", "flag") else 1.0) * float((state[one.rows] == OPEN).mean())
                said_no = ~one.rows & one.column.texts.notna().to_numpy()
                if one.kind == "flag" and said_no.any():
                    against += float((state[said_no] == 1 - wrong).mean())
    for one in signs.closed:
        if one.rows.any() and one.kind == "flag":
            against += 2.0 * float((state[one.rows] == OPEN).mean())
            against += 2.0 * float((state[~one.rows] != OPEN).mean()) if (~one.rows).any() else 0.0
    for one in signs.reasons:
        if one.rows.any() and one.rows.mean() < 0.95:
            against += 1.5 * float((state[one.rows] != LOST_ROW).mean())
    return against


def clearly_best(found: Sequence[Reading]) -> bool:
    """Return whether one reading leads all others so far that nothing need be asked."""
    if not found or found[0].points < LEAST_POINTS:
        return False
    return len(found) == 1 or found[0].points - found[1].points >= CLEARLY
