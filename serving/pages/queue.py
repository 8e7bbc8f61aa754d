"""What the queue says: open leads, each with what a rep chooses by, and what moved since yesterday.

Compute, then show: `templates/queue.html` lays it out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from features.clock import to_datetime
from features.ladder import STEPS
from models.close.sentences import counted, number
from models.decision.routes import ROUTES
from serving.pages.words import day, percent, points
from serving.store.records import LeadStanding

QUEUE = "/pages/leads"
EXPORT = "/pages/leads.csv"
ORDERS = {
    "value": "Expected value",
    "probability": "Probability",
    "least": "Least likely first",
    "newest": "Newest first",
}
BANDS = {str(low): f"{low} to {low + 10} %" for low in range(0, 100, 10)}
CHANGED = {"week": "Changed this week", "day": "Changed since yesterday"}
ROUTE_WORDS = {"rep": "rep", "qualify": "qualifying team", "nurture": "nurture", "decline": "decline"}
NO_MOVE = 5
"""Tenths of a point; whatever moves less is not said to have moved."""


@dataclass(frozen=True)
class Row:
    """One lead in the queue; `way` is up, down or empty."""

    lead_id: str
    name: str
    path: str
    came: str
    share: str
    moved: str
    way: str
    value: str
    route: str
    step: str
    source: str
    owner: str


@dataclass(frozen=True)
class Move:
    """One lead whose score has moved since yesterday, in words."""

    lead_id: str
    path: str
    words: str
    way: str
    reason: str


@dataclass(frozen=True)
class Filter:
    """One thing to choose by: the choices as (value, words), the first of which is any."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True)
class QueuePage:
    """Everything that the queue says; paths are empty where there is nothing to go to."""

    rows: tuple[Row, ...]
    moves: tuple[Move, ...]
    told: str
    filters: tuple[Filter, ...]
    search: str
    is_filtered: bool
    next: str
    first: str
    export: str


def queue_page(
    leads: Sequence[LeadStanding],
    moves: Iterable[Move],
    total: int,
    chosen: Mapping[str, str],
    values: Mapping[str, Sequence[str]],
    following: str | None,
) -> QueuePage:
    """Return the queue.

    Parameters
    ----------
    total
        How many leads there are on all its pages.
    chosen
        What the reader has chosen by, as it stands in the address.
    values
        The sources and owners that there are.
    following
        The cursor of the next page.
    """
    kept = {name: value for name, value in chosen.items() if name != "cursor"}
    return QueuePage(
        rows=tuple(map(_row, leads)),
        moves=tuple(moves),
        told=counted(total, "open lead", "open leads"),
        filters=_filters(chosen, values),
        search=chosen.get("search", ""),
        is_filtered=bool(kept.keys() - {"order"}),
        next=_address(QUEUE, kept | {"cursor": following}) if following else "",
        first=_address(QUEUE, kept) if "cursor" in chosen else "",
        export=_address(EXPORT, kept),
    )


def _filters(chosen: Mapping[str, str], values: Mapping[str, Sequence[str]]) -> tuple[Filter, ...]:
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


def _address(path: str, query: Mapping[str, str | None]) -> str:
    return f"{path}?{urlencode({name: value for name, value in query.items() if value})}"


def _row(lead: LeadStanding) -> Row:
    tenths = 0 if lead.moved is None else round(lead.moved * 1000)
    has_moved = abs(tenths) >= NO_MOVE
    return Row(
        lead_id=lead.lead_id,
        name=lead.name or "",
        path=lead_path(lead.lead_id),
        came=day(lead.created_at),
        share="" if lead.probability is None else percent(round(lead.probability * 1000)),
        moved=points(tenths) if has_moved else "",
        way=way(tenths) if has_moved else "",
        value="" if lead.expected_value is None else amount(lead.expected_value),
        route=ROUTE_WORDS.get(lead.route or "", ""),
        step=lead.step or "",
        source=lead.source or "",
        owner=lead.owner or "",
    )


def way(tenths: int) -> str:
    """Say which way a score has moved."""
    return "up" if tenths > 0 else "down"


def amount(value: float) -> str:
    """Say an amount in whole units.

    Examples
    --------
    >>> amount(1234.4), amount(-71.2), amount(-0.2)
    ('1,230', '−71', '0')
    """
    rounded = round(value)
    return number(abs(rounded)) if rounded >= 0 else f"−{number(abs(rounded))}"


def lead_path(lead_id: str) -> str:
    """Return where the page of a lead is.

    Examples
    --------
    >>> lead_path("L-1001"), lead_path("../a b?")
    ('/pages/leads/L-1001', '/pages/leads/..%2Fa%20b%3F')
    """
    return f"{QUEUE}/{quote(lead_id, safe='')}"


COLUMNS = (
    "lead_id",
    "name",
    "created_at",
    "probability",
    "moved",
    "expected_value",
    "route",
    "step",
    "source",
    "owner",
    "scored_as_of",
    "changed_at",
)
"""Of an export."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001 - a spreadsheet takes the wide ones too


def export_row(lead: LeadStanding) -> list[str | float | None]:
    """Return a lead as a row of an export, in the order of `COLUMNS`; no text in it is a formula to a spreadsheet.

    Examples
    --------
    >>> export_row(LeadStanding(lead_id="=1+1", created_at=0, moved=-0.1))[:5]
    ["'=1+1", None, '1970-01-01T00:00:00+00:00', None, -0.1]
    """
    return [_cell(name, getattr(lead, name)) for name in COLUMNS]


def _cell(name: str, value: Any) -> str | float | None:
    if isinstance(value, int) and name in ("created_at", "scored_as_of", "changed_at"):
        return to_datetime(value).isoformat(timespec="seconds")
    return f"'{value}" if isinstance(value, str) and value.lstrip().startswith(FORMULA) else value
