"""Calibration by group: wins over expected wins for each channel value, quarter or band of scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from features.records.history import Floats, Strings
from training.metrics.figure import interval, number_or_none
from training.metrics.scores import share_name
from training.metrics.totals import LeadSums
from training.metrics.trial import Trial

NEEDED_WINS = 5.0
"""Wins, or expected wins, that a group needs for its ratio to be told."""
RESAMPLED_WINS = 10.0
"""From so many wins on the interval is that of the bootstrap; fewer resample into too narrow a one, and none into a point."""


@dataclass(frozen=True)
class GroupFigure:
    """Wins against expected wins of a group.

    Attributes
    ----------
    leads, won, expected
        Sums of weights, which count leads: a group with half of all moments counts half of the leads.
    value, low, high
        Won over expected: 1 is right, below 1 promises too much. NaN where it is not supported.
    """

    name: str
    leads: float
    won: float
    expected: float
    value: float
    low: float
    high: float

    @property
    def supported(self) -> bool:
        """Whether enough outcomes, or enough that should have been, stand behind the ratio."""
        return is_supported(self.won, self.expected)

    def to_json(self) -> dict[str, Any]:
        """Return the figure as plain values, None where it is not told."""
        told = {"observed_over_expected": self.value, "low": self.low, "high": self.high}
        counts = {"leads": self.leads, "won": self.won, "expected": self.expected}
        ratio = {name: number_or_none(number) for name, number in told.items()}
        return {"name": self.name, **counts, **ratio, "supported": self.supported, "needed": NEEDED_WINS}


def is_supported(won: float, expected: float) -> bool:
    """Return whether wins over expected wins can be told."""
    return expected > 0 and max(won, expected) >= NEEDED_WINS


class Grouping:
    """Sums a model's wins and expected wins by group, for any counts of leads.

    Parameters
    ----------
    codes
        Group (n,) of each moment, from 0 on.
    names
        Names of the groups, by code.
    """

    def __init__(self, trial: Trial, probability: Floats, codes: NDArray[np.intp], names: Sequence[str]) -> None:
        self.names = tuple(names)
        values = (trial.weight, trial.weight * trial.y, trial.weight * probability)
        self._sums = [LeadSums(trial, codes, value, len(names)) for value in values]

    def ratio(self, counts: Floats) -> Floats:
        """Return won over expected, (groups, replicates), where each lead counts so often; NaN where nothing is expected."""
        won, expected = (sums.total(counts) for sums in self._sums[1:])
        return np.where(expected > 0, won / np.where(expected > 0, expected, 1.0), np.nan)

    def figures(self, replicates: Floats, level: float) -> tuple[GroupFigure, ...]:
        """Return the figure of each group from its replicates (groups, r)."""
        sums = np.concatenate([some.total() for some in self._sums], axis=1).tolist()
        return tuple(
            _figure(name, leads, won, expected, ratios, level)
            for name, (leads, won, expected), ratios in zip(self.names, sums, replicates, strict=True)
            if leads > 0
        )


def by_name(trial: Trial, probability: Floats, names: Strings) -> Grouping:
    """Group moments by the name (n,) of what they belong to."""
    distinct, codes = np.unique(names.astype(str), return_inverse=True)
    return Grouping(trial, probability, codes, distinct.tolist())


def by_score(trial: Trial, probability: Floats, edges: Sequence[float]) -> Grouping:
    """Group moments by their probability, between edges; a band holds its lower edge."""
    limits = [share_name(edge) for edge in (0.0, *edges, 1.0)]
    names = [f"{low}-{high} %" for low, high in pairwise(limits)]
    return Grouping(trial, probability, np.searchsorted(np.array(edges), probability, side="right"), names)


def exact_interval(won: float, expected: float, level: float) -> tuple[float, float]:
    """Return the interval of won over expected wins where wins are few: that of a Poisson count.

    Source: Garwood 1936, "Fiducial limits for the Poisson distribution".

    Examples
    --------
    >>> low, high = exact_interval(0.0, 10.0, 0.95)
    >>> low, round(high, 3)  # 10 × .3 were expected at most: -log(.025) = 3.689
    (0.0, 0.369)
    """
    low = scipy.stats.gamma.ppf((1 - level) / 2, won) if won > 0 else 0.0
    return float(low) / expected, float(scipy.stats.gamma.ppf((1 + level) / 2, won + 1)) / expected


def _figure(name: str, leads: float, won: float, expected: float, replicates: Floats, level: float) -> GroupFigure:
    if not is_supported(won, expected):
        return GroupFigure(name, leads, won, expected, np.nan, np.nan, np.nan)
    resampled = won >= RESAMPLED_WINS
    low, high = interval(replicates, level) if resampled else exact_interval(won, expected, level)
    return GroupFigure(name, leads, won, expected, won / expected, low, high)
