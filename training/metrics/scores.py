"""The figures of one model, by name: proper scores, ranking, calibration and use."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.records.history import Floats
from training.metrics.figure import needed_for
from training.metrics.ranking import net_benefit, pr_auc, roc_auc, share_of_wins
from training.metrics.recalibration import intercept, recalibration_gain, slope
from training.metrics.settings import JudgingSettings
from training.metrics.totals import Totals, totals
from training.metrics.trial import Trial

HEADLINE = ("log_loss", "brier", "roc_auc", "pr_auc", "observed_over_expected")
"""The figures that every training and backtest prints."""
Figures = Mapping[str, Floats]
"""Figures by name, (r,) each for r replicates; NaN where one is not defined."""


@dataclass(frozen=True)
class Metrics:
    """Figures of probabilities on later matured moments.

    Attributes
    ----------
    log_loss, brier
        Lower is better.
    roc_auc, pr_auc
        Higher is better; NaN where all or none were won.
    observed_over_expected
        Wins over the sum of probabilities: 1 is right, below 1 promises too much.
    n, won
        Moments, and how many of them were won.
    leads_won, leads_not_won
        Leads that were won after at least one of the moments, and the others.
    """

    log_loss: float
    brier: float
    roc_auc: float
    pr_auc: float
    observed_over_expected: float
    n: int
    won: int
    leads_won: int
    leads_not_won: int

    def supported(self) -> dict[str, float | None]:
        """Return the figures by name, None where too few leads stand behind one, or it is not defined."""
        short = self.not_supported()
        figures = {name: getattr(self, name) for name in HEADLINE}
        return {name: None if name in short or np.isnan(figure) else figure for name, figure in figures.items()}

    def not_supported(self) -> dict[str, int]:
        """Return by name how many leads won, and not won, a figure needs that cannot be told."""
        return {
            name: needed_for(name) for name in HEADLINE if min(self.leads_won, self.leads_not_won) < needed_for(name)
        }

    def to_json(self) -> dict[str, Any]:
        """Return the supported figures and the counts by name, and how many leads it takes to tell the others."""
        counts = {name: count for name, count in asdict(self).items() if name not in HEADLINE}
        return {**self.supported(), **counts, "not_supported": self.not_supported()}


def measure(y: Floats, probability: Floats, sample_weight: Floats, lead: NDArray[np.integer] | None = None) -> Metrics:
    """Measure probabilities (n,) against what happened (n,), with weights (n,).

    Parameters
    ----------
    lead
        Whose moment each is (n,); without it, each is of a lead of its own.

    Raises
    ------
    ValueError
        If there is no moment to measure on.
    """
    trial = Trial.of(y, sample_weight, lead)
    of_all = headline(totals(trial, probability))
    return Metrics(
        **{name: float(figure[0]) for name, figure in of_all.items()},
        n=len(y),
        won=int(np.count_nonzero(y)),
        leads_won=trial.won,
        leads_not_won=trial.leads - trial.won,
    )


def headline(sums: Totals) -> Figures:
    """Return the figures of `Metrics`."""
    return {
        "log_loss": sums.log_loss / sums.leads,
        "brier": sums.brier / sums.leads,
        "roc_auc": roc_auc(sums),
        "pr_auc": pr_auc(sums),
        "observed_over_expected": sums.won / np.where(sums.expected > 0, sums.expected, np.nan),
    }


def figures(sums: Totals, settings: JudgingSettings) -> Figures:
    """Return every figure of a model; the totals must have been taken with the thresholds of the settings."""
    shares = {top: share_of_wins(sums, top) for top in settings.top_shares}
    benefits = net_benefit(sums, np.array(settings.thresholds))
    return {
        **headline(sums),
        "slope": slope(sums),
        "intercept": intercept(sums),
        "recalibration_gain": recalibration_gain(sums),
        **{f"share_of_wins_top_{share_name(top)}": share for top, share in shares.items()},
        **{f"lift_top_{share_name(top)}": share / top for top, share in shares.items()},
        **{
            f"net_benefit_at_{share_name(at)}": benefit
            for at, benefit in zip(settings.thresholds, benefits, strict=True)
        },
    }


def share_name(share: float) -> str:
    """Return a share as it stands in the name of a figure.

    Examples
    --------
    >>> share_name(0.1), share_name(0.025)
    ('10', '2.5')
    """
    return f"{100 * share:g}"
