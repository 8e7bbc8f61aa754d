"""What tells how the rows of a table ended: conditions on its columns, the signs among them, and a reading made of some."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from features.records.clock import DAY, NEVER, Microseconds
from features.scaffold.sheets import Column, Sheet
from features.scaffold.words import CHANGED, COLUMNS, EXPECTED, LOST, WON, says

States: TypeAlias = NDArray[np.int8]
Mask: TypeAlias = NDArray[np.bool_]
Kind: TypeAlias = Literal["words", "flag", "day", "closed", "no", "guess", "amount", "rest", "told"]

OPEN, LOST_ROW, WON_ROW = -1, 0, 1
MAX_STATES = 60
"""A column of stages has no more different values than this."""
MAX_CODES = 12
"""Nor does a column of numbered states have more than this."""
STATE = "stage status state phase stufe statut etape estado etapa stato fase stadium стадия статус"
"""Words of the state that a lead is in."""
ENDS = 0.95
"""Share of rows from which it counts as all of them."""


AHEAD = (0.02, 0.05)
"""Shares of days that lie after all that is known to have happened: so few of what happened, more than so many of plans."""


def ahead(days: Microseconds, latest: int) -> float:
    """Return the share of days that lie more than a day after the latest time (microseconds) at which something is known to have happened."""
    known = days[days != NEVER]
    return float((known > latest + DAY).mean()) if len(known) else 0.0


def is_to_come(sheet: Sheet, days: Microseconds) -> bool:
    """Return whether more days than a few by mistake are still to come: they are planned, and no record of anything."""
    return sheet.until is not None and ahead(days, sheet.until) > AHEAD[0]


def ends_alone(filled: Mask, won: Mask, lost: Mask) -> bool:
    """Return whether what is filled in is so for most rows of either end, and for hardly any other, of which there are some."""
    rest = ~(won | lost)
    if rest.sum() < FEWEST_OPEN or not won.any() or not lost.any():
        return False
    return bool(min(filled[won].mean(), filled[lost].mean()) > 0.5 and filled[rest].mean() <= 1 - ENDS)


FEWEST_OPEN = 5
"""So many rows must not have ended, to tell what only those have which did."""


def is_change(column: Column) -> bool:
    """Return whether a column of times is written over and over, as a change is: never ahead of the export."""
    return bool(says(column.name, CHANGED) and not says(column.name, EXPECTED))


FEW_BEFORE = 0.05
"""Share of closes that may lie before the creation, by what was entered later; more do where one of both days is another."""


def before(closed: Microseconds, created: Microseconds) -> float:
    """Return the share of closes that lie more than a day before the creation."""
    known = (closed != NEVER) & (created != NEVER)
    return float((closed < created - DAY)[known].mean()) if known.any() else 0.0


def _follows(days: Microseconds, created: Microseconds) -> bool:
    known = (days != NEVER) & (created != NEVER)
    return bool(known.any() and (days > created - DAY)[known].mean() > ENDS)


@dataclass(frozen=True, eq=False)
class Condition:
    """Rows in which a column has one of some values, or, without values, is filled in.

    `positive` says whether an amount must be above zero.
    """

    column: Column
    kind: Kind
    values: tuple[str, ...] = ()
    positive: bool = False

    @cached_property
    def rows(self) -> Mask:
        """The rows in which it holds."""
        if self.positive:
            numbers = self.column.numbers
            return np.zeros(len(self.column.given), np.bool_) if numbers is None else (numbers > 0).to_numpy()
        if self.values:
            return self.column.texts.isin(self.values).to_numpy()
        return self.column.texts.notna().to_numpy()

    def __str__(self) -> str:
        if self.positive:
            return f"{self.column.name} above 0"
        shown = ", ".join(self.values[:4]) + (", ..." if len(self.values) > 4 else "")
        return f"{self.column.name} = {shown}" if self.values else f"{self.column.name} filled in"


@dataclass(frozen=True, eq=False)
class Reading:
    """One way to read how rows ended.

    Attributes
    ----------
    won, lost
        A row is lost if one of `lost` holds, and otherwise won if one of `won` does; without `lost`, every row that is not won is.
    closed
        The column of the day on which a lead ended; of two, the first that is filled in.
    points
        How much speaks for it.
    doubts
        What to ask about it.
    """

    won: tuple[Condition, ...]
    lost: tuple[Condition, ...]
    state: States
    closed: tuple[Column, ...] = ()
    points: float = 0.0
    doubts: tuple[str, ...] = ()

    @property
    def columns(self) -> list[Column]:
        """The columns that it reads."""
        return list(dict.fromkeys([*(each.column for each in (*self.won, *self.lost)), *self.closed]))

    @property
    def is_won(self) -> Mask:
        """Which rows are won."""
        rows: Mask = self.state == WON_ROW
        return rows

    @property
    def is_closed(self) -> Mask:
        """Which rows are won or lost."""
        rows: Mask = self.state != OPEN
        return rows

    @property
    def is_told(self) -> bool:
        """Whether somebody said what its values mean, so that nothing is to be asked."""
        return all(one.kind == "told" for one in (*self.won, *self.lost))

    def __str__(self) -> str:
        lost = " or ".join(map(str, self.lost)) or "not won"
        return f"won where {' or '.join(map(str, self.won))}, lost where {lost}"


@dataclass(frozen=True, eq=False)
class Signs:
    """The columns of a table that have something to do with how rows ended."""

    sheet: Sheet
    created: Column | None
    won: list[Condition] = field(default_factory=list)
    lost: list[Condition] = field(default_factory=list)
    closed: list[Condition] = field(default_factory=list)
    reasons: list[Condition] = field(default_factory=list)
    amounts: list[Condition] = field(default_factory=list)
    stages: list[Column] = field(default_factory=list)
    no_days: list[Column] = field(default_factory=list)

    @property
    def days(self) -> list[Column]:
        """Columns of times that may be the day of the close, the likeliest first."""
        times = [
            column
            for column in self.sheet.times_but(self.created, *self.no_days)
            if not says(column.name, EXPECTED) and not says(column.name, CHANGED)
        ]
        ends = {
            one.column
            for one in (*self.won, *self.lost)
            if one.kind == "day" or (one.kind == "guess" and not one.values)
        }
        told = [
            column
            for column in times
            if column in ends or says(column.name, COLUMNS["closed"] + WON + LOST) or self._is_of_ends(column)
        ]
        unplanned = [column for column in times if not self._is_planned(column)]
        unnamed = [column for column in unplanned if not says(column.name, COLUMNS["created"])]
        return told or unnamed or self.changes or unplanned

    @cached_property
    def latest(self) -> int:
        """The latest time (microseconds) of a creation, of a change, or of what other tables tell: an export was made no sooner."""
        changed = [column for column in self.sheet.times_but() if is_change(column)]
        times = [column.times for column in (self.created, *changed) if column is not None]
        return max([self.sheet.seen_until, *(int(of[of != NEVER].max(initial=0)) for of in times)])

    def _is_planned(self, column: Column) -> bool:
        """Return whether days lie ahead of all that happened, where those of another column, as full and after the creations, do not."""
        if self.created is None or ahead(column.times, self.latest) <= AHEAD[1] or self._is_of_ends(column):
            return False
        rivals = [day for day in self.sheet.times_but(self.created, column) if day.filled >= column.filled]
        return any(
            ahead(day.times, self.latest) <= AHEAD[0] and _follows(day.times, self.created.times) for day in rivals
        )

    def _is_of_ends(self, column: Column) -> bool:
        """Return whether rows of both ends have a day by words or flags, and hardly any other row: nobody plans for the lost alone."""
        told = ("words", "flag")
        won, lost = (
            np.any([one.rows for one in ends if one.kind in told] or [np.zeros(self.sheet.rows, np.bool_)], axis=0)
            for ends in (self.won, self.lost)
        )
        return ends_alone(column.texts.notna().to_numpy(), won & ~lost, lost)

    @property
    def changes(self) -> list[Column]:
        """Columns of the last change of a row, which for a closed one is its close if nothing came after: of the state before of all."""
        times = self.sheet.times_but(self.created, *self.no_days)
        changed = [column for column in times if is_change(column)]
        of_state = [column for column in changed if says(column.name, STATE)]
        return of_state or changed


def same_said(signs: Signs, reading: Reading) -> dict[Column, str]:
    """Return the columns that say once more what a reading says, with what the draft says of them."""
    told: dict[Column, str] = {}
    ends = ((signs.won, reading.is_won), (signs.lost, reading.state == LOST_ROW), (signs.closed, reading.is_closed))
    for conditions, rows in ends:
        for one in conditions:
            if one.kind not in ("guess", "rest") and one.rows.any() and rows[one.rows].mean() > ENDS:
                told[one.column] = "which says how a lead ended"
    return {column: why for column, why in told.items() if column not in reading.columns}
