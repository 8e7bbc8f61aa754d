"""Measure how long a plan through a month of leads takes: `python -m bench.plan [LEADS]`."""

import sys
import time

import numpy as np

from models.decision.settings import DecisionSettings
from training.judging.evaluate import CLOSE
from training.judging.plan import ARRIVAL, SCORECARD, MaturedLeads, by_arrival, plan


def main() -> None:
    leads = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    rng = np.random.default_rng(1)
    p = rng.beta(0.8, 5, leads)
    won = rng.random(leads) < p
    created_at = rng.integers(0, 30 * 86_400_000_000, leads)
    start = time.perf_counter()
    orders = {CLOSE: np.argsort(-p), SCORECARD: np.argsort(-p.round(1)), ARRIVAL: by_arrival(created_at)}
    result = plan(MaturedLeads(won, np.where(won, rng.lognormal(8, 1, leads), 0.0), orders), DecisionSettings())
    print(f"{leads:,} leads in {time.perf_counter() - start:.1f} s. {result.said()}")


if __name__ == "__main__":
    main()
