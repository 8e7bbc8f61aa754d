"""How a step of the ladder closes: its rate with an interval, and whether the steps close in order."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from features.records.history import Floats
from features.settings.ladder import STEPS, Step

CONFIDENCE = 0.9
Verdict = Literal["in order", "wrong", "cannot tell yet"]


@dataclass(frozen=True)
class StepCloseRate:
    """How the leads close that stand on a step; shares from 0 to 1.

    Attributes
    ----------
    leads
        How many different leads stood there and have matured; `won` counts each by the share of its moments that were won.
    rate, low, high
        Share won within the horizon with a 90 % interval (Jeffreys); None without leads.
    """

    step: Step
    leads: int
    won: float
    rate: float | None
    low: float | None
    high: float | None

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def step_rates(step: NDArray[np.int8], lead: NDArray[np.integer], won: NDArray[np.bool_]) -> tuple[StepCloseRate, ...]:
    """Return how each step closes, of matured moments (n,); on a step, every lead weighs the same.

    Source of the interval: Brown, Cai & DasGupta 2001, "Interval estimation for a binomial proportion".

    Examples
    --------
    >>> rates = step_rates(np.array([0, 3, 3]), np.array([0, 1, 2]), np.array([False, True, False]))
    >>> [rate.rate for rate in rates]
    [0.0, None, None, 0.5]
    """
    return tuple(_rate(name, lead[step == code], won[step == code]) for code, name in enumerate(STEPS))


def jeffreys_interval(won: float, leads: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the interval of Jeffreys for a share of `leads`, of which `won` may be a fraction."""
    tail = (1 - confidence) / 2
    low, high = (scipy.stats.beta.ppf(share, won + 0.5, leads - won + 0.5) for share in (tail, 1 - tail))
    return (0.0 if won == 0 else float(low), 1.0 if won == leads else float(high))


def order_verdict(rates: Sequence[StepCloseRate]) -> tuple[Verdict, str]:
    """Say whether higher steps close better, and in words which do not.

    Two steps that follow each other are *wrong* where the higher one closes worse beyond doubt, and cannot be told apart where their
    intervals overlap.
    """
    known = [rate for rate in rates if rate.leads]
    unclear = []
    for below, above in pairwise(known):
        if _figure(above.high) < _figure(below.low):
            told = f"{above.step}s close worse ({100 * _figure(above.rate):.0f} %)"
            than = f"leads on the step {below.step!r} below ({100 * _figure(below.rate):.0f} %)"
            return "wrong", f"The ladder is wrong: {told} than {than}. Correct its rules under [ladder]."
        if _figure(above.low) <= _figure(below.high):
            unclear.append(f"{below.step} and {above.step}")
    if unclear or len(known) < 2:
        told = f"too few leads tell {', '.join(unclear)} apart" if unclear else "leads stand on one step alone"
        return "cannot tell yet", f"Whether the steps close in order cannot be told yet: {told}."
    return "in order", "Each step closes better than the one below it."


def goal_verdict(rates: Sequence[StepCloseRate], goal: tuple[float, float]) -> str:
    """Say how prospects close against the goal for them."""
    prospects = rates[-1]
    if not prospects.leads:
        return "No lead that has matured was a prospect."
    rate, low, high = (100 * _figure(figure) for figure in (prospects.rate, prospects.low, prospects.high))
    if prospects.high is not None and prospects.high < goal[0]:
        said = "under the goal: who is called a prospect is no prospect, or prospects are not closed"
    elif prospects.low is not None and prospects.low > goal[1]:
        said = "over the goal: the rules may be stricter than they need be"
    else:
        said = "as the goal has it, as far as can be told"
    return f"Prospects close at {rate:.0f} % ({low:.0f} to {high:.0f}), goal {100 * goal[0]:.0f} to {100 * goal[1]:.0f}: {said}."


def _rate(step: Step, lead: NDArray[np.integer], won: NDArray[np.bool_]) -> StepCloseRate:
    if not len(lead):
        return StepCloseRate(step, 0, 0.0, None, None, None)
    _, of = np.unique(lead, return_inverse=True)
    shares: Floats = np.bincount(of, won) / np.bincount(of)
    total = float(shares.sum())
    low, high = jeffreys_interval(total, len(shares))
    return StepCloseRate(step, len(shares), total, total / len(shares), low, high)


def _figure(value: float | None) -> float:
    return float("nan") if value is None else value
