"""Does the model put the leads that are won first? Figures of the order alone, (r,) for r replicates."""

import numpy as np

from features.records.history import Floats
from training.metrics.totals import Totals


def roc_auc(totals: Totals) -> Floats:
    """Return the probability that a lead that was won ranks above one that was not; .5 is no better than chance.

    Ties count one half; NaN where all or none were won.
    """
    lost = totals.band_leads - totals.band_won
    below = np.cumsum(lost, axis=0) - lost / 2
    return _ratio((totals.band_won * below).sum(axis=0), totals.band_won.sum(axis=0) * lost.sum(axis=0))


def pr_auc(totals: Totals) -> Floats:
    """Return the average precision over all shares of the wins; the base rate is no better than chance.

    NaN where all or none were won.
    """
    won = totals.band_won[::-1]
    called = np.cumsum(totals.band_leads[::-1], axis=0)
    precision = np.cumsum(won, axis=0) / np.where(called > 0, called, 1.0)
    both = (totals.won > 0) & (totals.won < totals.leads)
    return np.where(both, _ratio((won * precision).sum(axis=0), won.sum(axis=0)), np.nan)


def share_of_wins(totals: Totals, top: float) -> Floats:
    """Return the share of all wins among the top share of leads; `top` is no better than chance.

    Leads of one probability are called in random order. NaN where none were won.
    """
    leads, won = totals.band_leads[::-1], totals.band_won[::-1]
    capacity = top * leads.sum(axis=0)
    room = np.clip(capacity - (np.cumsum(leads, axis=0) - leads), 0.0, leads)
    found = (won * room / np.where(leads > 0, leads, 1.0)).sum(axis=0)
    return _ratio(found, won.sum(axis=0))


def net_benefit(totals: Totals, thresholds: Floats) -> Floats:
    """Return the net benefit (t, r) of calling the leads whose probability reaches each threshold, in wins per lead.

    A threshold of 10 % says that one win is worth nine calls in vain. Calling nobody gains 0; the model should gain more than that
    and more than calling everybody.

    Source: Vickers & Elkin 2006, "Decision curve analysis".
    """
    price = (thresholds / (1 - thresholds))[:, None]
    return (totals.called_won - price * (totals.called - totals.called_won)) / totals.leads


def net_benefit_of_all(totals: Totals, thresholds: Floats) -> Floats:
    """Return the net benefit (t, r) of calling everybody, in wins per lead."""
    price = (thresholds / (1 - thresholds))[:, None]
    return totals.base_rate - price * (1 - totals.base_rate)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)
