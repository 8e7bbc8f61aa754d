"""Leads that are not all worked: routes come as often as they should, and bring on average what they truly bring."""

import numpy as np
import pytest

from features.simulation import WorldSettings, simulate
from features.simulation.routing import route_leads, true_revenue
from features.simulation.tables import microseconds


def test_routes_and_revenue_follow_their_law() -> None:
    world = simulate(WorldSettings(leads=20_000, seed=4).steady())
    rows = np.arange(20_000)
    as_of = microseconds(world.leads["created_at"])
    propensity = np.tile([0.3, 0.7], (20_000, 1))
    effect = np.tile([0.1, 1.0], (20_000, 1))
    routed = route_leads(np.random.default_rng(5), world, rows, as_of, propensity, effect)
    truth = true_revenue(world, rows, as_of, effect)

    assert routed.route.mean() == pytest.approx(0.7, abs=0.015)
    for route in (0, 1):
        on = routed.route == route
        error = routed.revenue[on] - truth[on, route]
        assert abs(error.mean()) < 3 * error.std() / np.sqrt(on.sum())
    assert truth[:, 0] == pytest.approx(0.1 * truth[:, 1])
