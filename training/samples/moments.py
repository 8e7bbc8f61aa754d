"""Weights of moments in training, as known at a cut-off; what became of moments is told by `models.close.labels`."""

import numpy as np

from features.records.history import Floats, History, Moments
from models.close.labels import Labels, labels_known_at, moments_at_ages

__all__ = ["Labels", "labels_known_at", "moment_weights", "moments_at_ages", "open_leads"]


def moment_weights(moments: Moments, drawn: int | None = None) -> Floats:
    """Return weights (n,): each moment weighs the same, and all together as much as there are leads.

    Of moments of which so many are `drawn`, it is those that weigh as much as there are leads among all.

    A lead that ends soon has few moments. If each lead weighed the same, its first moments would weigh the more the sooner it
    ended, which nobody knew then; where losses come first, the first score of all leads would be too low.

    Examples
    --------
    >>> moment_weights(Moments(np.array([0, 0, 0, 1], np.int32), np.arange(4))).tolist()  # 2 leads, 4 moments
    [0.5, 0.5, 0.5, 0.5]
    >>> moment_weights(Moments(np.array([0, 0, 0, 1], np.int32), np.arange(4)), drawn=2).tolist()
    [1.0, 1.0]
    """
    count = len(moments) if drawn is None else drawn
    return np.full(count, len(np.unique(moments.lead)) / max(count, 1))


def open_leads(history: History) -> Moments:
    """Return the leads without an outcome, as of the end of the history; of one that nobody follows any more, nobody knows that it is open."""
    every = np.arange(len(history.leads), dtype=np.int32)
    followed = every[history.followed(every, history.known_until) == history.known_until]
    lead = np.setdiff1d(followed, history.outcomes.lead)
    return Moments(lead, np.full(len(lead), history.known_until, np.int64))
