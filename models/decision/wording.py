"""Why a lead goes where it goes, in words that sales and marketing can hold the figures against."""

from dataclasses import dataclass

import numpy as np

from features.settings.fields import Obstacle
from models.close.reasons.wording import fine_percent
from models.decision.routes import Prices, Route, hopeless
from models.decision.settings import DecisionSettings


@dataclass(frozen=True)
class RouteGrounds:
    """What a route was chosen by: chance and amount, and the share of the answers after which a rep would take the lead."""

    probability: float
    amount: float
    passing: float
    obstacle: Obstacle | None
    drawn: bool


def in_words(settings: DecisionSettings, prices: Prices, route: Route, grounds: RouteGrounds) -> str:
    """Say why a lead goes on a route; where its lot was drawn, why it goes to a rep all the same."""
    said = _said(settings, prices, route, grounds)
    return f"Picked at random, so that we keep learning about leads below the cut. {said}" if grounds.drawn else said


def _said(settings: DecisionSettings, prices: Prices, route: Route, grounds: RouteGrounds) -> str:
    brings = grounds.probability * grounds.amount
    cut = _break_even(settings, prices)
    sum_of = f"{fine_percent(grounds.probability)} of {_money(grounds.amount)} is {_money(brings)}"
    match route:
        case "rep":
            return f"{sum_of}: worth a rep's {settings.rep.minutes:.0f} minutes, which have to bring {_money(cut)}."
        case "qualify":
            passing = (
                f"after {fine_percent(grounds.passing)} of the answers that leads like it give, a rep would take it"
            )
            if brings > cut:
                return f"{sum_of}, of the {_money(cut)} that a rep's time has to bring; but ask first: {passing}."
            return f"{sum_of}, and a rep's time has to bring {_money(cut)}. Asking may change that: {passing}."
        case "nurture":
            work = f" Work on {grounds.obstacle}." if grounds.obstacle else ""
            return f"{sum_of}, and a rep's time has to bring {_money(cut)}: not yet.{work}"
        case "decline":
            if not hopeless(settings, np.array(grounds.probability), np.array(grounds.amount)):
                return f"{sum_of}, but it is almost surely no buyer."
            cost = _money(settings.nurture_cost)
            return f"{sum_of}. Even at {settings.decline_odds:g} times the odds it would not bring back the {cost} of nurturing it."


def _break_even(settings: DecisionSettings, prices: Prices) -> float:
    """Return from which expected amount a rep's work brings more than nurturing, by which some come back unasked."""
    return (settings.rep.cost + prices.rep * settings.rep.minutes - settings.nurture_cost) / (1 - settings.comes_back)


def _money(amount: float) -> str:
    return f"{amount:,.0f}"
