"""A figure with its interval, or the count that says why there is none."""

from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from features.records.history import Floats
from models.close.reasons.wording import counted
from training.metrics.trial import Trial

NEEDED = {
    "log_loss": 10,
    "brier": 10,
    "observed_over_expected": 10,
    "slope": 50,
    "intercept": 50,
    "recalibration_gain": 50,
}
NEEDED_ELSE = 20
"""Leads won, and leads not won, that a figure needs to be told; a slope needs most, a ranking more than a mean.

Fifty are half of the 100 that Vergouwe et al. 2005 ask for to validate a model; the interval tells the rest.
"""
MIN_DEFINED = 0.9
"""An interval is told if the figure is defined in this share of the replicates."""


@dataclass(frozen=True)
class Estimate:
    """A number with its interval; NaN where it cannot be told."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float | None]:
        """Return plain values."""
        return {name: number_or_none(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Figure:
    """One figure of a model, or of two.

    Attributes
    ----------
    value, low, high
        The figure and its interval; NaN where it is not defined or not supported.
    won, not_won
        Leads behind it.
    needed
        How many of both it takes.
    """

    value: float
    low: float
    high: float
    won: int
    not_won: int
    needed: int

    @property
    def supported(self) -> bool:
        """Whether enough outcomes stand behind the figure."""
        return min(self.won, self.not_won) >= self.needed

    @property
    def behind(self) -> str:
        """Say how many leads stand behind it, and how many it takes."""
        return counts_behind(self.won, self.not_won, self.needed)

    def to_json(self) -> dict[str, float | int | bool | None]:
        """Return the figure as plain values, None where it is not told."""
        told = {"value": self.value, "low": self.low, "high": self.high}
        counts = {"won": self.won, "not_won": self.not_won, "needed": self.needed}
        return {**{name: number_or_none(value) for name, value in told.items()}, "supported": self.supported, **counts}

    def __str__(self) -> str:
        """Return the figure as people read it.

        Examples
        --------
        >>> str(Figure(0.31234, 0.3, 0.325, 40, 200, 10)), str(Figure(np.nan, np.nan, np.nan, 3, 200, 10))
        ('0.3123 (0.3000 to 0.3250)', 'not supported: 3 leads won and 200 not, 10 of each needed')
        """
        if not self.supported:
            return f"not supported: {self.behind}"
        if np.isnan(self.value):
            return "not defined"
        return f"{self.value:.4f}" + ("" if np.isnan(self.low) else f" ({self.low:.4f} to {self.high:.4f})")


LEAST_DIFFERENCE = 1e-9
"""Models whose losses differ by less say the same: the rest is how numbers are rounded."""

Verdict = Literal["better", "worse", "no clear difference", "cannot tell"]
"""What a difference in loss says of a model beside another."""


def counts_behind(won: int, not_won: int, needed: int) -> str:
    """Say how many leads stand behind a figure, and how many it takes.

    Examples
    --------
    >>> counts_behind(1, 200, 10)
    '1 lead won and 200 not, 10 of each needed'
    """
    return f"{counted(won, 'lead', 'leads')} won and {not_won:,} not, {needed} of each needed"


def verdict(less: Figure) -> Verdict:
    """Return what a model's loss less another's says: the one test by which every surface tells whether it is better.

    Examples
    --------
    >>> verdict(Figure(-0.02, -0.03, -0.01, 40, 200, 10)), verdict(Figure(-0.02, -0.05, 0.01, 40, 200, 10))
    ('better', 'no clear difference')
    >>> verdict(Figure(0.02, 0.01, 0.03, 40, 200, 10)), verdict(Figure(np.nan, np.nan, np.nan, 3, 200, 10))
    ('worse', 'cannot tell')
    >>> verdict(Figure(-1e-17, -2e-17, -1e-18, 40, 200, 10))
    'no clear difference'
    """
    if not less.supported or np.isnan(less.low) or np.isnan(less.high):
        return "cannot tell"
    if less.high < -LEAST_DIFFERENCE:
        return "better"
    return "worse" if less.low > LEAST_DIFFERENCE else "no clear difference"


def verdict_of_more(more: Figure) -> Verdict:
    """Return what is said of a model by how much more of something good it has than another.

    Examples
    --------
    >>> verdict_of_more(Figure(0.03, 0.01, 0.05, 40, 200, 10)), verdict_of_more(Figure(0.03, -0.01, 0.07, 40, 200, 10))
    ('better', 'no clear difference')
    """
    return verdict(Figure(-more.value, -more.high, -more.low, more.won, more.not_won, more.needed))


def needed_for(name: str) -> int:
    """Return how many leads won, and how many not won, it takes to tell a figure."""
    return NEEDED.get(name, NEEDED_ELSE)


def figure(name: str, value: float, replicates: Floats, trial: Trial, level: float) -> Figure:
    """Return a figure with the percentile interval of its replicates (r,), if enough leads stand behind it."""
    needed = needed_for(name)
    won = trial.won
    not_won = trial.leads - won
    if min(won, not_won) < needed:
        return Figure(np.nan, np.nan, np.nan, won, not_won, needed)
    return Figure(value, *interval(replicates, level), won, not_won, needed)


def interval(replicates: Floats, level: float) -> tuple[float, float]:
    """Return the percentile interval of replicates (r,); NaN if the figure is not defined in too many of them.

    Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.
    """
    defined = replicates[np.isfinite(replicates)]
    if len(defined) < MIN_DEFINED * len(replicates):
        return np.nan, np.nan
    low, high = np.quantile(defined, ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)


def number_or_none(number: float) -> float | None:
    """Return a number as JSON holds it: None where there is none."""
    return number if np.isfinite(number) else None
