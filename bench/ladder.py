"""Measure whether the steps of the ladder close in order: `python -m bench.ladder [--leads N] [--seeds N]`.

In simulated companies nobody tells the ladder who will buy: its steps are read off answers, profile and events as of the moment.
"""

import argparse

import pandas as pd

from bench.sources import history_of
from features.simulation import WorldSettings
from training.samples.ladder import ladder_report
from training.settings import TrainingSettings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=6_250, help="of each company")
    parser.add_argument("--seeds", type=int, default=10, help="companies")
    given = parser.parse_args()
    rows: list[dict[str, object]] = []
    for seed in range(given.seeds):
        report = ladder_report(history_of(WorldSettings(leads=given.leads, seed=seed)), TrainingSettings())
        rates: dict[str, object] = {rate.step: rate.rate for rate in report.rates}
        rising = pd.Series(rates, dtype=float).dropna().is_monotonic_increasing
        rows.append({"seed": seed, **rates, "rising": rising, "verdict": report.order})
        print(pd.DataFrame(rows[-1:]).round(3).to_string(index=False, header=seed == 0), flush=True)
    print(pd.DataFrame(rows).drop(columns=["seed", "verdict"]).mean().round(3).to_string())


if __name__ == "__main__":
    main()
