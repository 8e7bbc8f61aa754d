"""The course of shifts: what was believed of all leads and of each channel value, from update to update."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.matrix.track_record import Counts
from features.records.clock import DAY
from features.records.history import Floats, History, Moments
from models.close.level.cohorts import Cohorts
from models.close.level.level_shift import LEVELS, Shifts, groups, insured, levels
from models.close.level.trust import Judged, shares

MONDAY = 4
"""1970-01-01 was a Thursday: days since then that leave this rest by 7 are Mondays."""


@dataclass(frozen=True)
class ShiftCourse:
    """Shifts at updates, in log-odds.

    Attributes
    ----------
    days
        Days (u,) since 1970-01-01 UTC from whose start on each update holds, until the next.
    values
        The group of each value of the channel.
    level, share
        The level, quick and steady (u, 2), and what share of each is applied (u, 2).
    group
        What each group is off by beside it (u, g).
    """

    days: Counts
    values: Mapping[str | None, int]
    level: Floats
    share: Floats
    group: Floats

    @classmethod
    def none(cls) -> "ShiftCourse":
        """Return the course of an offset that has not been looked at."""
        return cls(np.zeros(0, np.int64), {}, np.zeros((0, LEVELS)), np.zeros((0, LEVELS)), np.zeros((0, 0)))

    @classmethod
    def follow(cls, cohorts: Cohorts, since: int, until: int, share: Floats | None = None) -> "ShiftCourse":
        """Look at cohorts at the start of each day from that of `since` to that of `until`, in microseconds UTC.

        Groups are insured against a fall, and looked at on the first day and on Mondays: what a source does lasts, and outcomes are recorded
        by a weekly rhythm. The level is what they leave.

        Parameters
        ----------
        share
            The share (2,) of each level that is applied at first: on Mondays it is judged again by what became of the leads since. None to apply none.
        """
        days = np.arange(since // DAY, until // DAY + 1)
        level, group = np.zeros((len(days), LEVELS)), np.zeros((len(days), len(cohorts.values)))
        applied = np.tile(np.zeros(LEVELS) if share is None else share, (len(days), 1))
        for row, day in enumerate(days.tolist()):
            if cohorts.values != (None,) and (row == 0 or day % 7 == MONDAY):
                present, wins = cohorts.by_group(day * DAY)
                group[row:] = 0.0
                group[row:, present] = insured(groups(wins))
            level[row] = levels(cohorts.together(day * DAY, group[row]))
            if share is not None and row and day % 7 == MONDAY:
                applied[row:] = _judged_again(cohorts, days[: row + 1] * DAY, level, group, share)
        return cls(days, {value: place for place, value in enumerate(cohorts.values)}, level, applied, group)

    def at(self, history: History, moments: Moments, channel: str | None) -> Shifts:
        """Return the shifts at moments (n,); they are 0 before the first update and for unknown values."""
        row = np.searchsorted(self.days, moments.as_of // DAY, side="right") - 1
        begun = row >= 0
        level, share, group = (
            np.zeros((len(moments), LEVELS)),
            np.zeros((len(moments), LEVELS)),
            np.zeros(len(moments)),
        )
        level[begun], share[begun] = self.level[row[begun]], self.share[row[begun]]
        if channel and self.values:
            lead, place = np.unique(moments.lead, return_inverse=True)
            known = [self.values.get(value, -1) for value in history.leads.channels[channel][lead]]
            own = np.array(known, np.int64)[place]
            begun &= own >= 0
            group[begun] = self.group[row[begun], own[begun]]
        return Shifts(level, share, group)

    def to_json(self) -> dict[str, Any]:
        """Return the course as plain values."""
        return {
            "days": self.days.tolist(),
            "values": list(self.values),
            "level": self.level.tolist(),
            "share": self.share.tolist(),
            "group": self.group.tolist(),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "ShiftCourse":
        """Read what `to_json` wrote."""
        days = np.array(content["days"], np.int64)
        values = {value: group for group, value in enumerate(content["values"])}
        level, share = (np.array(content[name], np.float64).reshape(len(days), LEVELS) for name in ("level", "share"))
        return cls(days, values, level, share, np.array(content["group"], np.float64).reshape(len(days), len(values)))


def _judged_again(cohorts: Cohorts, updates: NDArray[np.int64], level: Floats, group: Floats, share: Floats) -> Floats:
    """Return the share (2,) of each level by what became of the leads that were scored since the first of some updates (u,), until the last."""
    rows, y = cohorts.matured(int(updates[0]), int(updates[-1]))
    if not len(rows):
        return share
    as_of = cohorts.moments.as_of[rows]
    update = np.searchsorted(updates, as_of, side="right") - 1
    still = cohorts.margin[rows] + group[update, cohorts.group[rows]]
    again, _ = shares(Judged(still, level[update], y, as_of // (7 * DAY)), share)
    return again
