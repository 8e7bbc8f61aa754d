"""Measure what training does best with leads whose end is not known yet: `python -m bench.undetermined [--small]`.

Leads that are won close before their horizon has passed, and those that are lost are often never closed: what a training takes for
the outcome of a lead that is still open decides the level of every probability. The model is fitted at the start of each quarter of
simulated companies in each of these ways and stands still while it predicts the quarter:

- closed only: leads with an outcome, the classic mistake;
- open as lost: an open lead has not been won, the other one;
- matured only: moments whose horizon has passed (`undetermined = "left_out"`);
- weighted: what is determined, by the inverse probability of being so;
- expected: all, an open lead with the label that is expected of it.
"""

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np

from bench._histories import Task, world_task
from features.history import Floats
from features.world import WorldSettings, simulate
from training.fit import TooFewOutcomesError, fit_close_model
from training.metrics import measure
from training.moments import labels_known_at, lead_weights
from training.samples import Dataset, Sample, prepare, training_sample
from training.settings import TrainingSettings
from training.tuning import Sampler


def closed_only(dataset: Dataset, settings: TrainingSettings, cutoff: int) -> tuple[Sample, float]:
    """Return the moments of leads whose outcome was recorded by the cut-off."""
    outcomes = dataset.history.outcomes
    closed = np.zeros(len(dataset.history.leads), np.bool_)
    closed[outcomes.lead[outcomes.recorded_at <= cutoff]] = True
    return _as_known(dataset, settings, cutoff, closed)


def open_as_lost(dataset: Dataset, settings: TrainingSettings, cutoff: int) -> tuple[Sample, float]:
    """Return all moments; what has not been won is not."""
    return _as_known(dataset, settings, cutoff, np.ones(len(dataset.history.leads), np.bool_))


def _as_known(
    dataset: Dataset, settings: TrainingSettings, cutoff: int, of_leads: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[Sample, float]:
    moments = dataset.moments
    labels = labels_known_at(dataset.history, moments, cutoff, settings.settling_days)
    rows = np.flatnonzero((moments.as_of <= cutoff) & of_leads[moments.lead] & ~labels.over)
    return Sample(rows, labels.won[rows].astype(np.float64), lead_weights(moments.take(rows))), 0.0


def by_setting(undetermined: str) -> Sampler:
    """Return the sampler of a training under this setting."""

    def sample(dataset: Dataset, settings: TrainingSettings, cutoff: int) -> tuple[Sample, float]:
        return training_sample(dataset, settings.model_copy(update={"undetermined": undetermined}), cutoff)

    return sample


METHODS: dict[str, Callable[[], Sampler]] = {
    "closed only": lambda: closed_only,
    "open as lost": lambda: open_as_lost,
    "matured only": partial(by_setting, "left_out"),
    "weighted": partial(by_setting, "weighted"),
    "expected": partial(by_setting, "expected"),
}


def predict(task: Task, dataset: Dataset, sampler: Sampler) -> tuple[Floats, Floats, Floats]:
    """Return what became of moments, their weights and their probabilities, pooled over the quarters."""
    labels = labels_known_at(task.history, dataset.moments, task.history.known_until, task.settings.settling_days)
    as_of, parts = dataset.moments.as_of, []
    for start, end in zip(task.cutoffs, [*task.cutoffs[1:], task.end], strict=True):
        rows = np.flatnonzero((as_of >= start) & (as_of < end) & labels.matured & ~labels.over)
        try:
            model = fit_close_model(dataset, task.settings, start, sampler).model
        except TooFewOutcomesError:
            continue
        p = model.predict(model.matrix(task.history, dataset.moments.take(rows)))
        parts.append((labels.won[rows].astype(np.float64), lead_weights(dataset.moments.take(rows)), p))
    y, weight, p = (np.concatenate(column) for column in zip(*parts, strict=True))
    return y, weight, p


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a smoke run on 3,000 leads of one company")
    parser.add_argument("--leads", type=int, default=6_000, help="leads of each company")
    parser.add_argument("--seeds", type=int, default=5, help="simulated companies")
    given = parser.parse_args()
    leads, seeds = (3_000, 1) if given.small else (given.leads, given.seeds)
    worlds = [world_task(simulate(WorldSettings(leads=leads, seed=seed))) for seed in range(seeds)]
    datasets = [prepare(task.history, task.settings) for task in worlds]
    print(f"{seeds} companies of {leads:,} leads\n{'':16}{'log loss':>10}{'ROC AUC':>10}{'won/exp':>10}")
    for name, sampler in METHODS.items():
        parts = [predict(task, dataset, sampler()) for task, dataset in zip(worlds, datasets, strict=True)]
        y, weight, p = (np.concatenate(column) for column in zip(*parts, strict=True))
        figures = measure(y, p, weight)
        print(
            f"{name:16}{figures.log_loss:10.4f}{figures.roc_auc:10.4f}{figures.observed_over_expected:10.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
