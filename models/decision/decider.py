"""What is decided about a lead: its step, what it is worth, its route with the reason in words, and why it may be lost.

The decider stands beside the close model in a version of the registry, as one text file; a version without it scores and decides nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from features.matrix.matrix import Matrix
from features.records.history import Floats, History, Moments, Strings
from features.settings.fields import Obstacle
from features.settings.ladder import STEPS, Step
from features.settings.schema import LeadSchema
from models.close.model import CloseModel, Explained
from models.decision.amount import AmountModel
from models.decision.answer_model import AnswerModel, Replies
from models.decision.answered import Answered
from models.decision.exploration import lot
from models.decision.ladder import Ladder, Places
from models.decision.losses import LossModel
from models.decision.questions import AskedLeads, Asking, OpenQuestion, expected_value
from models.decision.rates import StepCloseRate
from models.decision.routes import NURTURE, REP, ROUTES, Prices, Prospects, Route, chosen, routes, worth
from models.decision.settings import LOSS_REASONS, DecisionSettings, LossReason
from models.decision.value_of_information import Donors, after_asking
from models.decision.wording import RouteGrounds, in_words

DECISION_FILE = "decision.json"
"""The text file that a decider is kept in."""
HURDLES = tuple(obstacle for obstacle in get_args(Obstacle) if obstacle != "source")
"""What a lead itself has to get over."""


@dataclass(frozen=True)
class LossForecast:
    """The likeliest reason if a lead is lost, with its probability then."""

    reason: LossReason
    probability: float


@dataclass(frozen=True)
class LeadDecision:
    """What is decided about one lead at one moment.

    Attributes
    ----------
    step, since, next_step, missing
        Where it stands on the ladder since when (microseconds UTC), and what it lacks for the next step, in words.
    step_rate
        How leads on its step close.
    expected_amount, expected_value
        Of a win; and of a rep's working the lead, less the cost of it.
    route, reason
        Where it goes, and why in words.
    drawn
        Whether it goes to a rep only because its lot was drawn.
    propensity
        With which probability it would have gone on each route; 1 in all.
    obstacle
        What to work on.
    likely_loss
        None where no reason is likely enough to be named.
    ask_next
        What to ask, the question first whose answer is worth most.
    """

    step: Step
    since: int
    next_step: Step | None
    missing: tuple[str, ...]
    step_rate: StepCloseRate
    expected_amount: float
    expected_value: float
    route: Route
    reason: str
    drawn: bool
    propensity: Mapping[Route, float]
    obstacle: Obstacle | None
    likely_loss: LossForecast | None
    ask_next: tuple[OpenQuestion, ...]


@dataclass(frozen=True)
class Decider:
    """All that deciding needs beside the close model.

    Attributes
    ----------
    rates
        How leads on each step close.
    lots
        The share of the leads below the cut whose lot is drawn.
    replies
        What leads answer to each question.
    """

    schema: LeadSchema
    settings: DecisionSettings
    amount: AmountModel
    losses: LossModel
    donors: Donors
    rates: tuple[StepCloseRate, ...]
    prices: Prices
    lots: float
    replies: Replies

    @cached_property
    def ladder(self) -> Ladder:
        """The ladder of the settings."""
        return Ladder(self.schema)

    @property
    def win_amount(self) -> float | None:
        """The mean amount of a win; None where none was ever recorded, and the settings say what a win counts."""
        amount = self.amount
        is_given = amount.trees is None and not amount.by_source and amount.mean == self.settings.amount
        return None if is_given else amount.mean

    def prospects(self, model: CloseModel, X: Matrix, source: Strings) -> Prospects:
        """Return what routes are chosen by, from the model's matrix (n, f) and the first channel's values (n,)."""
        return self._prospects(model, X, model.predict(X), source, self._losses(model, X))

    def _losses(self, model: CloseModel, X: Matrix) -> Floats:
        return self.losses.probability(X[:, : len(model.blend.features)])

    def _prospects(
        self, model: CloseModel, X: Matrix, probability: Floats, source: Strings, losses: Floats
    ) -> Prospects:
        amount = self.amount.expected(X[:, : len(model.blend.features)], source)
        after = after_asking(model, self.donors, X, probability)
        return Prospects(probability, amount, after, losses[:, LOSS_REASONS.index("not a buyer")])

    def routes(self, model: CloseModel, history: History, moments: Moments, X: Matrix) -> NDArray[np.int8]:
        """Return the code in `ROUTES` (n,) of where leads go at moments, with the model's matrix (n, f); without lots."""
        return routes(self.settings, self.prices, self.prospects(model, X, first_channel(history, moments)))

    def decide(
        self,
        model: CloseModel,
        history: History,
        moments: Moments,
        explained: Explained,
        secret: str = "",
        *,
        ask: bool = True,
    ) -> list[LeadDecision]:
        """Decide on leads at moments, from what the model has explained of them.

        Parameters
        ----------
        secret
            By which lots are drawn; without it, and for leads without an id, there are none.
        ask
            Whether to say what to ask, too.
        """
        X, source = explained.X, first_channel(history, moments)
        losses = self._losses(model, X)
        leads = self._prospects(model, X, explained.probability, source, losses)
        of = worth(self.settings, self.prices, leads)
        route = chosen(self.settings, leads, of)
        places = self.ladder.places(history, moments)
        ids = [str(lead_id) for lead_id in history.leads.lead_id[moments.lead]]
        picked = np.array([self._is_picked(secret, lead_id) for lead_id in ids], np.bool_)
        asking: list[tuple[OpenQuestion, ...]] = [()] * len(X)
        if ask:
            asked = AskedLeads(np.arange(len(X)), X, source, explained.probability, route, picked)
            asking = self.asking(model, history, moments, X).questions(model, asked)
        decisions = []
        for row, code in enumerate(route.tolist()):
            share = self._lots(secret, ids[row], code)
            grounds = RouteGrounds(
                probability=float(leads.probability[row]),
                amount=float(leads.amount[row]),
                passing=float(of.passing[row]),
                obstacle=hardest(model, explained.contributions[row]),
                drawn=code != REP and bool(picked[row]),
            )
            loss = likely(losses[row], self.settings.abstain)
            decisions.append(self._decision(places, row, ROUTES[code], share, grounds, loss, asking[row]))
        return decisions

    def asking(self, model: CloseModel, history: History, moments: Moments, X: Matrix) -> Asking:
        """Return by what questions to leads at moments are weighed, from the model's matrix (n, f)."""
        answered = Answered(model, history, moments, X)
        return Asking(self.replies, self.settings, self.prices, partial(self.prospects, model), answered)

    def _is_picked(self, secret: str, lead_id: str) -> bool:
        """Return whether a lead's lot is drawn, wherever else it would go."""
        share = self._lots(secret, lead_id, NURTURE)
        return share > 0 and lot(secret, lead_id) < share

    def _lots(self, secret: str, lead_id: str, route: int) -> float:
        """Return the probability with which a lead's lot is drawn."""
        return self.lots if secret and lead_id and route != REP else 0.0

    def _decision(
        self,
        places: Places,
        row: int,
        route: Route,
        share: float,
        grounds: RouteGrounds,
        loss: LossForecast | None,
        asking: tuple[OpenQuestion, ...],
    ) -> LeadDecision:
        step = int(places.step[row])
        next_step, missing = self.ladder.missing(step, places.met[row])
        return LeadDecision(
            step=STEPS[step],
            since=int(places.since[row]),
            next_step=next_step,
            missing=missing,
            step_rate=self.rates[step],
            expected_amount=grounds.amount,
            expected_value=expected_value(self.settings, grounds.probability, grounds.amount),
            route="rep" if grounds.drawn else route,
            reason=in_words(self.settings, self.prices, route, grounds),
            drawn=grounds.drawn,
            propensity={"rep": share, route: 1 - share} if share else {route: 1.0},
            obstacle=grounds.obstacle,
            likely_loss=loss,
            ask_next=asking,
        )

    def to_text(self) -> str:
        """Return the decider as text."""
        content = {
            "schema": self.schema.model_dump(mode="json"),
            "settings": self.settings.model_dump(mode="json"),
            "amount": self.amount.to_json(),
            "losses": self.losses.to_json(),
            "donors": self.donors.to_json(),
            "rates": [rate.to_json() for rate in self.rates],
            "prices": self.prices.to_json(),
            "lots": self.lots,
            "replies": {name: reply.to_json() for name, reply in self.replies.items()},
        }
        return json.dumps(content, indent=1)

    @classmethod
    def from_text(cls, text: str) -> "Decider":
        """Read what `to_text` wrote; it then decides the same."""
        content = json.loads(text)
        return cls(
            LeadSchema.model_validate(content["schema"]),
            DecisionSettings.model_validate(content["settings"]),
            AmountModel.from_json(content["amount"]),
            LossModel.from_json(content["losses"]),
            Donors.from_json(content["donors"]),
            tuple(StepCloseRate(**rate) for rate in content["rates"]),
            Prices(**content["prices"]),
            content["lots"],
            {name: AnswerModel.from_json(reply) for name, reply in content.get("replies", {}).items()},
        )


def first_channel(history: History, moments: Moments) -> Strings:
    """Return the value (n,) of the first channel of each moment's lead; None where there is none."""
    name = next(iter(history.schema.channels), None)
    return np.full(len(moments), None, np.object_) if name is None else history.leads.channels[name][moments.lead]


def hardest(model: CloseModel, contributions: Floats) -> Obstacle | None:
    """Return the obstacle that speaks most against a lead (contributions of its features); None where none does."""
    against = dict.fromkeys(HURDLES, 0.0)
    for feature, contribution in zip(model.features, contributions.tolist(), strict=True):
        if feature.obstacle in against:
            against[feature.obstacle] += contribution
    worst = min(against, key=lambda hurdle: against[hurdle])
    return worst if against[worst] < 0 else None


def likely(probability: Floats, least: float) -> LossForecast | None:
    """Return the likeliest of `LOSS_REASONS`, if it is as likely as `least`.

    Examples
    --------
    >>> likely(np.array([0.1, 0.6, 0.1, 0.1, 0.05, 0.05]), 0.4)
    LossForecast(reason='money', probability=0.6)
    """
    best = int(probability.argmax())
    return LossForecast(LOSS_REASONS[best], float(probability[best])) if probability[best] >= least else None
