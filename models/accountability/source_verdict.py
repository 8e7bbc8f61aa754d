"""The verdict on one value of a channel: how it closes now against before."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

Verdict = Literal["alarm", "watch", "steady", "cannot tell yet"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""In the order of a report."""


@dataclass(frozen=True)
class SourceVerdict:
    """One value of a channel, now against before.

    Attributes
    ----------
    value
        None stands for leads that do not say it.
    verdict
        Only what closes worse than before is not steady.
    days
        The window of "now": the one in which a fall shows most clearly or, of a steady source, the shortest that would show one.
    leads, won
        Created in the window, and won so far.
    expected
        Wins that there would be by now at the close rate of before; NaN without a before.
    close_rate, close_rate_before
        Wins over exposure, so that immature leads count in part.
    ratio, low, high
        Of the close rates, now over before, with its 90 % interval.
    false_discovery_rate
        If all sources were called that are as suspicious as this one, the share of them that luck alone would explain.
    power
        Probability with which a fall as the settings ask for shows in this window.
    leads_a_quarter
        How many leads it brings, over the longest window.
    shows_after_months
        How long after its start such a fall shows; None if it shows in none of the windows, or there is no before.
    """

    channel: str
    value: str | None
    verdict: Verdict
    days: int
    leads: int
    won: int
    expected: float
    close_rate: float
    close_rate_before: float
    ratio: float
    low: float
    high: float
    false_discovery_rate: float
    power: float
    leads_a_quarter: float
    shows_after_months: int | None

    @property
    def wins_lost(self) -> float:
        """Wins that are missing against the close rate of before, 0 if nobody knows; negative if there are more."""
        return 0.0 if np.isnan(self.expected) else self.expected - self.won
