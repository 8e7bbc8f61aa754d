"""Signs of how rows ended that no name gives away: stages and flags in words of the company's own, told by what they do."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations, product

import numpy as np

from features.records.clock import NEVER
from features.scaffold.flags import truths
from features.scaffold.outcome import ENDS, MAX_CODES, Condition, Mask, Signs
from features.scaffold.sheets import Column
from features.scaffold.words import CHANGED, EXPECTED, LEFT_LATER, OPEN_WORDS, says

MIN_FILLED_SHARE = 0.02
"""A day that fewer rows have is none of an end."""
ALONE = 0.99
"""Share of the rows in which at most one of two days is filled, for each to be of another end."""


def stages_of_behaviour(signs: Signs) -> None:
    """Add what stages in words of the company's own do: those that have a close are ends; those with a reason, losses.

    Where no column is called a stage, any of few values is one that has a close in some of them and in no other row.
    """
    named = [one.column for one in signs.closed if one.kind == "rest"]
    days = named or [day for day in signs.days if 0 < day.filled < 1]
    stages = signs.stages or [column for column in signs.sheet.columns if _may_be_a_stage(column)]
    for stage, day in product(stages, days):
        closed = day.texts.notna().to_numpy()
        if closed[stage.texts.isna().to_numpy()].any():
            continue
        share = {value: float(closed[(stage.texts == value).to_numpy()].mean()) for value in stage.values}
        ends = [value for value, filled in share.items() if filled > ENDS]
        if len(ends) < 2 or any(1 - ENDS < share[value] <= ENDS for value in stage.values):
            continue
        for lost in _losses(stage, ends, signs):
            won = tuple(value for value in ends if value not in lost)
            signs.won.append(Condition(stage, "guess", won))
            signs.lost.append(Condition(stage, "guess", lost))


def _may_be_a_stage(column: Column) -> bool:
    return column.type in ("category", "flag") and 1 < len(column.counts) <= MAX_CODES and not column.joined


def days_of_behaviour(signs: Signs) -> None:
    """Add days that no name gives away and that only rows have which are not lost by their own day: those of winning."""
    lost = [one for one in signs.lost if one.kind == "day"]
    others = [
        day for day in signs.sheet.times_but(signs.created, *signs.no_days) if not says(day.name, EXPECTED + CHANGED)
    ]
    for one, day in product(lost, others):
        filled = day.texts.notna().to_numpy()
        if day is not one.column and 0 < filled.mean() < 1 and (filled & one.rows).mean() <= 1 - ALONE:
            signs.won.append(Condition(day, "guess"))


def days_apart(signs: Signs) -> None:
    """Add two days of which no row has both, where what stands beside one of them tells that it is of winning, or of losing.

    A reason stands beside losses; a number, or what names each row, such as an order, comes of winning.
    """
    days = [day for day in signs.sheet.times_but(signs.created, *signs.no_days) if MIN_FILLED_SHARE < day.filled < 1]
    days = [day for day in days if not says(day.name, EXPECTED + CHANGED)]
    reasons = [one.column for one in signs.reasons]
    for won, lost in permutations(days, 2):
        has_won, has_lost = (day.texts.notna().to_numpy() for day in (won, lost))
        if (has_won & has_lost).mean() > 1 - ALONE:
            continue
        for column in signs.sheet.columns:
            filled = column.texts.notna().to_numpy()
            beside = has_lost if column in reasons else has_won
            tells = column in reasons or (column.type == "number" or _names_each(column))
            if tells and column not in days and filled[beside].mean() > ENDS and not filled[~beside].mean() > 1 - ENDS:
                signs.won.append(Condition(won, "guess"))
                signs.lost.append(Condition(lost, "guess"))
                return


def won_and_left(signs: Signs) -> None:
    """Take words of somebody who left for wins where their rows have a day of winning, or an amount that lost rows have not.

    Who cancels a subscription was won once; who cancels a booking was not.
    """
    for at, lost in enumerate(signs.lost):
        left = [value for value in lost.column.values if says(value, LEFT_LATER)] if lost.kind == "words" else []
        others = [value for value in lost.values if value not in left]
        bought = [one for one in signs.won if one.kind == "day"] + (signs.amounts if others else [])
        bought += _days_of_winning(lost.column, others, signs) if left else []
        after = tuple(value for value in left if any(_bought(one, lost.column, value, others) for one in bought))
        if not after:
            continue
        signs.lost[at] = replace(lost, values=tuple(value for value in lost.values if value not in after))
        signs.won[:] = [
            replace(one, values=tuple(dict.fromkeys((*one.values, *after))))
            if one.column is lost.column and one.kind == "words"
            else one
            for one in signs.won
        ]
    signs.lost[:] = [one for one in signs.lost if one.values or one.kind != "words"]
    signs.lost[:] = [one for one in signs.lost if not (one.kind == "day" and _leaves(one, signs))]


def _leaves(lost: Condition, signs: Signs) -> bool:
    """Return whether a day is that of leaving: nearly all rows that have it have an earlier day of winning."""
    left = lost.rows & (lost.column.times != NEVER)
    for won in signs.won:
        if won.kind == "day" and says(lost.column.name, LEFT_LATER) and left.any():
            before = (won.column.times != NEVER) & (won.column.times <= lost.column.times)
            if before[left].mean() > ENDS and left.sum() < (1 - ENDS / 10) * won.rows.sum():
                return True
    return False


def _days_of_winning(stage: Column, lost: Sequence[str], signs: Signs) -> list[Condition]:
    """Return days that no name gives away, and that nearly all rows of won words have, and none of lost ones."""
    won = [value for one in signs.won if one.column is stage for value in one.values]
    days = signs.sheet.times_but(signs.created, *signs.no_days)
    told = [Condition(day, "day") for day in days if not says(day.name, EXPECTED + CHANGED) and 0 < day.filled < 1]
    return [one for one in told if won and lost and all(_bought(one, stage, value, lost) for value in won)]


def _bought(one: Condition, stage: Column, value: str, others: Sequence[str]) -> bool:
    """Return whether nearly all rows of a value have what rows of other, lost values have not."""
    has = one.rows[(stage.texts == value).to_numpy()].mean() > ENDS
    return bool(has and one.rows[stage.texts.isin(others).to_numpy()].sum() <= (1 - ENDS) * one.rows.sum())


def with_close(stage: Column, values: Sequence[str], signs: Signs) -> tuple[str, ...]:
    """Return those of some values whose rows have a day of closing, where a day tells them from the others; else all."""
    for day in signs.days:
        filled = day.texts.notna().to_numpy()
        share = {value: float(filled[(stage.texts == value).to_numpy()].mean()) for value in values}
        ends = tuple(value for value in values if share[value] > ENDS)
        if 0 < len(ends) < len(values) and all(share[value] < 1 - ENDS for value in values if value not in ends):
            return ends
    return tuple(values)


def with_reasons(lost: Condition, signs: Signs) -> Condition:
    """Return a condition on words with the other words of the column whose rows have a reason of a loss, as its own have.

    A reason may stand beside a lead that is still open, as a doubt: a word that says so is no loss.
    """
    won = {value for one in signs.won if one.column is lost.column for value in one.values}
    for reason in signs.reasons:
        if lost.kind not in ("words", "guess") or reason.rows.mean() > ENDS:
            continue
        share = {
            value: float(reason.rows[(lost.column.texts == value).to_numpy()].mean()) for value in lost.column.values
        }
        if max((share[value] for value in won), default=0.0) > 1 - ENDS:
            continue  # reasons of wins too
        more = tuple(value for value in share if share[value] > 0.5 and value not in won and value not in lost.values)
        lost = replace(lost, values=(*lost.values, *(value for value in more if not says(value, OPEN_WORDS))))
    return lost


def with_closes(lost: Condition, signs: Signs) -> Condition:
    """Return a condition on words with the unknown words of the column whose rows have a close, where rows of others have none.

    A column of days is the close if all that is known to have ended has it; of two that no name tells apart, neither is
    taken. A day that lies after all that the rows tell of is a plan, and no close.
    """
    won = tuple(value for one in signs.won if one.column is lost.column for value in one.values)
    days = [day for day in signs.days if day.filled < 1]
    if lost.kind != "words" or not won or not lost.values or len(days) != 1:
        return lost
    texts = lost.column.texts
    filled = days[0].texts.notna().to_numpy() & ~_planned(days[0], texts.isin([*won, *lost.values]).to_numpy(), signs)
    share = {value: float(filled[(texts == value).to_numpy()].mean()) for value in lost.column.values}
    unknown = [value for value in lost.column.values if value not in (*won, *lost.values)]
    more = tuple(value for value in unknown if share[value] > ENDS and not says(value, OPEN_WORDS))
    if min(share[value] for value in (*won, *lost.values)) <= ENDS or len(more) == len(unknown):
        return lost
    if any(share[value] >= 1 - ENDS for value in unknown if value not in more):
        return lost
    return replace(lost, values=(*lost.values, *more))


def _planned(day: Column, ended: Mask, signs: Signs) -> Mask:
    """Return the rows with a day later than every creation and than every one of the rows that have ended."""
    known = day.times[ended & (day.times != NEVER)]
    created = signs.created.times[signs.created.times != NEVER] if signs.created is not None else known
    told = np.concatenate([known, created])
    return (day.times != NEVER) & (day.times > told.max()) if len(told) else np.zeros(len(ended), np.bool_)


def flags_of_behaviour(signs: Signs) -> None:
    """Add flags of an unknown name that are filled in where a day of closing is, and nowhere else: they say how it ended."""
    for column in signs.sheet.columns:
        if column.filled > 0.99 or (truth := truths(column)) is None or not all(truth):
            continue
        filled = column.texts.notna().to_numpy()
        if any((filled == day.texts.notna().to_numpy()).mean() > ENDS for day in signs.days):
            signs.won.append(Condition(column, "guess", tuple(truth[0])))
            signs.lost.append(Condition(column, "guess", tuple(truth[1])))


def parted(stage: Column, rest: Sequence[str], signs: Signs) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the won and the lost ones of words that are not known, where what stands beside them tells them apart."""
    for lost in _losses(stage, list(rest), signs) if len(rest) > 1 else []:
        yield tuple(value for value in rest if value not in lost), lost


