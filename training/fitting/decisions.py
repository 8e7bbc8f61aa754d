"""What is learned for deciding: amounts, reasons of losses, how the steps close, and what capacity is worth."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.matrix.matrix import Matrix
from features.records.clock import DAY
from features.records.history import Integers, Moments, Outcomes, Strings
from models.close.model import CloseModel
from models.decision.amount import AmountFigures, Deals, fit_amount
from models.decision.answer_model import learn_replies
from models.decision.decider import Decider, first_channel
from models.decision.exploration import lot_share
from models.decision.losses import LossFigures, Lost, fit_losses, reason_codes
from models.decision.routes import REP, Prices, routes, shadow_prices
from models.decision.settings import DecisionSettings
from models.decision.value_of_information import Donors
from training.samples.dataset import Dataset
from training.samples.ladder import LadderReport, ladder_report
from training.samples.moments import moment_weights
from training.settings import TrainingSettings

INFLOW_DAYS = 90
"""So many days of the latest leads stand for those to come: how many there are a week, and what they are worth."""
MAX_LEADS = 2000
"""Of them, so many are enough to find prices."""


@dataclass(frozen=True)
class DecisionFit:
    """A decider, and the facts of its fit that a report should state."""

    decider: Decider
    amount: AmountFigures
    losses: LossFigures
    ladder: LadderReport

    def metrics(self) -> dict[str, float | None]:
        """Return the figures by name."""
        amount = {f"amount/{name}": figure for name, figure in asdict(self.amount).items()}
        losses = {f"loss_reason/{name}": figure for name, figure in asdict(self.losses).items()}
        rates = {f"ladder/{rate.step}": rate.rate for rate in self.ladder.rates}
        prices = {f"price_a_minute/{name}": price for name, price in self.decider.prices.to_json().items()}
        return {**amount, **losses, **rates, **prices}

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "amount": asdict(self.amount),
            "loss_reasons": asdict(self.losses),
            "ladder": self.ladder.to_json(),
            "prices": self.decider.prices.to_json(),
        }


def fit_decider(dataset: Dataset, model: CloseModel, settings: TrainingSettings) -> DecisionFit:
    """Fit all that deciding needs, on what is known at the end of the history."""
    decision, history = settings.decision, dataset.history
    last = history.outcomes.last_of_each_lead()
    deals = _deals(dataset, last)
    amount, amount_figures = fit_amount(dataset.features, deals, decision.fewest_amounts, decision.amount)
    lost = _lost(dataset, last, decision)
    losses, loss_figures = fit_losses(dataset.features, lost, decision.fewest_reasons, decision.abstain)
    ladder = ladder_report(history, settings)
    last_moments = _last_moments(dataset, model)
    donors, replies = Donors.of(last_moments, model.predict(last_moments)), learn_replies(model, last_moments)
    unpriced = Decider(history.schema, decision, amount, losses, donors, ladder.rates, Prices(), 0.0, replies)
    return DecisionFit(_priced(dataset, model, unpriced), amount_figures, loss_figures, ladder)


def _of_leads(dataset: Dataset, leads: Integers) -> NDArray[np.int64]:
    """Return the rows of these leads' moments, in the order of the leads' creation."""
    chosen = np.zeros(len(dataset.history.leads), np.bool_)
    chosen[leads] = True
    rows = np.flatnonzero(chosen[dataset.moments.lead])
    lead = dataset.moments.lead[rows]
    return rows[np.lexsort((dataset.moments.as_of[rows], lead, dataset.history.leads.created_at[lead]))]


def _deals(dataset: Dataset, last: Outcomes) -> Deals:
    sold = last.take(last.won & (last.amount > 0))
    rows = _of_leads(dataset, sold.lead)
    amount = np.full(len(dataset.history.leads), np.nan)
    amount[sold.lead] = sold.amount
    moments = dataset.moments.take(rows)
    return Deals(dataset.X[rows], _sources(dataset, moments), amount[moments.lead], moment_weights(moments))


def _lost(dataset: Dataset, last: Outcomes, settings: DecisionSettings) -> Lost:
    codes = reason_codes(last, settings.reasons)
    told = ~last.won & (codes >= 0)
    rows = _of_leads(dataset, last.lead[told])
    reason = np.full(len(dataset.history.leads), -1)
    reason[last.lead[told]] = codes[told]
    moments = dataset.moments.take(rows)
    return Lost(dataset.X[rows], reason[moments.lead], moment_weights(moments))


def _sources(dataset: Dataset, moments: Moments) -> Strings:
    return first_channel(dataset.history, moments)


def _last_moments(dataset: Dataset, model: CloseModel) -> Matrix:
    """Return the model's matrix of leads as they stood last, when most of what they would say had been said."""
    lead = dataset.moments.lead
    order = np.lexsort((dataset.moments.as_of, lead))
    rows = order[np.diff(lead[order], append=-1) != 0]
    rows = np.sort(rows)[-10 * MAX_LEADS :]
    return model.with_offset(dataset.X[rows], dataset.history, dataset.moments.take(rows))


def _priced(dataset: Dataset, model: CloseModel, decider: Decider) -> Decider:
    """Return the decider with the prices at which the latest leads, as they came in, would have spent what there is."""
    history, settings = dataset.history, decider.settings
    created_at = history.leads.created_at
    since = history.known_until - INFLOW_DAYS * DAY
    latest = np.flatnonzero(created_at > since)
    if not len(latest):
        return decider
    weeks = (history.known_until - max(since, int(created_at.min()))) / (7 * DAY)
    some = latest[np.linspace(0, len(latest) - 1, min(MAX_LEADS, len(latest))).astype(int)].astype(np.int32)
    moments = Moments(some, created_at[some])
    leads = decider.prospects(model, model.matrix(history, moments), _sources(dataset, moments))
    per_week = len(latest) / max(weeks, 1e-9)
    reps, team = settings.rep.share(per_week), settings.qualify.share(per_week)
    by_reps = (1 - settings.random_share) * reps * len(some) * settings.rep.minutes
    prices = shadow_prices(settings, leads, by_reps, team * len(some) * settings.qualify.minutes)
    below = float(np.mean(routes(settings, prices, leads) != REP))
    return replace(decider, prices=prices, lots=lot_share(settings.random_share, reps, below))
