"""Measure whether `glengarry reps` finds agents by their planted skill: `python -m bench.agents [--small]`.

The truth of an agent is the share of the wins that it leaves of those it got, over that of all agents. Raw close ratio stands beside it.
"""

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from bench.sources import history_of
from features.simulation import WorldSettings
from features.simulation.agents import with_agents
from models.accountability.reps import judge_reps
from models.accountability.settings import AccountabilitySettings

AGENTS = ("desk 1", "desk 2", "scout 0.9", "scout 1.0", "night 3")
SHARE = 0.6
"""Of the leads that an agent answers first."""


def found(leads: int, seeds: int) -> Iterator[dict[str, float]]:
    for seed in range(seeds):
        rng = np.random.default_rng(700 + seed)
        skills = dict(zip(AGENTS, rng.uniform(0.5, 1.0, len(AGENTS)), strict=True))
        history, kept = with_agents(history_of(WorldSettings(leads=leads, seed=seed).steady()), skills, SHARE, seed)
        frame = judge_reps(history, AccountabilitySettings(), history.known_until).frame().set_index("rep_id")
        frame = frame[(frame["actor"] == "agent") & frame["closing"].notna()]
        numbers = frame.drop(columns="actor").astype(float)
        truth = pd.Series(kept)[numbers.index]
        truth /= np.average(truth, weights=numbers["expected"])
        inside = (numbers["closing_low"] <= truth) & (truth <= numbers["closing_high"])
        yield {
            "seed": seed,
            "agents": len(numbers),
            "expected wins": numbers["expected"].mean(),
            "closing": spearmanr(numbers["closing"], truth).statistic,
            "by raw close ratio": spearmanr(numbers["close_ratio"], truth).statistic,
            "coverage": float(inside.mean()),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="two seeds of smaller companies")
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    leads, seeds = (6_000, 2) if arguments.small else (12_000, arguments.seeds)
    told = pd.DataFrame(found(leads, seeds))
    print(f"Agents with planted skill, {leads:,} leads, {SHARE:.0%} answered by one of {len(AGENTS)} agents first")
    print(told.round(2).to_string(index=False))
    print(told.mean().round(3).to_string())


if __name__ == "__main__":
    main()
