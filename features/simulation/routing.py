"""What becomes of simulated leads that are not all worked: routes drawn with known probabilities, and what each brings.

The simulated company works every lead. On a route that works a lead less, it is won with a part of the probability, and for the same amount.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.records.clock import Microseconds
from features.records.history import Floats
from features.simulation.simulation import World, true_probability
from features.simulation.truth import LOG_AMOUNT_SPREAD

Rows = NDArray[np.integer]


@dataclass(frozen=True)
class Routed:
    """Leads that were sent somewhere, n rows: the route by its column, and what came of it within the horizon."""

    route: NDArray[np.int8]
    revenue: Floats


def true_revenue(world: World, rows: Rows, as_of: Microseconds, effect: Floats) -> Floats:
    """Return the expected revenue (n, k) of leads by route, within the horizon after these moments.

    Parameters
    ----------
    rows
        Positions (n,) of the leads, as `World.rows` returns them.
    effect
        By which part (n, k) of the probability a lead is still won on each route; 1 if it is worked.
    """
    amount = world.latent["expected_amount"].to_numpy()[rows]
    return np.asarray(effect * (true_probability(world, rows, as_of) * amount)[:, None], np.float64)


def route_leads(
    rng: np.random.Generator, world: World, rows: Rows, as_of: Microseconds, propensity: Floats, effect: Floats
) -> Routed:
    """Send leads on routes drawn with these probabilities (n, k), and draw what comes of it; `effect` as of `true_revenue`."""
    drawn = rng.random((len(rows), 1)) < np.cumsum(propensity, axis=1)
    route = drawn.argmax(axis=1).astype(np.int8)
    chance = true_probability(world, rows, as_of) * effect[np.arange(len(rows)), route]
    spread = LOG_AMOUNT_SPREAD * rng.standard_normal(len(rows)) - LOG_AMOUNT_SPREAD**2 / 2
    amount = world.latent["expected_amount"].to_numpy()[rows] * np.exp(spread)
    return Routed(route, np.where(rng.random(len(rows)) < chance, amount, 0.0))
