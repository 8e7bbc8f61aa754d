"""What a manager opens on a Monday: what is open and to be won, what waits, and what fewer, better leads would keep."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from features.settings.schema import LeadSchema
from models.charts.chart import Chart
from models.close.reasons.sentences import counted, percent
from models.close.record import VersionRecord
from models.decision.routes import ROUTES, Prices
from models.decision.settings import DecisionSettings
from serving.analytics.plan import plan_by_record
from serving.pages.list_choices import QUEUE, ROUTE_WORDS
from serving.pages.speed import Speed
from serving.pages.words import ago, in_currency, money
from serving.schemas.records import RecordCut
from serving.store.overview import OpenLeads

OVERVIEW = "/pages/overview"
NINETY = 1.645
"""Standard deviations within which nine of ten normal draws lie."""
WIDTH, HEIGHT, ROOM = 360, 240, 44
"""Of the curve, in units of its picture, and the room for its axes."""
HOURS_A_WEEK = 40
"""Of one who works full time."""


@dataclass(frozen=True)
class OverviewFigure:
    """One figure with what it is of, what is to be said beside it, and where it leads."""

    value: str
    words: str
    beside: str
    path: str


@dataclass(frozen=True)
class CutRow:
    """Working only leads from a probability on: which part of the leads that is, which part of the wins it keeps, and the hours it frees."""

    least: str
    leads: str
    wins: str
    hours: str
    net: str
    x: float
    y: float


@dataclass(frozen=True)
class PlanView:
    """What the best leads keep of the wins, by the record of the model: a sentence, a cut a row, and the curve through them.

    Attributes
    ----------
    money
        Which cut would have brought most, in a sentence; empty where no amount was ever recorded.
    """

    sentence: str
    cuts: tuple[CutRow, ...]
    line: str
    tested: str
    money: str = ""
    currency: str = ""
    width: int = WIDTH
    height: int = HEIGHT
    room: int = ROOM


@dataclass(frozen=True)
class OverviewPage:
    """Everything that the page says; the plan is None where the record holds too few wins.

    Attributes
    ----------
    months
        What was promised against what came; None where too little has.
    capacity
        What one hour more is worth, in sentences; empty where nothing is decided.
    speed
        How soon leads are touched; None where too few were.
    is_waiting
        Whether the first and the last of these are still being computed.
    """

    figures: tuple[OverviewFigure, ...]
    routes: tuple[tuple[str, str, str, str], ...]
    plan: PlanView | None
    model: str
    months: Chart | None = None
    capacity: tuple[str, ...] = ()
    speed: Speed | None = None
    is_waiting: bool = False
    troubles: tuple[str, ...] = ()


def overview_page(
    some: Sequence[OpenLeads],
    plan: PlanView | None,
    schema: LeadSchema,
    model: str,
    now: int,
    *,
    months: Chart | None = None,
    capacity: tuple[str, ...] = (),
    speed: Speed | None = None,
    is_waiting: bool = False,
    troubles: tuple[str, ...] = (),
) -> OverviewPage:
    """Return the overview.

    Parameters
    ----------
    plan
        What the best leads keep; None where too little is known to say.
    model
        Which model it is, in words.
    troubles
        What is wrong, in sentences.
    """
    return OverviewPage(
        tuple(_figures(some, schema, now)),
        tuple(_routes(some)),
        plan,
        model,
        months,
        capacity,
        speed,
        is_waiting,
        troubles,
    )


def capacity_of(prices: Prices, currency: str) -> tuple[str, ...]:
    """Say what an hour more is worth, by the price at which the work that is worth doing fits into the hours that there are.

    Examples
    --------
    >>> for sentence in capacity_of(Prices(2.5, 0.0), "EUR"):
    ...     print(sentence)
    One hour more of a rep is worth 150 EUR beyond its cost: so much the best lead brings for which there is no time now.
    One rep more, 40 hours a week, is worth at most 6,000 EUR a week beyond the cost: each further hour goes to a lesser lead.
    The qualifying team has time for every lead that is worth it: one hour more would bring nothing.
    """
    return (
        *_hour(prices.rep, "a rep", "Reps have", "rep", currency),
        *_hour(prices.qualify, "the qualifying team", "The qualifying team has", "", currency),
    )


def _hour(price: float, whose: str, they_have: str, one: str, currency: str) -> list[str]:
    hour = 60 * price
    if round(hour) < 1:
        return [f"{they_have} time for every lead that is worth it: one hour more would bring nothing."]
    said = [
        f"One hour more of {whose} is worth {in_currency(hour, currency)} beyond its cost: so much the best lead brings for which there is no time now."
    ]
    if one:
        week = in_currency(hour * HOURS_A_WEEK, currency)
        said.append(
            f"One {one} more, {HOURS_A_WEEK} hours a week, is worth at most {week} a week beyond the cost: each further hour goes to a lesser lead."
        )
    return said


def _figures(some: Sequence[OpenLeads], schema: LeadSchema, now: int) -> list[OverviewFigure]:
    leads, scored = (sum(getattr(one, name) for one in some) for name in ("leads", "scored"))
    expected, spread = sum(one.expected for one in some), NINETY * math.sqrt(sum(one.variance for one in some))
    unscored = f"{counted(leads - scored, 'has', 'have')} no score" if leads > scored else ""
    figures = [OverviewFigure(f"{leads:,}", "open leads", unscored, f"{QUEUE}?whose=everyone")]
    if scored:
        low, high = max(expected - spread, 0), min(expected + spread, scored)
        beside = f"{low:,.0f} to {high:,.0f} by chance alone, 9 times in 10, if every score holds"
        figures.append(
            OverviewFigure(f"{expected:,.0f}", f"of them to be won within {schema.horizon_days} days", beside, "")
        )
    waiting = [one for one in some if one.route == "rep" and one.unowned]
    if waiting:
        count, oldest = sum(one.unowned for one in waiting), min(one.oldest_unowned or now for one in waiting)
        words = "goes to a rep and has no owner" if count == 1 else "go to a rep and have no owner"
        path = f"{QUEUE}?whose=unowned&route=rep"
        figures.append(OverviewFigure(f"{count:,}", words, f"the oldest came in {ago(oldest, now)}", path))
    return figures


def _routes(some: Sequence[OpenLeads]) -> list[tuple[str, str, str, str]]:
    """Return by route its name, how many leads go there, how many are to be won of them, and where they are listed."""
    by_route = {one.route: one for one in some}
    return [
        (ROUTE_WORDS[route], f"{one.leads:,}", f"{one.expected:,.1f}", f"{QUEUE}?whose=everyone&route={route}")
        for route in reversed(ROUTES)
        if (one := by_route.get(route)) is not None
    ]


def plan_of(
    record: VersionRecord | None, settings: DecisionSettings | None, amount: float | None = None, currency: str = ""
) -> PlanView | None:
    """Return what the best leads keep; None where the record holds too few wins to say.

    Parameters
    ----------
    record
        What the model knows of itself; None where it does not.
    settings
        By which it is decided what a rep's work costs; None where nothing is decided.
    amount, currency
        The mean amount of a win, None where none was ever recorded; and in what it is.

    Examples
    --------
    >>> plan_of(None, None) is None
    True
    """
    plan = plan_by_record(record, settings, amount)
    if plan is None:
        return None
    places = [_place(0.0, 0.0), *(_place(cut.leads, cut.wins) for cut in plan.cuts)]
    return PlanView(
        sentence=plan.sentence,
        cuts=tuple(map(_cut, plan.cuts if plan.cuts[-1].net is not None else plan.cuts[:-1])),
        line="M" + "L".join(f"{x} {y}" for x, y in places),
        tested=f"Scores of {plan.tested_since:%B %Y} and later, by a model that knew nothing of how these leads ended.",
        money=_money(plan.cuts, currency),
        currency=currency,
    )


def _money(cuts: Sequence[RecordCut], currency: str) -> str:
    """Say which cut would have brought most, against working all leads."""
    nets = {cut.net: cut for cut in cuts if cut.net is not None}
    if not nets:
        return ""
    most, of_all = max(nets), in_currency(cuts[-1].net or 0.0, currency)
    if nets[most] is cuts[-1]:
        return f"No cut would have brought more than working all of them: {of_all} net of 1,000 leads."
    best, net = percent(nets[most].least_probability), in_currency(most, currency)
    if most < 0:
        return f"No cut would have paid for its work: from {best} on it is {net} net of 1,000 leads, by working all {of_all}."
    return f"Working from {best} on would have brought most: {net} net of 1,000 leads, against {of_all} by working all."


def _cut(cut: RecordCut) -> CutRow:
    hours = "" if cut.hours_freed is None else f"{cut.hours_freed:,.0f}"
    return CutRow(
        percent(cut.least_probability) if cut.least_probability else "All",
        percent(cut.leads),
        percent(cut.wins),
        hours,
        "" if cut.net is None else money(cut.net),
        *_place(cut.leads, cut.wins),
    )


def _place(share: float, held: float) -> tuple[float, float]:
    """Return where a share of the leads and of the wins lies in the picture."""
    x = ROOM + (WIDTH - ROOM - 8) * share
    return round(x, 1), round(HEIGHT - ROOM - (HEIGHT - ROOM - 8) * held, 1)
