"""Measure what an explanation costs by the size of trees, and what larger trees gain: `python -m bench.explanation [--small]`.

Rows a second of exact contributions on one core, beside the bare prediction of the same trees, and the log loss of each size.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from bench._histories import Task, tasks
from models.close.settings import BoosterSettings
from training.fitting.fit import fit_close_model
from training.metrics import measure
from training.samples.dataset import prepare
from training.samples.moments import labels_known_at, moment_weights

SIZES = ((8, 4), (15, 5), (31, 7))
"""Leaves and depth of the trees."""
RUNS = 5


def seconds(call: Callable[[], object]) -> float:
    """Return the best time of several runs."""

    def once() -> float:
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    return min(once() for _ in range(RUNS))


def report(task: Task) -> None:
    dataset = prepare(task.history, task.settings)
    labels = labels_known_at(task.history, dataset.moments, task.history.known_until, task.settings.settling_days)
    cutoff = task.cutoffs[-1]
    test = np.flatnonzero((dataset.moments.as_of >= cutoff) & labels.matured)
    y, weight = labels.won[test].astype(np.float64), moment_weights(dataset.moments.take(test))
    print(f"\n{task.name}: trained until the last cut-off, {len(test):,} later moments")
    print(f"{'leaves':>8}{'trees':>8}{'log loss':>10}{'explained/s':>14}{'bare/s':>12}{'ratio':>8}")
    for leaves, depth in SIZES:
        booster = BoosterSettings(num_leaves=leaves, max_depth=depth)
        model = fit_close_model(dataset, task.settings.model_copy(update={"booster": booster}), cutoff).model
        loss = measure(y, model.predict(dataset.X[test]), weight).log_loss
        X = dataset.X[test][:1000]
        explained, bare = len(X) / seconds(lambda: model.explain(X)), len(X) / seconds(lambda: model.predict(X))  # noqa: B023
        print(f"{leaves:8}{model.blend.rounds:8}{loss:10.4f}{explained:14,.0f}{bare:12,.0f}{bare / explained:8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a smoke run on 3,000 simulated leads")
    small = parser.parse_args().small
    for task in tasks(3_000 if small else 20_000):
        if not small or task.name == "world":
            report(task)


if __name__ == "__main__":
    main()
