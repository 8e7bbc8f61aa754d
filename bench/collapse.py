"""Measure how soon a source that goes bad is seen without training: `python -m bench.collapse [--small]`.

In simulated companies, trade shows collapse at the start of a quarter, and nothing that their leads say or do shows it. The model was
trained that very day. The truth over the expected wins of the source's moments about so many days after the collapse (1 is right,
below 1 too much is promised): as trained, with the channels' books kept, and with the offset followed too. The other sources stand beside
it: what is gained here must not be lost there. The truth is the sum of the true probabilities, which chance leaves alone; wins over
expected wins stand behind it.
"""

import argparse
from collections.abc import Sequence

import numpy as np

from bench._histories import truth, world_task
from features.clock import DAY
from features.history import Floats
from features.world import World, WorldSettings, simulate
from features.world.company import quarter_starts
from training.fit import fit_close_model
from training.moments import labels_known_at, lead_weights
from training.offsets import refreshed_daily
from training.samples import prepare

AFTER_DAYS = (30, 60, 90, 120)
AROUND_DAYS = 15
"""Moments of so many days before and after count."""
MODELS = ("as trained", "books kept", "books and offset")


def collapsing(world: World) -> tuple[str, int]:
    """Return the source that collapses, and when."""
    source = next(source for source in world.settings.sources if source.collapse_at is not None)
    assert source.collapse_at is not None
    return source.name, int(quarter_starts(world.settings)[source.collapse_at - 1])


def sums(world: World) -> dict[tuple[str, int], Floats]:
    """Return by group of leads and days after: wins, those that the truth expects, then each model; every lead weighs the same."""
    source, start = collapsing(world)
    task = world_task(world)
    dataset = prepare(task.history, task.settings)
    labels = labels_known_at(task.history, dataset.moments, task.history.known_until, task.settings.settling_days)
    model = fit_close_model(dataset, task.settings, start).model
    rows = np.flatnonzero((dataset.moments.as_of >= start) & labels.matured & ~labels.over)
    moments = dataset.moments.take(rows)
    fresh = refreshed_daily(model, dataset, rows)
    unmoved = fresh.copy()
    unmoved[:, len(model.booster.features) :] = 0
    every = (model.matrix(task.history, moments), unmoved, fresh)
    true = truth(world, task.history, moments.lead, moments.as_of)
    columns = np.column_stack([labels.won[rows], true, *(model.predict(X) for X in every)])
    weighted = columns * lead_weights(moments)[:, None]
    is_source = task.history.leads.channels["source"][moments.lead] == source
    days = (moments.as_of - start) / DAY
    return {
        (group, after): weighted[of_group & (np.abs(days - after) <= AROUND_DAYS)].sum(axis=0)
        for group, of_group in ((source, is_source), ("other sources", ~is_source))
        for after in AFTER_DAYS
    }


def report(worlds: Sequence[World]) -> None:
    of_each = [sums(world) for world in worlds]
    print(
        f"truth / expected, and won / expected\n{'':16}{'days after':>12}{'won':>8}{'true':>8}"
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
    given = parser.parse_args()
    leads, seeds = (3_000, 1) if given.small else (given.leads, given.seeds)
    print(f"{seeds} companies of {leads:,} leads")
    report([simulate(WorldSettings(leads=leads, seed=seed)) for seed in range(seeds)])


if __name__ == "__main__":
    main()
