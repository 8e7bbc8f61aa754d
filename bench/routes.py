"""Measure what share of the attainable value routes capture, and where the rest goes: `python -m bench.routes [--small] [--leads N ...]`.

In simulated companies a decider fitted at a cut-off routes the leads of the year after. What each would bring is known, given all that no
export holds, so that a way of routing has a value without chance. Nobody can route by what no export holds: the fair measure is what the moment
shows at best, learned from the truth of many other companies. Steps lie between it and the decider: its probabilities for the best ones, its
amounts, and its prices, found on earlier leads, for the cut that spends exactly what there is.

The qualifying team is measured apart: the leads that it asks answer everything, and are scored anew.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace

import lightgbm as lgb
import numpy as np
import pandas as pd

from bench._deciders import Company, company
from bench.sources import history_of
from features.matrix.matrix import Matrix, feature_matrix
from features.matrix.target_sums import fit_target_statistics
from features.records.clock import DAY
from features.records.history import Floats, creations
from features.simulation import RecordKeeping, WorldSettings, simulate, true_probability
from models.decision.routes import DECLINE, NURTURE, QUALIFY, REP, Prices, routes, strong_case
from models.decision.settings import DecisionSettings

TEACHERS = 19_000
"""Leads of other companies, about so many in all, from which is learned what a moment shows at best."""
FIRST_TEACHER = 1_000
ROUNDS = 300
TREES = {
    "learning_rate": 0.08,
    "num_leaves": 15,
    "min_data_in_leaf": 30,
    "feature_fraction": 0.5,
    "verbosity": -1,
    "deterministic": True,
    "seed": 7,
}


@dataclass(frozen=True)
class Best:
    """What a moment shows at best: trees grown on true probabilities and true amounts."""

    probability: lgb.Booster
    amount: lgb.Booster

    def of(self, X: Matrix) -> tuple[Floats, Floats]:
        """Return probabilities and amounts (n,) of rows (n, features)."""
        return np.asarray(self.probability.predict(X)), np.asarray(self.amount.predict(X))


def learn_best(leads: int) -> Best:
    """Learn from companies of so many leads what creation shows of true probabilities, and of true amounts of wins."""
    parts = [_taught(leads, FIRST_TEACHER + number) for number in range(max(1, TEACHERS // leads))]
    X, p, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
    chance = lgb.train({**TREES, "objective": "cross_entropy"}, lgb.Dataset(X, p), ROUNDS)
    return Best(chance, lgb.train({**TREES, "objective": "gamma"}, lgb.Dataset(X, amount, weight=p), ROUNDS))


def _taught(leads: int, seed: int) -> tuple[Matrix, Floats, Floats]:
    settings = WorldSettings(leads=leads, seed=seed).steady()
    world, history = simulate(settings), history_of(settings)
    moments = creations(history)
    late = moments.as_of > history.known_until - 365 * DAY
    moments = moments.take(late)
    rows = world.rows(pd.Series(history.leads.lead_id[moments.lead]))
    X = feature_matrix(history, moments, fit_target_statistics(history))
    return X, true_probability(world, rows, moments.as_of), world.latent["expected_amount"].to_numpy()[rows]


def value(of: Company, route: np.ndarray) -> float:
    """Return what routes without a team truly bring a lead."""
    settings = of.decider.settings
    brings = of.true_probability * of.true_amount
    by_route = np.column_stack([0 * brings, _nurtured(settings, brings), 0 * brings, brings - settings.rep.cost])
    return float(by_route[np.arange(len(route)), route].mean())


def _nurtured(settings: DecisionSettings, brings: Floats) -> Floats:
    return settings.comes_back * brings - settings.nurture_cost


def best_cut(of: Company, brings: Floats) -> np.ndarray:
    """Return the routes that send to reps exactly as many as they can work, by what leads are thought to bring."""
    settings = of.decider.settings
    count = int(settings.rep.capacity * len(brings))
    gain = brings - settings.rep.cost - _nurtured(settings, brings)
    order = np.argsort(-gain, kind="stable")
    route = np.where(_nurtured(settings, brings) > 0, NURTURE, DECLINE)
    worked = order[:count]
    route[worked[gain[worked] > 0]] = REP
    return route


def by_prices(of: Company) -> np.ndarray:
    """Return the decider's routes where there is no team: its way of finding a price, at the prices of earlier leads."""
    decider = of.decider
    alone = decider.settings.model_copy(
        update={"qualify": decider.settings.qualify.model_copy(update={"capacity": 0.0})}
    )
    leads = of.prospects
    priced = Prices(decider.prices.rep, 1e9)
    return routes(alone, priced, leads)


