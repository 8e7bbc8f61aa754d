"""What the service decided about leads, as it was logged: what the routing, and nurturing, are judged by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.records.clock import Microseconds
from features.records.history import Floats, Strings
from models.decision.policy import Policy, own_routes
from models.decision.routes import REP


@dataclass(frozen=True)
class Decided:
    """The first decision on each of n leads, as it was logged.

    Attributes
    ----------
    probability, amount
        Of being won if a rep works it, and expected of a win.
    route
        Where it went, by position in `models.decision.routes.ROUTES`.
    propensity
        With which probability it would have gone on each route (n, routes).
    rep_at
        When a later decision first sent it to a rep; `NEVER` if none did.
    obstacle
        What was to be worked on; None where nothing spoke against it.
    """

    lead_id: Strings
    as_of: Microseconds
    probability: Floats
    amount: Floats
    route: NDArray[np.int8]
    propensity: Policy
    rep_at: Microseconds
    obstacle: Strings

    def __len__(self) -> int:
        return len(self.route)

    @property
    def drawn(self) -> NDArray[np.bool_]:
        """Which leads went to a rep only because their lot was drawn."""
        return np.asarray((self.route == REP) & (own_routes(self.propensity) != REP), np.bool_)

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Decided":
        """Return some of them."""
        return Decided(*(column[rows] for column in vars(self).values()))
