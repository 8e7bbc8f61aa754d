"""Where leads go so that what there is to spend brings most: rep, qualifying team, nurture or decline.

What a lead brings on a route is its expected value there less what it spends, with minutes at their shadow price: the price at which
those who are worth it spend no more than there is. So the thresholds follow from the capacity, and nobody has to set them.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from features.records.history import Floats
from models.decision.settings import DecisionSettings

Route = Literal["decline", "nurture", "qualify", "rep"]
ROUTES: tuple[Route, ...] = get_args(Route)
"""From the lowest to the highest."""
DECLINE, NURTURE, QUALIFY, REP = range(len(ROUTES))

STEPS = 40
"""Most steps in the search of a price, or of a shift."""
LEAST = 1e-12
"""Differences of probabilities below it are none."""


@dataclass(frozen=True)
class Prices:
    """What a minute of the reps, and of the qualifying team, has to bring beyond its cost; 0 where there is enough of it."""

    rep: float = 0.0
    qualify: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Prospects:
    """Leads to be decided on, n rows.

    Attributes
    ----------
    probability
        Of being won within the horizon if a rep works the lead (n,).
    amount
        Expected amount of a win (n,).
    after
        Probabilities (n, k) that the lead may have once it has been asked; their mean is `probability`.
    not_a_buyer
        Probability that a lost lead was no buyer (n,).
    """

    probability: Floats
    amount: Floats
    after: Floats
    not_a_buyer: Floats

    def __len__(self) -> int:
        return len(self.probability)


@dataclass(frozen=True)
class Worth:
    """What leads bring by route at some prices (n,), and the share of the answers after which a rep would take them (n,)."""

    rep: Floats
    qualify: Floats
    nurture: Floats
    passing: Floats


def worth(settings: DecisionSettings, prices: Prices, leads: Prospects) -> Worth:
    """Return what leads bring on each route, less what they spend at these prices.

    The qualifying team is worth what its answers change: of those that would send the lead to a rep, the gain over nurturing it.
    """
    rep = _rep(settings, prices, leads.probability, leads.amount)
    nurture = _nurture(settings, leads.probability, leads.amount)
    amount = leads.amount[:, None]
    gain = _rep(settings, prices, leads.after, amount) - _nurture(settings, leads.after, amount)
    asked = settings.qualify.cost + prices.qualify * settings.qualify.minutes
    return Worth(rep, nurture + np.maximum(gain, 0).mean(axis=1) - asked, nurture, (gain > 0).mean(axis=1))


def value(settings: DecisionSettings, prices: Prices, probability: Floats, amount: Floats) -> Floats:
    """Return what leads bring on the better of two routes: a rep works them, or they are nurtured."""
    return np.maximum(_rep(settings, prices, probability, amount), _nurture(settings, probability, amount))


def routes(settings: DecisionSettings, prices: Prices, leads: Prospects) -> NDArray[np.int8]:
    """Return the route (n,) of each lead by position in `ROUTES`; a higher probability never lowers it."""
    return chosen(settings, leads, worth(settings, prices, leads))


def chosen(settings: DecisionSettings, leads: Prospects, of: Worth) -> NDArray[np.int8]:
    """Return the route (n,) of each lead by what it brings on each."""
    return _chosen(of, strong_case(settings, leads))


def strong_case(settings: DecisionSettings, leads: Prospects) -> NDArray[np.bool_]:
    """Return which leads (n,) are not worth a letter even at several times their odds, or are almost surely no buyers."""
    no_buyer = (1 - leads.probability) * leads.not_a_buyer >= settings.decline_not_a_buyer
    return np.asarray(hopeless(settings, leads.probability, leads.amount) | no_buyer, np.bool_)


def hopeless(settings: DecisionSettings, probability: Floats, amount: Floats) -> NDArray[np.bool_]:
    """Return which leads (n,) are not worth a letter even at several times their odds."""
    inside = np.clip(probability, LEAST, 1 - LEAST)
    hopeful = expit(logit(inside) + np.log(settings.decline_odds))
    return np.asarray(settings.comes_back * hopeful * amount < settings.nurture_cost, np.bool_)


def spread_around(probability: Floats, margins: Floats, weight: Floats | None = None) -> Floats:
    """Return probabilities (n, k) at these log-odds, moved by row so that their mean, or weighted mean, is `probability` (n,).

    What a model says after an answer should on average be what it said before; where it does not, it is moved to. Weights (n, k) sum to 1
    in each row. A row comes to the same to the last bit alone and among others.
    """
    share = np.full(margins.shape, 1 / margins.shape[1]) if weight is None else weight
    goal = logit(np.clip(probability, LEAST, 1 - LEAST))
    low, high = goal - margins.max(axis=1), goal - margins.min(axis=1)
    mean = np.einsum("nk,nk->n", expit(margins), share)
    moved = np.clip(goal - logit(np.clip(mean, LEAST, 1 - LEAST)), low, high)
    for _ in range(STEPS):
        spread = expit(margins + moved[:, None])
        off = np.einsum("nk,nk->n", spread, share) - probability
        going = np.abs(off) >= LEAST  # a row that has arrived stays where it is, whatever the others do
        if not going.any():
            break
        low, high = np.where(off > 0, low, moved), np.where(off > 0, moved, high)
        slope = np.einsum("nk,nk->n", spread * (1 - spread), share)
        newton = moved - off / np.maximum(slope, LEAST)
        further = np.where((newton > low) & (newton < high), newton, (low + high) / 2)
        moved = np.where(going, further, moved)
    return np.asarray(expit(margins + moved[:, None]), np.float64)


def spent(settings: DecisionSettings, prices: Prices, leads: Prospects) -> tuple[float, float]:
    """Return how many minutes of the reps, and of the qualifying team, leads spend at these prices.

    Reps also work those whom the qualifying team passes on.
    """
    of = worth(settings, prices, leads)
    route = chosen(settings, leads, of)
    reps = (route == REP).sum() + of.passing[route == QUALIFY].sum()
    return float(reps * settings.rep.minutes), float((route == QUALIFY).sum() * settings.qualify.minutes)


def shadow_prices(settings: DecisionSettings, leads: Prospects, reps: float, team: float) -> Prices:
    """Return the lowest prices found at which leads spend at most so many minutes of the reps and of the qualifying team.

    At these prices the capacity is kept for certain; leads that are exactly alike stand or fall together, so a little may be left.
    """
    most = float((leads.amount * np.maximum(leads.probability, leads.after.max(axis=1))).max(initial=1.0))

    def team_price(rep: float) -> float:
        limit = most / settings.qualify.minutes
        return _lowest(lambda q: spent(settings, Prices(rep, q), leads)[1] <= team, limit)

    def kept(rep: float) -> bool:
        return spent(settings, Prices(rep, team_price(rep)), leads)[0] <= reps

    rep = _lowest(kept, most / settings.rep.minutes)
    return Prices(rep, team_price(rep))


def _lowest(enough: Callable[[float], bool], limit: float) -> float:
    """Return a price at which there is enough, at most `limit`: at that, nothing is worth its minutes."""
    if enough(0.0):
        return 0.0
    low, high = 0.0, limit
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _rep(settings: DecisionSettings, prices: Prices, probability: Floats, amount: Floats) -> Floats:
    return probability * amount - settings.rep.cost - prices.rep * settings.rep.minutes


def _nurture(settings: DecisionSettings, probability: Floats, amount: Floats) -> Floats:
    return settings.comes_back * probability * amount - settings.nurture_cost


def _chosen(of: Worth, hopeless: NDArray[np.bool_]) -> NDArray[np.int8]:
    rest = np.where(hopeless, DECLINE, NURTURE)
    asked = of.qualify > of.nurture
    worked = (of.rep > of.nurture) & (of.rep >= of.qualify)
    return np.where(worked, REP, np.where(asked, QUALIFY, rest)).astype(np.int8)