def steps(of: Company, best: Best) -> dict[str, float]:
    """Return the value a lead of each way of routing, from what nobody can know to the decider's own."""
    own = of.X[:, : len(of.model.blend.features)]
    shown_p, shown_amount = best.of(own)
    p, amount = of.prospects.probability, of.prospects.amount
    ways = {
        "all that nobody shows": of.true_probability * of.true_amount,
        "what is shown, at best": shown_p * shown_amount,
        "its amounts": shown_p * amount,
        "its probabilities": p * shown_amount,
        "its amounts and probabilities": p * amount,
    }
    found = {name: value(of, best_cut(of, brings)) for name, brings in ways.items()}
    deployed = by_prices(of)
    found["its prices too: as it routes"] = value(of, deployed)
    found["reps' capacity spent"] = float((deployed == REP).mean() / of.decider.settings.rep.capacity)
    found["in order of arrival"] = value(of, np.where(np.arange(len(p)) % 10 < 3, REP, NURTURE))
    return {**found, **with_team(of)}


def with_team(of: Company) -> dict[str, float]:
    """Return the value a lead of the decider's routes with its team, and what asking adds to the same routes without it."""
    decider, settings = of.decider, of.decider.settings
    route = routes(settings, decider.prices, of.prospects)
    asked = route == QUALIFY
    after = of.model.predict(answered(of))
    amount = of.prospects.amount
    gain = after * amount - settings.rep.cost - decider.prices.rep * settings.rep.minutes
    passed = asked & (gain > _nurtured(settings, after * amount))
    brings = of.true_probability * of.true_amount
    nurtured, worked = _nurtured(settings, brings), brings - settings.rep.cost
    hopeless = strong_case(settings, of.prospects)
    rest = np.where(hopeless & (route == DECLINE), 0.0, nurtured)
    each = np.where(route == REP, worked, np.where(passed, worked, rest)) - settings.qualify.cost * asked
    spent = ((route == REP) | passed).mean() / settings.rep.capacity
    return {
        "with its team": float(each.mean()),
        "asked": float(asked.mean()),
        "passed on": float(passed.sum() / max(asked.sum(), 1)),
        "reps' capacity spent with team": float(spent),
    }


def answered(of: Company) -> Matrix:
    """Return the model's matrix of the later leads as if each had answered every question when it came in."""
    settings = replace(of.world.settings, records=RecordKeeping(missing=0.0))
    complete = history_of(settings)
    fields = {**of.history.leads.fields, **complete.leads.fields}
    history = replace(of.history, leads=replace(of.history.leads, fields=fields))
    return of.model.matrix(history, of.moments)


def report(found: Sequence[dict[str, float]], leads: int) -> None:
    """Print the means over companies, and as shares of what is shown at best."""
    frame = pd.DataFrame(found)
    reference = frame["what is shown, at best"]
    values = [name for name in frame if name not in OTHERS]
    print(f"\n{len(frame)} companies of {leads:,} leads, of which four tenths are routed")
    print(f"{'':36}{'a lead':>9}{'of best shown':>15}{'lowest':>9}{'highest':>9}")
    for name in values:
        share = frame[name] / reference
        print(f"{name:36}{frame[name].mean():9,.0f}{share.mean():15.1%}{share.min():9.1%}{share.max():9.1%}")
    print(frame[list(OTHERS)].mean().round(3).to_string())


OTHERS = ("reps' capacity spent", "asked", "passed on", "reps' capacity spent with team")
"""What is no value."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="two companies of 2,500 leads")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--leads", type=int, nargs="+", default=[6_250], help="of each company, sizes to measure")
    given = parser.parse_args()
    for leads in [2_500] if given.small else given.leads:
        best = learn_best(leads)
        report([steps(company(leads, seed), best) for seed in range(2 if given.small else given.seeds)], leads)


if __name__ == "__main__":
    main()
