"""Measure whether intervals of what a routing is worth hold the truth: `python -m bench.policy [--small] [--seeds N]`.

In simulated companies the routes of the later leads are drawn with known probabilities, as the service draws them, and so is what comes of
each; the draw is done again many times. The truth is what the leads would bring on average, given all that no export holds. Each draw takes
as many leads with replacement, so that an interval has to bear all of the chance that it claims to.
"""

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd

from bench._deciders import Company, company
from features.records.history import Floats
from features.simulation.routing import route_leads, true_revenue
from models.decision.policy import Logged, always, expected_gains, route_costs
from models.decision.routes import REP, routes, worth
from training.judging.policy import ROUTED, WORKING_ALL, worth_of

LOTS = (0.02, 0.05, 0.1, 0.2)
"""Shares of the leads below the cut that are drawn."""


def effects(of: Company, leads: int) -> Floats:
    """Return by which part (n, routes) of the probability a lead is won on each route; of asked ones, as many as reps would take are worked."""
    settings = of.decider.settings
    alone = np.full(leads, settings.comes_back)
    asked = alone + (1 - alone) * worth(settings, of.decider.prices, of.prospects).passing
    return np.column_stack([alone, alone, asked, np.ones(leads)])


def coverage(of: Company, lots: float, draws: int) -> Iterator[dict[str, object]]:
    settings, prospects = of.decider.settings, of.prospects
    own, every = routes(settings, of.decider.prices, prospects), len(prospects)
    propensity = always(own, every) * np.where(own == REP, 1.0, 1 - lots)[:, None]
    propensity[own != REP, REP] = lots
    effect, promised = effects(of, every), prospects.probability * prospects.amount
    gains = true_revenue(of.world, of.rows, of.moments.as_of, effect) - route_costs(settings)
    worth_of_each = {ROUTED: gains[np.arange(every), own], WORKING_ALL: gains[:, REP]}
    truth = {name: float(gain.mean()) for name, gain in worth_of_each.items()}
    for draw in range(draws):
        rng = np.random.default_rng((of.world.settings.seed, draw))
        some = rng.integers(0, every, every)
        routed = route_leads(rng, of.world, of.rows[some], of.moments.as_of[some], propensity[some], effect[some])
        cost = route_costs(settings)[routed.route]
        logged = Logged(routed.route, propensity[some], routed.revenue, cost, promised[some])
        expected, base = expected_gains(settings, logged), always(own[some], every)
        for name, policy in ((ROUTED, base), (WORKING_ALL, always(REP, every))):
            found = worth_of(name, logged, policy, expected, base)
            told = {"weights": found.inverse_propensity, "doubly robust": found.doubly_robust}
            for how, one in told.items():
                yield {
                    "lots": lots,
                    "policy": name,
                    "estimate": how,
                    "seed": of.world.settings.seed,
                    "held": one.low <= truth[name] <= one.high,
                    "off": one.value / truth[name] - 1,
                    "width": (one.high - one.low) / truth[name],
                    "effective": found.effective,
                }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="two companies and few draws")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--leads", type=int, default=6_250, help="of each company; four tenths are decided on")
    parser.add_argument("--draws", type=int, default=20, help="of each company and share of lots")
    given = parser.parse_args()
    seeds, draws = (2, 3) if given.small else (given.seeds, given.draws)
    rows = [
        row
        for seed in range(seeds)
        for of in [company(given.leads, seed)]
        for lots in LOTS
        for row in coverage(of, lots, draws)
    ]
    found = pd.DataFrame(rows).groupby(["lots", "policy", "estimate"])
    table = found.agg(
        draws=("held", "size"),
        coverage=("held", "mean"),
        off=("off", "mean"),
        width=("width", "mean"),
        effective=("effective", "mean"),
    )
    print(f"{seeds} companies of {given.leads:,} leads; 90 % intervals; off and width as shares of the truth")
    print(table.round(3).to_string())


if __name__ == "__main__":
    main()
