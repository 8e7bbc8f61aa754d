"""What there is to choose the leads of the queue by: lists, filters, orders, and the views that a reader has saved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from features.settings.ladder import STEPS
from models.decision.routes import ROUTES
from serving.schemas.vocabulary import Whose
from serving.store.saved_views import SavedView

QUEUE = "/pages/leads"
ORDERS = {
    "value": "Expected value",
    "probability": "Probability",
    "least": "Least likely first",
    "newest": "Newest first",
}
BANDS = {str(low): f"{low} to {low + 10} %" for low in range(0, 100, 10)}
CHANGED = {"week": "Changed this week", "day": "Changed since yesterday"}
ROUTE_WORDS = {"rep": "rep", "qualify": "qualifying team", "nurture": "nurture", "decline": "decline"}
WHOSE: dict[Whose, str] = {"mine": "My leads", "team": "Team", "unowned": "Nobody’s", "everyone": "Everyone"}
VIEWS = {"new": "New today", "promised": "Call promised", "up": "Went up", "waiting": "Waits too long"}
"""Lists of open leads that are looked at each day."""
STATUS_WORDS = {"open": "Open", "won": "Won", "lost": "Lost"}
CHOOSES = ("whose", "status", "view", "route", "step", "source", "owner", "band", "changed", "order")
"""What a saved view is made of: no word that was searched for, which may be somebody's name and would outlive an erasure."""
SORTED = {"probability": ("probability", "least"), "value": ("value", "value"), "newest": ("newest", "newest")}
"""By column, the order that its header asks for, and the one where it is that already."""


@dataclass(frozen=True)
class Filter:
    """One thing to choose by: the choices as (value, words), the first of which is any."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True)
class Tab:
    """One of several lists to look at."""

    path: str
    words: str
    is_here: bool


@dataclass(frozen=True)
class OwnViews:
    """The views that a reader has saved, and what the list that is shown would be kept by; `here` is the name of the one that is shown."""

    tabs: tuple[Tab, ...]
    here: str
    list: str


@dataclass(frozen=True)
class Sort:
    """Where the header of a column leads, and how the column is sorted as ARIA says it."""

    path: str
    sorted: str


def view_query(chosen: Mapping[str, str]) -> str:
    """Return what a view is saved by: what the reader has chosen, without what was searched for.

    Examples
    --------
    >>> view_query({"search": "ada", "source": "web & co", "cursor": "x", "whose": "team"})
    'whose=team&source=web+%26+co'
    """
    return urlencode([(name, chosen[name]) for name in CHOOSES if chosen.get(name)])


def own_views(kept: Mapping[str, str], saved: Sequence[SavedView]) -> OwnViews:
    """Return the views that a reader has saved, and which of them is shown."""
    shown = view_query(kept)
    here = next((one.name for one in saved if one.query == shown), "")
    return OwnViews(
        tuple(Tab(f"{QUEUE}?{one.query}", one.name, one.name == here) for one in saved), here, f"{QUEUE}?{shown}"
    )


def list_tabs(kept: Mapping[str, str], has_mine: bool) -> Iterator[tuple[Tab, ...]]:
    """Yield whose leads there are to look at, and how they stand."""
    offered: dict[str, dict[str, str]] = {
        "whose": {str(name): words for name, words in WHOSE.items() if has_mine or name != "mine"},
        "status": STATUS_WORDS,
    }
    for name, words in offered.items():
        yield tuple(
            Tab(
                address(
                    QUEUE, {**{key: one for key, one in kept.items() if key != "view" or name == "whose"}, name: value}
                ),
                said,
                kept.get(name, "everyone" if name == "whose" else "open") == value,
            )
            for value, said in words.items()
        )


def daily_tabs(kept: Mapping[str, str]) -> tuple[Tab, ...]:
    """Return the lists of each day; one that is looked at leads back to all."""
    here = kept.get("view")
    others = {name: value for name, value in kept.items() if name not in ("view", "status")}
    return tuple(
        Tab(address(QUEUE, others if name == here else {**others, "view": name}), words, name == here)
        for name, words in VIEWS.items()
    )


def sort_of(column: str, kept: Mapping[str, str]) -> Sort:
    """Return where the header of a column leads."""
    order, other = SORTED[column]
    now = kept.get("order")
    state = "descending" if now == order else "ascending" if now == other else "none"
    return Sort(address(QUEUE, {**kept, "order": other if now == order else order}), state)


def filters_of(chosen: Mapping[str, str], values: Mapping[str, Sequence[str]]) -> tuple[Filter, ...]:
    """Return what there is to filter and order by."""
    named = {name: {value: value for value in values[name]} for name in ("source", "owner")}
    offered: dict[str, tuple[str, Mapping[str, str]]] = {
        "route": ("Route", {route: ROUTE_WORDS[route] for route in reversed(ROUTES)}),
        "step": ("Step", {step: step for step in reversed(STEPS)}),
        "source": ("Source", named["source"]),
        "owner": ("Owner", named["owner"]),
        "band": ("Probability", BANDS),
        "changed": ("Changes", CHANGED),
    }
    anything = {name: (("", "Any"), *words.items()) for name, (_, words) in offered.items()}
    order = Filter("order", "Order by", tuple(ORDERS.items()), chosen["order"])
    return (*(Filter(name, offered[name][0], anything[name], chosen.get(name, "")) for name in offered), order)


def address(path: str, query: Mapping[str, str | None]) -> str:
    """Return an address with what is chosen in it."""
    return f"{path}?{urlencode({name: value for name, value in query.items() if value})}"
