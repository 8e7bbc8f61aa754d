"""Simulated companies in which a decider was fitted at a cut-off, and the leads that came in after it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.sources import history_of
from features.matrix.matrix import Matrix
from features.records.history import Floats, History, Moments
from features.simulation import World, WorldSettings, quarter_starts, simulate, true_probability
from models.close.model import CloseModel
from models.close.settings import BoosterSettings
from models.decision.decider import Decider, first_channel
from models.decision.routes import Prospects
from training.fitting.decisions import fit_decider
from training.fitting.fit import fit_close_model
from training.samples.dataset import prepare
from training.settings import TrainingSettings

LATER_QUARTERS = 4
"""Leads of so many of the latest quarters are decided on."""
SETTINGS = TrainingSettings(settling_days=7, booster=BoosterSettings(learning_rate=0.1, most_rounds=400, patience=30))
"""Fewer and larger steps than the default, so that many companies can be had."""


@dataclass(frozen=True)
class Company:
    """A company at a cut-off, with the leads that came in later, as they came in."""

    world: World
    history: History
    model: CloseModel
    decider: Decider
    moments: Moments

    @cached_property
    def X(self) -> Matrix:
        """The model's matrix of the later leads."""
        return self.model.matrix(self.history, self.moments)

    @cached_property
    def prospects(self) -> Prospects:
        """The later leads, by what the moment shows."""
        return self.decider.prospects(self.model, self.X, first_channel(self.history, self.moments))

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Positions of the later leads in the world."""
        return self.world.rows(pd.Series(self.history.leads.lead_id[self.moments.lead]))

    @cached_property
    def true_probability(self) -> Floats:
        """Of each later lead's being won within the horizon, given all that no export holds."""
        return true_probability(self.world, self.rows, self.moments.as_of)

    @property
    def true_amount(self) -> Floats:
        """The expected amount of a win of each later lead, given the same."""
        return self.world.latent["expected_amount"].to_numpy()[self.rows]


def company(leads: int, seed: int, settings: TrainingSettings = SETTINGS) -> Company:
    """Return a steady company whose decider knows what was known before its latest quarters began."""
    of = WorldSettings(leads=leads, seed=seed).steady()
    world, history = simulate(of), history_of(of)
    cutoff = int(quarter_starts(of)[-1 - LATER_QUARTERS])
    dataset = prepare(history.as_known_at(cutoff), settings)
    model = fit_close_model(dataset, settings, cutoff).model
    decider = fit_decider(dataset, model, settings).decider
    created_at = history.leads.created_at
    later = np.flatnonzero(created_at > cutoff).astype(np.int32)
    return Company(world, history, model, decider, Moments(later, created_at[later]))
