"""A reading of outcomes as the settings say it: lists of values of one column, or conditions over several."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from features.scaffold.outcome import Condition, Mask, Reading
from features.scaffold.sheets import Column

Part: TypeAlias = dict[Column, Any]
"""Tests of columns that must all hold, as the settings write them."""


@dataclass(frozen=True)
class Lists:
    """Values of one column."""

    column: Column
    won: list[str]
    lost: list[str]
    open: list[str]


def lists_of(reading: Reading) -> Lists | None:
    """Return a reading as three lists of values of one column; None where it takes more than that."""
    columns = {one.column for one in (*reading.won, *reading.lost)}
    if len(columns) != 1 or not all(one.values for one in (*reading.won, *reading.lost)):
        return None
    (column,) = columns
    won = [value for value in column.values if any(value in one.values for one in reading.won)]
    lost = [value for value in column.values if any(value in one.values for one in reading.lost)]
    if set(won) & set(lost):
        return None
    if not reading.lost:
        lost = [value for value in column.values if value not in won]
        if column.filled < 1:
            return None
    rest = [value for value in column.values if value not in won and value not in lost]
    return Lists(column, won, lost, rest)


def conditions_of(reading: Reading) -> tuple[list[Part], list[Part]]:
    """Return the conditions of a won and of a lost row, of which no row meets both."""
    won, lost = reading.is_won, reading.state == 0
    wins = [part for one in reading.won for part in _but(one, reading.lost, won)]
    if not reading.lost:
        return wins, list(_none_of(reading.won, lost))
    overlapping = [one for one in reading.won if any((one.rows & other.rows).any() for other in reading.lost)]
    by_closing = [one for one in overlapping if (one.rows & lost).sum() == 0]
    losses = [part for one in reading.lost for part in _and_not(one, by_closing, lost)]
    return wins, losses


def _but(one: Condition, others: tuple[Condition, ...], rows: Mask) -> list[Part]:
    """Return a condition without the rows that others take from it."""
    return _and_not(one, [other for other in others if (one.rows & other.rows & ~rows).any()], rows)


def _and_not(one: Condition, others: list[Condition], rows: Mask) -> list[Part]:
    parts = [_part(one)]
    for other in others:
        parts = [
            merged
            for part, negated in product(parts, _negated(other, rows))
            if (merged := _both(part, negated)) is not None
        ]
    return parts


def _none_of(conditions: tuple[Condition, ...], rows: Mask) -> Iterator[Part]:
    """Yield the conditions under which none of some holds."""
    parts: list[Part] = [{}]
    for one in conditions:
        parts = [m for part, negated in product(parts, _negated(one, rows)) if (m := _both(part, negated)) is not None]
    yield from parts


def _part(one: Condition) -> Part:
    if one.positive:
        return {one.column: {"above": 0}}
    return {one.column: list(one.values) if one.values else {"filled": True}}


def _negated(one: Condition, rows: Mask) -> list[Part]:
    """Return the ways in which a condition does not hold in some rows."""
    column = one.column
    blank = column.texts.isna().to_numpy()
    parts: list[Part] = []
    if one.positive:
        parts.append({column: {"below": 0.005}})
    elif one.values and (rest := [value for value in column.values if value not in one.values]):
        parts.append({column: rest})
    if (blank & rows).any() or not parts:
        parts.append({column: {"filled": False}})
    return parts


def _both(part: Part, other: Part) -> Part | None:
    """Return tests that ask what both do, None where nothing can meet them."""
    merged = dict(part)
    for column, test in other.items():
        had = merged.get(column)
        if had is None:
            merged[column] = test
        elif isinstance(had, list) and isinstance(test, list):
            merged[column] = [value for value in had if value in test]
            if not merged[column]:
                return None
        elif isinstance(had, list) and test == {"filled": False}:
            return None
        elif had != test:
            merged[column] = test if isinstance(test, list) else had
    return merged
