"""Measure whether ranges hold what they promise, on simulated companies: `python -m bench.ranges [--small] [--leads N] [--seeds N]`.

A range is to hold the lead's own true probability, with all that no question tells. Beside it stands the part of it that is the
model's error alone: whether that holds the share of wins among leads of which the same is known. This share is not to be seen in any
world either, but it is the mean of the true probabilities given all that is known: trees that learn these true probabilities
themselves, with folds of leads left out, come close to it.
"""

import argparse
from itertools import pairwise
from typing import NamedTuple

import lightgbm as lgb
import numpy as np
from scipy.special import expit

from bench._histories import truth, world_task
from features.history import Floats
from features.world import WorldSettings, simulate
from models.close.certainty import Certainty
from training.certainty import measured
from training.fit import fit_close_model
from training.moments import labels_known_at
from training.offsets import refreshed_daily
from training.samples import prepare

BANDS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
ORACLE = {
    "objective": "cross_entropy",
    "num_leaves": 8,
    "min_data_in_leaf": 200,
    "learning_rate": 0.05,
    "lambda_l2": 20.0,
    "feature_fraction": 0.7,
    "verbosity": -1,
}


class Found(NamedTuple):
    """Moments (n,): probability, its own true probability and the share of leads like it, with whether ranges hold them, and their widths."""

    p: Floats
    own: Floats
    own_held: Floats
    own_width: Floats
    alike_held: Floats
    alike_width: Floats


def measure(leads: int, seed: int) -> Found:
    world = simulate(WorldSettings(leads=leads, seed=seed))
    task = world_task(world)
    dataset = prepare(task.history, task.settings)
    cutoff = task.cutoffs[-2]
    fitted = fit_close_model(dataset, task.settings, cutoff)
    model = fitted.model
    differing = measured(dataset, task.settings, fitted)
    erring = Certainty(spread=differing.spread)
    print(f"seed {seed}: the model errs by {erring.spread:.3f}, leads differ by {differing.untold:.3f} in log-odds")
    labels = labels_known_at(task.history, dataset.moments, task.history.known_until, task.settings.settling_days)
    rows = np.flatnonzero((dataset.moments.as_of >= cutoff) & ~labels.over)
    X = refreshed_daily(model, dataset, rows)
    margin = model.margin(X)
    own = truth(world, task.history, dataset.moments.lead[rows], dataset.moments.as_of[rows])
    same = alike(X, margin, own, dataset.moments.lead[rows] % 5)
    return Found(expit(margin), own, *held(differing, margin, own), *held(erring, margin, same))


def held(certainty: Certainty, margin: Floats, true: Floats) -> tuple[Floats, Floats]:
    """Return whether (n,) the ranges of margins hold true probabilities, and how wide they are."""
    low, high = certainty.range(margin) or (margin, margin)
    return ((low <= true) & (true <= high)).astype(np.float64), high - low


def alike(X: np.ndarray, margin: Floats, own: Floats, fold: np.ndarray) -> Floats:
    """Return the mean true probability of leads of which the same is known, learned from the other folds."""
    found = margin.copy()
    for each in range(5):
        train, test = fold != each, fold == each
        known = lgb.Dataset(X[train], own[train], init_score=margin[train])
        later = lgb.Dataset(X[test], own[test], init_score=margin[test], reference=known)
        trees = lgb.train(ORACLE, known, 400, valid_sets=[later], callbacks=[lgb.early_stopping(30, verbose=False)])
        found[test] += np.asarray(trees.predict(X[test], raw_score=True))
    return expit(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="one company of 3,000 leads")
    parser.add_argument("--leads", type=int, default=20_000, help="of each company")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    every = [measure(3_000, 0)] if options.small else [measure(options.leads, seed) for seed in range(options.seeds)]
    found = Found(*(np.concatenate(column) for column in zip(*every, strict=True)))
    print(f"{'':23}{'its own chance':>20}{'leads alike':>20}")
    print(f"{'probability':>14}{'moments':>9}{'held':>12}{'width':>8}{'held':>12}{'width':>8}   by a range of 90 %")
    for low, high in [*pairwise(BANDS), (0.0, 1.0)]:
        within = (found.p >= low) & (found.p < high)
        if within.any():
            told = "".join(
                f"{column[within].mean():{12 if place % 2 == 0 else 8}.3f}" for place, column in enumerate(found[2:])
            )
            print(f"{low:7.2f} -{high:5.2f}{within.sum():9,}{told}")
    by_seed = ", ".join(f"{of.own_held.mean():.3f}" for of in every)
    print(
        f"own chance held, seed by seed: {by_seed}; on the mean {found.own.mean():.3f} are won, {found.p.mean():.3f} are promised"
    )


if __name__ == "__main__":
    main()
