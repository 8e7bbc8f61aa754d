"""Which past leads a model remembers, so that a rep can see what became of leads like the one at hand."""

import numpy as np
from numpy.typing import NDArray

from features.records.clock import DAY
from models.close.model import CloseModel
from models.close.reasons.similar import PastLeads, Standing, index, stand
from training.samples.dataset import Dataset
from training.samples.moments import labels_known_at
from training.settings import TrainingSettings


def remember(model: CloseModel, dataset: Dataset, settings: TrainingSettings) -> PastLeads:
    """Return the latest leads whose end is known, at most `settings.most_remembered`, as they stood at the ages of the training."""
    labels = labels_known_at(dataset.history, dataset.moments, dataset.history.known_until, settings.settling_days)
    age = (dataset.moments.as_of - dataset.history.leads.created_at[dataset.moments.lead]) // DAY
    settled = labels.determined & ~labels.over
    recorded_at = _last_recorded(dataset)
    remembered = _latest(dataset, settled, settings.most_remembered)
    standings = {}
    for each in settings.ages_days:
        rows = np.flatnonzero(settled & (age == each) & remembered[dataset.moments.lead])
        known_at = dataset.moments.as_of[rows] + labels.determined_after[rows]
        # A win that was recorded after its horizon had passed was taken for none until then.
        known_at = np.maximum(known_at, np.where(labels.won[rows], recorded_at[dataset.moments.lead[rows]], 0))
        standings[each] = _standing(model, dataset, rows, labels.won[rows], known_at)
    return index(model, standings)


def _standing(
    model: CloseModel,
    dataset: Dataset,
    rows: NDArray[np.int64],
    won: NDArray[np.bool_],
    known_at: NDArray[np.int64],
) -> Standing:
    moments = dataset.moments.take(rows)
    X = model.with_offset(dataset.X[rows], dataset.history, moments)
    return stand(model, X, dataset.history.leads.lead_id[moments.lead], won, known_at)


def _last_recorded(dataset: Dataset) -> NDArray[np.int64]:
    """Return when the last outcome of each lead (n,) was recorded; 0 where there is none."""
    recorded_at = np.zeros(len(dataset.history.leads), np.int64)
    np.maximum.at(recorded_at, dataset.history.outcomes.lead, dataset.history.outcomes.recorded_at)
    return recorded_at


def _latest(dataset: Dataset, settled: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """Return which leads (n,) are the latest `most` of those with a settled moment."""
    created_at = dataset.history.leads.created_at
    leads = np.unique(dataset.moments.lead[settled])
    latest = leads[np.argsort(-created_at[leads], kind="stable")[:most]]
    chosen = np.zeros(len(created_at), np.bool_)
    chosen[latest] = True
    return chosen
