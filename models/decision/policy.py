"""What a way of routing is worth, told by decisions that were taken another way: from routes whose probabilities were logged.

It holds if leads went where their route says, if what came of one lead did not depend on where others went, and if the logged
probabilities are the true ones. Where a policy sends leads on a route on which none like them were sent, only a model's word is left: that
share is told.

Source: Dudík, Langford & Li 2011, "Doubly robust policy evaluation and learning"; the self-normalised weights: Swaminathan & Joachims 2015.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.records.history import Floats
from models.decision.routes import REP, ROUTES
from models.decision.settings import DecisionSettings

Policy = Floats
"""Probabilities (n, routes) with which leads are sent on each of `ROUTES`."""
FOLDS = 5
PRIOR_DEALS = 10.0
"""What a route is expected to bring is drawn toward what the settings say by so many deals."""


@dataclass(frozen=True)
class Logged:
    """Leads that were decided on, n rows.

    Attributes
    ----------
    route
        Where each was sent (n,), by position in `ROUTES`.
    propensity
        With which probability it would have been sent on each route (n, routes).
    revenue, cost
        What came of it and what was spent on it (n,).
    promised
        Revenue (n,) that a model expected if a rep worked it.
    """

    route: NDArray[np.int8]
    propensity: Policy
    revenue: Floats
    cost: Floats
    promised: Floats

    def __len__(self) -> int:
        return len(self.route)

    @property
    def gained(self) -> Floats:
        """Revenue less cost (n,)."""
        return self.revenue - self.cost


@dataclass(frozen=True)
class Terms:
    """An estimate as a ratio of sums over leads, so that it can be taken again for any counts of leads.

    Attributes
    ----------
    above, below
        (n,) each; the estimate is the sum of the first over that of the second, a mean by lead.
    """

    above: Floats
    below: Floats

    @property
    def value(self) -> float:
        """The estimate; NaN where nothing stands behind it."""
        below = float(self.below.sum())
        return float(self.above.sum()) / below if below else float("nan")

    def replicates(self, counts: Floats) -> Floats:
        """Return the estimate (r,) where each lead counts so often, (n, r)."""
        below = self.below @ counts
        return np.asarray(self.above @ counts / np.where(below > 0, below, np.nan), np.float64)


def weights(logged: Logged, policy: Policy) -> Floats:
    """Return how much likelier each lead's route (n,) is under a policy than it was."""
    row = np.arange(len(logged))
    return np.asarray(policy[row, logged.route] / logged.propensity[row, logged.route], np.float64)


def supported(logged: Logged, policy: Policy) -> Floats:
    """Return which part (n,) of where a policy sends each lead was possible when it was decided on."""
    return np.asarray(np.where(logged.propensity > 0, policy, 0.0).sum(axis=1), np.float64)


def effective_leads(weight: Floats) -> float:
    """Return how many leads of equal weight would tell as much as leads of these weights (Kish).

    Examples
    --------
    >>> effective_leads(np.ones(5)), effective_leads(np.array([1.0, 0.0]))
    (5.0, 1.0)
    """
    total = float(weight.sum())
    return total**2 / float(weight @ weight) if total else 0.0


def inverse_propensity(logged: Logged, policy: Policy) -> Terms:
    """Return what a policy gains a lead, by the leads that went where it may send them, each standing for those that did not.

    Of the part that is not supported it says nothing.
    """
    weight = weights(logged, policy)
    return Terms(weight * logged.gained, weight)


def doubly_robust(logged: Logged, policy: Policy, expected: Floats) -> Terms:
    """Return what a policy gains a lead by a model, set right by the leads that went where it may send them.

    Right if the propensities are, whatever the model says; the better the model, the narrower the interval.

    Parameters
    ----------
    expected
        What each lead gains on each route (n, routes), by a model that has not seen what came of it.
    """
    row = np.arange(len(logged))
    surprise = logged.gained - expected[row, logged.route]
    return Terms((policy * expected).sum(axis=1) + weights(logged, policy) * surprise, np.ones(len(logged)))


def expected_gains(settings: DecisionSettings, logged: Logged) -> Floats:
    """Return what each lead gains on each route (n, routes): the promised revenue, times what such leads brought of it there, less the cost.

    Cross-fitted: no lead's own outcome sets what is expected of it.
    """
    cost, share = route_costs(settings), np.empty((len(logged), len(ROUTES)))
    fold = np.arange(len(logged)) % FOLDS
    for part in range(FOLDS):
        share[fold == part] = _kept(settings, logged, fold != part)
    return np.asarray(share * logged.promised[:, None] - cost, np.float64)


def route_costs(settings: DecisionSettings) -> Floats:
    """Return what a lead costs on each route (routes,); on *qualify* without what reps then spend on it."""
    return np.array([0.0, settings.nurture_cost, settings.qualify.cost, settings.rep.cost])


def _kept(settings: DecisionSettings, logged: Logged, rows: NDArray[np.bool_]) -> Floats:
    """Return by route what part of the promised revenue came, of these rows."""
    wins = logged.revenue[rows & (logged.revenue > 0)]
    weight = PRIOR_DEALS * float(wins.mean()) if len(wins) else 1.0
    route = logged.route[rows]
    came, promised = (np.bincount(route, of[rows], len(ROUTES)) for of in (logged.revenue, logged.promised))
    return np.asarray((came + weight * _assumed(settings)) / (promised + weight), np.float64)


def _assumed(settings: DecisionSettings) -> Floats:
    """Return by route what part of what a rep would win comes, before any has."""
    alone = settings.comes_back
    return np.array([alone, alone, (1 + alone) / 2, 1.0])


def always(route: NDArray[np.integer] | int, leads: int) -> Policy:
    """Return the policy that sends each lead on its route (n,), or all on one, for certain."""
    policy = np.zeros((leads, len(ROUTES)))
    policy[np.arange(leads), route] = 1.0
    return policy


def own_routes(propensity: Policy) -> NDArray[np.int8]:
    """Return where leads would have gone without a draw of lots (n,): the likeliest route but the rep's, if there is one.

    Examples
    --------
    >>> own_routes(np.array([[0, 0.9, 0, 0.1], [0, 0, 0, 1.0]])).tolist()
    [1, 3]
    """
    below = propensity[:, :REP]
    return np.where(below.any(axis=1), below.argmax(axis=1), REP).astype(np.int8)