def _losses(stage: Column, ends: list[str], signs: Signs) -> list[tuple[str, ...]]:
    """Return which ends may be losses: those with a reason, or without an amount; of two that do alike, either."""
    for told, wants in ((signs.reasons, True), (signs.amounts, False)):
        for one in told:
            has = {value: float(one.rows[(stage.texts == value).to_numpy()].mean()) for value in ends}
            lost = tuple(value for value in ends if (has[value] > 0.5) == wants)
            if 0 < len(lost) < len(ends):
                return [lost]
    for (
        column
    ) in signs.sheet.columns:  # an order's number, a day of payment: what only one end has is what came of winning
        if column is stage or column.joined or not (column.type in ("number", "date") or _names_each(column)):
            continue
        filled = column.texts.notna().to_numpy()
        has = {value: float(filled[(stage.texts == value).to_numpy()].mean()) for value in stage.values}
        won = [value for value in ends if has[value] > ENDS]
        if 0 < len(won) < len(ends) and all(has[value] < 1 - ENDS for value in stage.values if value not in won):
            return [tuple(value for value in ends if value not in won)]
    return [(end,) for end in ends] if len(ends) == 2 else []


def _names_each(column: Column) -> bool:
    return len(column.counts) > ENDS * column.texts.notna().sum() > 0


def tells_by_days(column: Column, days: Sequence[Column]) -> bool:
    """Return whether some of the few values of a column always have a day, and the others never: they may be ends."""
    if not _may_be_a_stage(column):
        return False
    for day in days:
        filled = day.texts.notna().to_numpy()
        share = [float(filled[(column.texts == value).to_numpy()].mean()) for value in column.values]
        share += [float(filled[column.texts.isna().to_numpy()].mean())] if column.filled < 1 else []
        if max(share) > ENDS and min(share) < 1 - ENDS and not any(1 - ENDS < each < ENDS for each in share):
            return True
    return False
