"""Measure whether `glengarry reps` finds the two skills, and what a fall points to: `python -m bench.reps [--small]`.

The truth of a closer is the wins that the rep's skill adds: the true expected wins with the skill over those without it. Raw close ratio
and raw wins stand beside it, which is what sales dashboards rank by.
"""

import argparse
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from bench.sources import history_of
from features.records.history import Floats
from features.simulation import World, WorldSettings, simulate
from features.simulation.truth import sigmoid
from models.accountability.reps import RepsReport, judge_reps
from models.accountability.settings import AccountabilitySettings


def true_closing(world: World) -> "pd.Series[float]":
    """Return by rep the true wins over those that would be without the rep's skill, in units of the team."""
    latent = world.latent
    margin = np.log(latent["intent"] / (1 - latent["intent"]))
    without: Floats = sigmoid((margin - latent["closing"]).to_numpy())
    sums = (
        pd.DataFrame({"rep_id": latent["rep_id"], "with": latent["intent"], "without": without}).groupby("rep_id").sum()
    )
    ratio = sums["with"] / sums["without"]
    return ratio / (sums["with"].sum() / sums["without"].sum())


def judged(settings: WorldSettings) -> tuple[World, RepsReport, float]:
    history = history_of(settings)
    start = time.perf_counter()
    report = judge_reps(history, AccountabilitySettings(), history.known_until)
    return simulate(settings), report, time.perf_counter() - start


def skills(leads: int, seeds: int) -> Iterator[dict[str, float]]:
    for seed in range(seeds):
        world, report, seconds = judged(WorldSettings(leads=leads, seed=seed).steady())
        frame = report.frame().set_index("rep_id").drop(columns="actor")
        frame = frame[frame["expected"] >= 20].astype(float)
        closing, generating = (
            true_closing(world)[frame.index],
            world.reps.set_index("rep_id")["generating"][frame.index],
        )
        inside = (frame["closing_low"] <= closing) & (closing <= frame["closing_high"])
        yield {
            "seed": seed,
            "reps": len(frame),
            "closing": spearmanr(frame["closing"], closing).statistic,
            "by raw close ratio": spearmanr(frame["close_ratio"], closing).statistic,
            "by raw wins": spearmanr(frame["won"], closing).statistic,
            "coverage": float(inside.mean()),
            "generating": spearmanr(frame["generating"], generating, nan_policy="omit").statistic,
            "called": len(report.falls),
            "seconds": seconds,
        }


def falls(leads: int, seeds: int) -> Iterator[dict[str, float | str]]:
    for seed in range(100, 100 + seeds):
        still = WorldSettings(leads=leads, seed=seed).steady()
        for name, settings in (("quiet", still), ("flood", still.flooded()), ("bad closer", still.with_bad_closer())):
            _, report, _ = judged(settings)
            told = {fall.points_to for fall in report.falls}
            yield {"company": name, "the leads": float("the leads" in told), "the person": float("the person" in told)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="two seeds of smaller companies")
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    leads, seeds = (8_000, 2) if arguments.small else (20_000, arguments.seeds)
    found = pd.DataFrame(skills(leads, seeds))
    print(
        f"Rank correlation with the truth, {leads:,} leads, 14 reps with 20 or more expected wins\n{found.round(2).to_string(index=False)}"
    )
    print(found.mean().round(3).to_string())
    print(
        f"\nWhat a fall points to, shares of companies\n{pd.DataFrame(falls(leads, seeds)).groupby('company').mean().to_string()}"
    )


if __name__ == "__main__":
    main()
