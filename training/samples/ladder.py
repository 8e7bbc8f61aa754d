"""What became of leads on each step of the ladder, as known at a time."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.records.history import History
from models.decision.ladder import Ladder
from models.decision.rates import StepCloseRate, Verdict, goal_verdict, order_verdict, step_rates
from training.samples.moments import labels_known_at, moments_at_ages
from training.settings import TrainingSettings


@dataclass(frozen=True)
class LadderReport:
    """How the steps of a ladder close, in words and figures.

    Attributes
    ----------
    order, said
        Whether higher steps close better, and the sentence for it.
    goal
        How prospects close against the goal for them.
    undefined
        Steps that no lead can reach.
    """

    rates: tuple[StepCloseRate, ...]
    order: Verdict
    said: str
    goal: str
    undefined: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "rates": [rate.to_json() for rate in self.rates],
            "order": self.order,
            "said": self.said,
            "goal": self.goal,
            "undefined": list(self.undefined),
        }


def ladder_report(history: History, settings: TrainingSettings, as_of: int | None = None) -> LadderReport:
    """Return how each step closes: of leads at the ages of training, those that had matured by `as_of` (microseconds UTC)."""
    known = history if as_of is None else history.as_known_at(as_of)
    moments = moments_at_ages(known, settings.ages_days, known.known_until)
    labels = labels_known_at(known, moments, known.known_until, settings.settling_days)
    rows = np.flatnonzero(labels.counted)
    ladder = Ladder(known.schema)
    matured = moments.take(rows)
    step = ladder.steps(ladder.met(known, matured))
    rates = step_rates(step, matured.lead, labels.won[rows])
    order, said = order_verdict(rates)
    return LadderReport(rates, order, said, goal_verdict(rates, known.schema.ladder.goal), ladder.undefined)
