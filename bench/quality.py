"""Measure how good the close model's probabilities are: `python -m bench.quality [--small] [--only TASK ...] [--training TOML]`.

Models are trained anew at each cut-off with what was known then, and predict until the next; predictions are pooled. The
reference is an untuned LightGBM (200 trees, 15 leaves, learning rate 0.04) on the same protocol. Where the truth is known, in simulated
companies, the loss in excess of the true probabilities' is told as a share of what the base rate loses. `--training` measures other settings on
the same protocol, such as `--training 'tuning.ways = ["as_set"]'`.
"""

import argparse
import contextlib
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench._histories import Task, published, truth, world_task
from features.history import Floats
from features.world import World, WorldSettings, simulate
from training.evaluate import CLOSE, NOT_REFRESHED, baselines
from training.fit import TooFewOutcomesError, fit_close_model
from training.metrics import measure
from training.moments import labels_known_at, lead_weights
from training.offsets import refreshed_daily
from training.samples import Dataset, prepare
from training.settings import TrainingSettings

REFERENCE = {"olist": (0.297, 0.683), "bank": (0.359, 0.752), "x_education": (0.432, 0.875)}
"""Log loss and ROC AUC of the reference on the published data sets."""


NEAR = (0.9, 1.1)
"""Observed over expected wins of a period that is called well calibrated."""
WORLD, TRUTH = "world", "true_probability"


class Forecast(NamedTuple):
    """What was predicted of a task's moments, n rows.

    Attributes
    ----------
    rows, period
        Rows (n,) in the dataset, and the cut-off (n,) after which each was predicted, counted from 0.
    y, weight
        What became of each, and weights under which every lead weighs the same.
    probability
        By model, probabilities (n,).
    """

    rows: NDArray[np.int64]
    period: NDArray[np.int64]
    y: Floats
    weight: Floats
    probability: dict[str, Floats]


def predict_forward(task: Task, dataset: Dataset) -> Forecast:
    """Train at each cut-off, and predict until the next."""
    labels = labels_known_at(task.history, dataset.moments, task.history.known_until, task.settings.settling_days)
    parts = []
    for number, (start, end) in enumerate(zip(task.cutoffs, [*task.cutoffs[1:], task.end], strict=True)):
        as_of = dataset.moments.as_of
        rows = np.flatnonzero((as_of >= start) & (as_of < end) & labels.matured & ~labels.over)
        if len(rows):
            with contextlib.suppress(TooFewOutcomesError):
                parts.append((rows, np.full(len(rows), number), predict_period(task, dataset, rows, start, end)))
    rows = np.concatenate([part[0] for part in parts])
    return Forecast(
        rows,
        np.concatenate([part[1] for part in parts]),
        labels.won[rows].astype(np.float64),
        lead_weights(dataset.moments.take(rows)),
        {name: np.concatenate([part[2][name] for part in parts]) for name in parts[0][2]},
    )


def predict_period(task: Task, dataset: Dataset, rows: NDArray[np.int64], start: int, end: int) -> dict[str, Floats]:
    """Return each model's probabilities for rows, trained with what was known at the start."""
    model = fit_close_model(dataset, task.settings, start).model
    return {
        CLOSE: model.predict(refreshed_daily(model, dataset, rows, end)),
        NOT_REFRESHED: model.predict(model.matrix(task.history, dataset.moments.take(rows))),
        **baselines(dataset, task.settings, start, dataset.X[rows]),
    }


def by_period(forecast: Forecast) -> list[float]:
    """Return the close model's observed over expected wins after each cut-off."""
    p = forecast.probability[CLOSE]
    of_each = [forecast.period == number for number in np.unique(forecast.period)]
    return [float(forecast.y[rows].sum() / p[rows].sum()) for rows in of_each]


