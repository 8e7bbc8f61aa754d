"""Measure whether ranges hold what they promise, in companies drawn at random: `python -m bench.ranges [--small] [--leads N] [--seeds 40-79]`.

A range is to hold the share that is won of leads of which the same is known. In the worlds of the second simulator (`bench.worlds`) that
share is known: the chance given all that is on record of a lead at a moment. Models that abstain are left out and counted: their
range is that of the base rate. Every world weighs the same.
"""

import argparse
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from bench.worlds import World, drawn, on_record, world_task
from features.records.clock import DAY
from features.records.history import Floats
from training.fitting.fit import TooFewOutcomesError, fit_close_model
from training.fitting.offsets import refreshed_daily
from training.judging.uncertainty import measured
from training.samples.dataset import prepare
from training.samples.moments import labels_known_at

BANDS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
MAX_JUDGED = 1_000
"""Moments of a world that are judged: each costs an integral."""


class Ranges(NamedTuple):
    """Moments (n,) of a world: probability, age in days, whether the range holds the share of leads alike, and how wide it is."""

    p: Floats
    age_days: Floats
    held: Floats
    width: Floats


def measure(seed: int, leads: int | None) -> Ranges | None:
    """Return the ranges of a world's first training; None where the model abstains, or nothing was there to learn."""
    world = World(seed, **({} if leads is None else {"leads": leads}))
    task = world_task(world)
    dataset, cutoff = prepare(task.history, task.settings), task.cutoffs[0]
    try:
        fitted = fit_close_model(dataset, task.settings, cutoff)
    except TooFewOutcomesError:
        return None
    if fitted.model.certainty.abstention:
        return None
    over = labels_known_at(task.history, dataset.moments, task.history.known_until, task.settings.settling_days).over
    rows = np.flatnonzero((dataset.moments.as_of >= cutoff) & ~over)
    moments = dataset.moments.take(rows)
    rows = rows[drawn(world, task.history, moments.lead, moments.as_of)[0]]
    rows = np.sort(np.random.default_rng(seed).choice(rows, min(len(rows), MAX_JUDGED), replace=False))
    moments = dataset.moments.take(rows)
    share = on_record(world, task.history, moments.lead, moments.as_of)
    margin = fitted.model.margin(refreshed_daily(fitted.model, dataset, rows))
    low, high = measured(dataset, task.settings, fitted).range(margin) or (margin, margin)
    age = (moments.as_of - task.history.leads.created_at[moments.lead]) // DAY
    return Ranges(
        expit(margin), age.astype(np.float64), ((low <= share) & (share <= high)).astype(np.float64), high - low
    )


def show(worlds: list[Ranges]) -> None:
    """Print how often ranges held and how wide they are: by band, by age, and over all."""
    p, age, held, width = (np.concatenate(column) for column in zip(*worlds, strict=True))
    weight = np.concatenate([np.full(len(world.p), 1 / len(world.p)) for world in worlds])
    groups = [(f"{low:.2f} to {high:.2f}", (p >= low) & (p < high)) for low, high in pairwise(BANDS)]
    groups += [(f"{days:.0f} days old", age == days) for days in np.unique(age)]
    for name, some in [*groups, ("all", np.ones(len(p), bool))]:
        if some.any():
            figures = (np.average(column[some], weights=weight[some]) for column in (held, width))
            print(f"{name:>14}{some.sum():9,}{next(figures):9.3f}{next(figures):9.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="two worlds of 2,000 leads")
    parser.add_argument("--leads", type=int, help="of each world; as drawn where not given")
    parser.add_argument("--seeds", default="40-79", help="from which to which seed")
    given = parser.parse_args()
    first, last = (int(part) for part in given.seeds.split("-"))
    seeds, leads = (range(2), 2_000) if given.small else (range(first, last + 1), given.leads)
    worlds: list[Ranges] = []
    for seed in seeds:
        world = measure(seed, leads)
        worlds += [] if world is None else [world]
        told = "the model abstains" if world is None else f"held {world.held.mean():.3f}, {world.width.mean():.3f} wide"
        print(f"world {seed}: {told}", flush=True)
    print(f"{'':>14}{'moments':>9}{'held':>9}{'width':>9}")
    show(worlds)


if __name__ == "__main__":
    main()
