"""Columns that part the words of a stage: filled in for nearly all rows of some words, and for hardly any row of the others.

An order's number, a deposit, a day of delivery, the plan that somebody pays for: whatever it is called, who has it has come so far. It
tells which words are wins where their names do not, it contradicts names that say otherwise, and it is no answer of a lead.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.scaffold.flags import is_forecast, truths
from features.scaffold.outcome import ENDS, MAX_STATES, Condition, Mask, Reading, Signs
from features.scaffold.sheets import Column
from features.scaffold.words import CHANGED, COLUMNS, EXPECTED, LEFT_LATER, LOST, NOT, OPEN_WORDS, meaning, says, words

RARE = 5
"""A word with fewer rows takes the side of most of them."""
MIN_ROWS = 10
"""Rows that must be filled for a column to tell anything."""


@dataclass(frozen=True, eq=False)
class Split:
    """A column that nearly all rows with some values of a stage have, and hardly any other row has."""

    column: Column
    stage: Column
    having: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.mark} for nearly all rows with {shown(self.having)}, and for hardly any other"

    @property
    def mark(self) -> str:
        """What a column does for the rows that it is for."""
        if truths(self.column) and self.column.filled > ENDS:
            return f"{self.column.name!r} says yes"
        if is_forecast(self.column):
            return f"{self.column.name!r} is at its highest"
        above = " with a number above 0" if self.column.filled > ENDS else ""
        return f"{self.column.name!r} is filled in{above}"


def marked(column: Column) -> Mask:
    """Return the rows that have what a column tells of: a yes of a flag, all of a chance, a number above 0 where 0 stands in others, any cell."""
    truth, numbers = truths(column), column.numbers
    rows = column.texts.notna()
    if truth is not None and truth[0]:
        rows = column.texts.isin(truth[0])
    elif is_forecast(column) and numbers is not None:
        rows = numbers == numbers.max()
    elif column.filled > ENDS and numbers is not None:
        rows = numbers > 0
    return rows.to_numpy(np.bool_)


def splits(stage: Column, columns: Iterable[Column]) -> Iterator[Split]:
    """Yield the columns that part the values of a stage, each with the values on its side."""
    if not 1 < len(stage.counts) <= MAX_STATES:
        return
    codes, values = stage.texts.factorize()
    for column in columns:
        if column is stage or not len(column.counts):
            continue
        rows = marked(column)
        blank = rows[codes < 0]
        if rows.sum() < MIN_ROWS or rows.all() or (len(blank) and blank.mean() > 1 - ENDS):
            continue
        having = []
        for code, value in enumerate(values):
            of = rows[codes == code]
            share = float(of.mean())
            if len(of) >= RARE and 1 - ENDS < share <= ENDS:
                break
            having += [str(value)] if share > 0.5 else []
        else:
            if 0 < len(having) < len(values):
                yield Split(column, stage, tuple(having))


def won_by_splits(signs: Signs) -> None:
    """Let what parts the words of a stage settle which of them are wins.

    Words that nobody knows, on the side of all won ones and of no lost one, are won; so are words of leaving that have what won rows have, a
    number that other lost rows have not. A won word on the other side that denies something is lost.
    """
    for at, won in enumerate(signs.won):
        if won.kind != "words" or not won.values:
            continue
        lost = next((one for one in signs.lost if one.column is won.column and one.kind == "words"), None)
        won, lost = _settled(won, lost, list(splits(won.column, _marks(signs))), signs)
        signs.won[at] = won
        signs.lost[:] = [one for one in signs.lost if one.column is not won.column or one.kind != "words"]
        if lost is not None and lost.values:
            signs.lost.append(lost)


def wins_by_splits(lost: Condition, signs: Signs) -> set[tuple[str, ...]]:
    """Return which words may be the won ones where none is known: those that have a number, or what names each row, and no lost one has."""
    if not lost.values:
        return set()
    found = [split for split in splits(lost.column, _marks(signs)) if _is_of_a_deal(split)]
    return {split.having for split in found if not set(split.having) & set(lost.values)}


def _marks(signs: Signs) -> list[Column]:
    """Return the columns that may come of a win: none of losses, of any end, or of changes."""
    others = [one.column for one in (*signs.reasons, *signs.closed)]
    return [
        column
        for column in signs.sheet.columns
        if column is not signs.created
        and column not in others
        and not column.joined
        and not says(column.name, LOST + COLUMNS["reason"] + CHANGED)
        and not (column.type == "date" and says(column.name, LEFT_LATER + EXPECTED))
    ]


def _settled(
    won: Condition, lost: Condition | None, found: Sequence[Split], signs: Signs
) -> tuple[Condition, Condition | None]:
    """Return what is won and lost once all splits have been heard."""
    losses = () if lost is None else lost.values
    of_wins = [
        split
        for split in found
        if set(split.having) & set(won.values) and not (losses and set(split.having).issuperset(losses))
    ]
    if not of_wins:
        return won, lost
    without = [value for value in won.values if all(value not in split.having for split in of_wins)]
    if denied := tuple(value for value in without if _denies(value)):
        won = replace(won, values=tuple(value for value in won.values if value not in denied))
        losses = (*losses, *denied)
    whole = [split for split in of_wins if set(split.having) >= set(won.values)]
    if whole and (losses or all(map(_is_of_a_deal, whole))):  # else it may be the mark of any end
        having = set.intersection(*(set(split.having) for split in whole))
        of_a_deal = all(map(_is_of_a_deal, whole))
        left = tuple(value for value in losses if value in having and says(value, LEFT_LATER) and of_a_deal)
        if not having & (set(losses) - set(left)) and not any(says(value, OPEN_WORDS) for value in having):
            more = tuple(value for value in having if value not in won.values and not _is_open(value, won, signs))
            won = replace(won, values=(*won.values, *sorted(more)))
            losses = tuple(value for value in losses if value not in left)
    if lost is None:
        return won, Condition(won.column, "words", losses) if losses else None
    return won, replace(lost, values=losses)


def _denies(value: str) -> bool:
    return bool(set(words(value)) & set(NOT.split()))


def _is_of_a_deal(split: Split) -> bool:
    """Return whether a column holds numbers or names each row, as amounts and orders do: a day may be that of a step on the way."""
    column = split.column
    names_each = len(column.counts) > ENDS * column.texts.notna().sum()
    return column.type == "number" or (names_each and column.type != "date")


def _is_open(value: str, won: Condition, signs: Signs) -> bool:
    """Return whether rows of a value lack a day of closing that won rows have."""
    texts = won.column.texts
    for one in signs.closed:
        if (
            one.rows[texts.isin(won.values).to_numpy()].mean() > ENDS
            and one.rows[(texts == value).to_numpy()].mean() < 0.5
        ):
            return True
    return False


def disagreements(reading: Reading, signs: Signs) -> Iterator[str]:
    """Ask about words that are read otherwise than their names say, or than what their rows have."""
    won, lost = ([value for one in ends for value in one.values] for ends in (reading.won, reading.lost))
    stages = list(dict.fromkeys(one.column for one in (*reading.won, *reading.lost) if one.values))
    told: set[frozenset[str]] = set()
    for stage in stages if len(stages) == 1 else []:
        for split in splits(stage, [column for column in _marks(signs) if column not in reading.columns]):
            having = set(split.having)
            losses = {value for value in lost if value in having}
            of_any_end = having.issuperset(lost) and having <= {*won, *lost}
            if not having & set(won) or of_any_end or frozenset(having) in told:
                continue
            odd = [value for value in stage.values if (value in having) != (value in won)]
            moved = [value for value in won if value in having and meaning(value) != "won"]
            if not odd and not moved:
                continue
            told.add(frozenset(having))
            others = f", which are read otherwise: {shown(odd)}" if odd else ""
            those = "Which of them are won, and which lost?" if odd or losses else "Is each of them won?"
            yield f"{split}{others}. {those}"


def shown(values: Iterable[str]) -> str:
    """Return values as a question names them."""
    listed = list(map(repr, values))
    return ", ".join(listed[:8]) + (f" and {len(listed) - 8} more" if len(listed) > 8 else "")