def report(task: Task, truly: Callable[[Dataset, NDArray[np.int64]], Floats] | None = None) -> dict[str, float]:
    """Print a task's figures; return the log loss of each model."""
    dataset = prepare(task.history, task.settings)
    forecast = predict_forward(task, dataset)
    probability = dict(forecast.probability)
    if truly is not None:
        probability[TRUTH] = truly(dataset, forecast.rows)
    print(f"\n{task.name}: {len(forecast.y):,} moments predicted, {forecast.y.mean():.3f} won")
    print(f"{'':26}{'log loss':>10}{'ROC AUC':>10}{'PR AUC':>10}{'Brier':>10}{'won/exp':>10}")
    figures = {name: measure(forecast.y, p, forecast.weight) for name, p in probability.items()}
    for name, one in figures.items():
        print(
            f"{name:26}{one.log_loss:10.4f}{one.roc_auc:10.4f}{one.pr_auc:10.4f}"
            f"{one.brier:10.4f}{one.observed_over_expected:10.3f}"
        )
    if task.name in REFERENCE:
        log_loss, roc_auc = REFERENCE[task.name]
        print(f"{'reference':26}{log_loss:10.4f}{roc_auc:10.4f}")
    ratios = by_period(forecast)
    near = sum(NEAR[0] <= ratio <= NEAR[1] for ratio in ratios)
    print(f"won/exp after each cut-off: {' '.join(f'{ratio:.2f}' for ratio in ratios)}; {near} of {len(ratios)} near 1")
    return {name: one.log_loss for name, one in figures.items()}


def with_training(task: Task, changed: Mapping[str, Any]) -> Task:
    """Return a task under settings of `[training]` that are given beside its own."""
    own = task.settings.model_dump()
    merged = {
        name: {**own[name], **value} if isinstance(value, dict) and name in own else value
        for name, value in changed.items()
    }
    return task._replace(settings=TrainingSettings.model_validate({**own, **merged}))


def excess(leads: int, seeds: int, changed: Mapping[str, Any]) -> None:
    """Print what models lose in excess of the true probabilities, in companies of so many seeds."""
    shares: dict[str, list[float]] = {}
    for seed in range(seeds):
        world = simulate(WorldSettings(leads=leads, seed=seed))
        task = with_training(world_task(world), changed)._replace(name=f"{WORLD}, seed {seed}")
        loss = report(task, lambda dataset, rows: true_of(world, dataset, rows))  # noqa: B023
        for name in (CLOSE, NOT_REFRESHED, "logistic"):
            share = (loss[name] - loss[TRUTH]) / (loss["base_rate"] - loss[TRUTH])
            shares.setdefault(name, []).append(share)
    print(f"\nlog loss in excess of the truth, as a share of the base rate's, {leads:,} leads, {seeds} seeds")
    for name, of_seeds in shares.items():
        print(f"{name:26}{np.mean(of_seeds):8.1%}   each: {' '.join(f'{share:.1%}' for share in of_seeds)}")


def true_of(world: World, dataset: Dataset, rows: NDArray[np.int64]) -> Floats:
    moments = dataset.moments.take(rows)
    return truth(world, dataset.history, moments.lead, moments.as_of)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a smoke run on 3,000 simulated leads")
    parser.add_argument("--seeds", type=int, default=5, help="simulated companies")
    parser.add_argument("--leads", type=int, default=20_000, help="leads of each simulated company")
    parser.add_argument("--only", nargs="+", default=[], metavar="TASK", help=f"of olist, bank, x_education, {WORLD}")
    parser.add_argument("--training", type=tomllib.loads, default={}, metavar="TOML", help="settings of [training]")
    given = parser.parse_args()
    for task in [] if given.small else published():
        if not given.only or task.name in given.only:
            report(with_training(task, given.training))
    if not given.only or WORLD in given.only:
        leads, seeds = (3_000, 1) if given.small else (given.leads, given.seeds)
        excess(leads, seeds, given.training)


if __name__ == "__main__":
    main()
