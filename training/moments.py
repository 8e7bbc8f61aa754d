"""When a lead is scored and what became of it: moments, labels and weights, as known at a cut-off.

The only code that looks forward from a moment. A label is `won within the horizon`. It is *determined* once the lead was
closed or the horizon has passed, and *matured* once the horizon has passed; an open lead is undetermined until then. Nothing
recorded after the cut-off is used.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY, Microseconds, duration
from features.history import Floats, History, Moments


@dataclass(frozen=True)
class Labels:
    """What became of moments as known at a cut-off, n rows.

    Attributes
    ----------
    won
        Won within the horizon after the moment, as far as is known.
    determined, matured
        Whether `won` can no longer change; whether the horizon has passed.
    over
        Whether the lead had closed before the moment, though that was recorded later: there was nothing left to win.
    determined_after
        Microseconds from the moment until its label was determined: until its outcome was recorded, at most the
        horizon with settling; of an undetermined one, until the cut-off.
    """

    won: NDArray[np.bool_]
    determined: NDArray[np.bool_]
    matured: NDArray[np.bool_]
    over: NDArray[np.bool_]
    determined_after: Microseconds

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Labels":
        """Return the labels at these positions."""
        return Labels(
            self.won[rows], self.determined[rows], self.matured[rows], self.over[rows], self.determined_after[rows]
        )


def moments_at_ages(history: History, ages_days: tuple[int, ...], cutoff: int) -> Moments:
    """Return the moments up to a cut-off: each lead at its creation and at set ages while no outcome was recorded."""
    leads = len(history.leads)
    closed_at = np.full(leads, np.iinfo(np.int64).max)
    np.minimum.at(closed_at, history.outcomes.lead, history.outcomes.recorded_at)
    as_of = history.leads.created_at[:, None] + np.array(ages_days, np.int64) * DAY
    lead, age = np.nonzero(((as_of < closed_at[:, None]) | (np.array(ages_days) == 0)) & (as_of <= cutoff))
    return Moments(lead.astype(np.int32), as_of[lead, age])


def labels_known_at(history: History, moments: Moments, cutoff: int, settling_days: int = 0) -> Labels:
    """Return what was known at a cut-off about what became of moments."""
    final = history.outcomes.take(history.outcomes.recorded_at <= cutoff).last_of_each_lead()
    row = np.full(len(history.leads), -1)
    row[final.lead] = np.arange(len(final))
    outcome = row[moments.lead]
    closed = outcome >= 0
    horizon = duration(history.schema.horizon)
    whole = horizon + settling_days * DAY
    matured = moments.as_of + whole <= cutoff
    if not len(final):
        no = np.zeros(len(moments), np.bool_)
        return Labels(no, matured, matured, no, np.minimum(cutoff - moments.as_of, whole))
    ended = final.take(np.maximum(outcome, 0))
    won = closed & ended.won & (ended.closed_at <= moments.as_of + horizon)
    until_recorded = np.maximum(ended.recorded_at - moments.as_of, 0)
    determined_after = np.where(closed, np.minimum(until_recorded, whole), whole)
    over = closed & (ended.closed_at < moments.as_of)
    return Labels(
        won & ~over,
        closed | matured,
        matured,
        over,
        np.where(closed | matured, determined_after, cutoff - moments.as_of),
    )


def lead_weights(moments: Moments) -> Floats:
    """Return weights (n,) under which every lead weighs 1 in total, however many moments it has."""
    return 1.0 / np.bincount(moments.lead)[moments.lead] if len(moments) else np.empty(0)


@dataclass(frozen=True)
class Weights:
    """Weights (n,) of moments in training, and the share of determined moments whose weight was cut to the limit."""

    weight: Floats
    clipped: float


def training_weights(moments: Moments, labels: Labels, cutoff: int, most_weight: float) -> Weights:
    """Return lead weights times the inverse probability of being determined by the cut-off; 0 if undetermined.

    A moment whose label took u to be determined would have been seen only if at least u had passed since; the share of
    moments for which so much has passed is that probability. This assumes that leads of all cohorts close alike; where the recent ones
    close faster or slower, the weights follow only as the cohorts mature. Training on closed leads alone would over-predict, as
    wins close first.

    Source: inverse probability of censoring weights, Robins & Finkelstein 2000; Graf et al. 1999.
    """
    weight = lead_weights(moments)
    elapsed = np.sort(cutoff - moments.as_of)
    order = np.argsort(cutoff - moments.as_of)
    at_least = np.cumsum(weight[order][::-1])[::-1]
    position = np.minimum(np.searchsorted(elapsed, labels.determined_after, side="left"), max(len(elapsed) - 1, 0))
    share = at_least[position] / at_least[0] if len(elapsed) else np.empty(0)
    inverse = 1.0 / share
    clipped = float(np.mean(inverse[labels.determined] > most_weight)) if labels.determined.any() else 0.0
    return Weights(np.where(labels.determined, weight * np.minimum(inverse, most_weight), 0.0), clipped)


def open_leads(history: History) -> Moments:
    """Return the leads without an outcome, as of the end of the history."""
    lead = np.setdiff1d(np.arange(len(history.leads), dtype=np.int32), history.outcomes.lead)
    return Moments(lead, np.full(len(lead), history.known_until, np.int64))
