"""Measure how soon a source that goes bad is seen: `python -m bench.collapse [--small] [--retrain DAYS ...]`.

In simulated companies, trade shows collapse at the start of a quarter, and nothing that their leads say or do shows it. The model was
trained that very day, or anew so many days after. The truth over the expected wins of the source's moments about so many days after the collapse (1 is right,
below 1 too much is promised): as trained, with the channels' books kept, and with the offset followed too. The other sources stand beside
it: what is gained here must not be lost there. The truth is the sum of the true probabilities, which chance leaves alone; wins over
expected wins stand behind it.
"""

import argparse
from collections.abc import Sequence

import numpy as np

from bench._histories import truth, world_task
from features.records.clock import DAY
from features.records.history import Floats
from features.simulation import World, WorldSettings, simulate
from features.simulation.company import quarter_starts
from training.fitting.fit import fit_close_model
from training.fitting.offsets import refreshed_daily
from training.samples.dataset import prepare
from training.samples.moments import labels_known_at, moment_weights

AFTER_DAYS = (30, 60, 90, 120, 180)
AROUND_DAYS = 15
"""Moments of so many days before and after count."""
MODELS = ("as trained", "books kept", "books and offset")


def collapsing(world: World) -> tuple[str, int]:
    """Return the source that collapses, and when."""
    source = next(source for source in world.settings.sources if source.collapse_at is not None)
    assert source.collapse_at is not None
    return source.name, int(quarter_starts(world.settings)[source.collapse_at - 1])


def sums(world: World, trained_after: int) -> dict[tuple[str, int], Floats]:
    """Return by group of leads and days after: wins, those that the truth expects, then each model; every moment weighs the same.

    Only moments after the training count, which was so many days after the collapse.
    """
    source, start = collapsing(world)
    task = world_task(world)
    dataset = prepare(task.history, task.settings)
    labels = labels_known_at(task.history, dataset.moments, task.history.known_until, task.settings.settling_days)
    trained = start + trained_after * DAY
    model = fit_close_model(dataset, task.settings, trained).model
    rows = np.flatnonzero((dataset.moments.as_of >= trained) & labels.counted)
    moments = dataset.moments.take(rows)
    fresh = refreshed_daily(model, dataset, rows)
    unmoved = fresh.copy()
    unmoved[:, len(model.blend.features) :] = 0
    every = (model.matrix(task.history, moments), unmoved, fresh)
    true = truth(world, task.history, moments.lead, moments.as_of)
    columns = np.column_stack([labels.won[rows], true, *(model.predict(X) for X in every)])
    weighted = columns * moment_weights(moments)[:, None]
    is_source = task.history.leads.channels["source"][moments.lead] == source
    days = (moments.as_of - start) / DAY
    return {
        (group, after): weighted[of_group & (np.abs(days - after) <= AROUND_DAYS)].sum(axis=0)
        for group, of_group in ((source, is_source), ("other sources", ~is_source))
        for after in AFTER_DAYS
        if after >= trained_after
    }


def report(worlds: Sequence[World], trained_after: int) -> None:
    of_each = [sums(world, trained_after) for world in worlds]
    print(
        f"\ntrained {trained_after} days after the collapse\ntruth / expected, and won / expected\n{'':16}{'days after':>12}{'won':>8}{'true':>8}"
        + "".join(f"{name:>18}" for name in MODELS)
    )
    for key in of_each[0]:
        won, true, *expected = np.sum([of_one[key] for of_one in of_each], axis=0)
        ratios = "".join(f"{true / one:10.2f} ({won / one:5.2f})" for one in expected)
        print(f"{key[0]:16}{key[1]:12}{won:8.0f}{true:8.0f}{ratios}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a smoke run on 3,000 leads of one company")
    parser.add_argument("--leads", type=int, default=10_000, help="leads of each company")
    parser.add_argument("--seeds", type=int, default=5, help="simulated companies")
    parser.add_argument("--retrain", type=int, nargs="*", default=[], metavar="DAYS", help="trained anew so late too")
    given = parser.parse_args()
    leads, seeds = (3_000, 1) if given.small else (given.leads, given.seeds)
    print(f"{seeds} companies of {leads:,} leads")
    worlds = [simulate(WorldSettings(leads=leads, seed=seed)) for seed in range(seeds)]
    for days in [0, *given.retrain]:
        report(worlds, days)


if __name__ == "__main__":
    main()
