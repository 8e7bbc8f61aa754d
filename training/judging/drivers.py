"""What drives the scores of later leads, found once: for the record of a version and for the report of its training."""

from models.close.reasons.drivers import subject_sizes
from training.fitting.offsets import refreshed_daily
from training.judging.evaluate import Evaluation
from training.samples.dataset import Dataset

MAX_ROWS = 2000
"""Moments whose contributions are taken; they are spread evenly over the test."""


def tested_sizes(evaluation: Evaluation, dataset: Dataset) -> dict[str, float]:
    """Return by subject how far it moved the scores of the test's moments, on average in log-odds."""
    step = -(-len(evaluation.test.rows) // MAX_ROWS)
    rows, weight = evaluation.test.rows[::step], evaluation.test.weight[::step]
    model = evaluation.fitted.model
    return subject_sizes(model.features, model.explain(refreshed_daily(model, dataset, rows)).contributions, weight)
