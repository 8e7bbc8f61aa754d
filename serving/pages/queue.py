"""What the queue says: open leads, each with what a rep chooses by, and what moved since yesterday.

Compute, then show: `templates/queue.html` lays it out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from features.records.clock import to_datetime
from features.settings.ladder import STEPS
from features.settings.schema import LeadSchema
from models.close.reasons.sentences import counted, number
from models.decision.routes import ROUTES
from serving.batch.spreadsheets import without_formulas
from serving.pages.glance import NOTHING, Glance
from serving.pages.words import points, short_day, whole_percent
from serving.schemas.vocabulary import Whose
from serving.store.records import LeadStanding

QUEUE = "/pages/leads"
EXPORT = "/pages/leads.csv"
NEWS = "/pages/leads.new"
ORDERS = {
    "value": "Expected value",
    "probability": "Probability",
    "least": "Least likely first",
    "newest": "Newest first",
}
BANDS = {str(low): f"{low} to {low + 10} %" for low in range(0, 100, 10)}
CHANGED = {"week": "Changed this week", "day": "Changed since yesterday"}
ROUTE_WORDS = {"rep": "rep", "qualify": "qualifying team", "nurture": "nurture", "decline": "decline"}
MAX_AGED = 40
"""Leads that have moved are looked at up to so many."""
NO_MOVE = 5
"""Tenths of a point; whatever moves less is not said to have moved."""
WHOSE: dict[Whose, str] = {"mine": "My leads", "team": "Team", "unowned": "Nobody’s", "everyone": "Everyone"}
VIEWS = {"new": "New today", "promised": "Call promised", "up": "Went up", "waiting": "Waits too long"}
"""Lists of open leads that are looked at each day."""
STATUS_WORDS = {"open": "Open", "won": "Won", "lost": "Lost"}
OF_ACTS = ("did", "leads", "form", "undone")
"""What stands in the address of the page after something was done with several leads."""
DONE = {"owner": "given away", "event": "logged"}
"""What was done, in words."""
SORTED = {"probability": ("probability", "least"), "value": ("value", "value"), "newest": ("newest", "newest")}
"""By column, the order that its header asks for, and the one where it is that already."""


@dataclass(frozen=True)
class QueueRow:
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
    glance: Glance


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
class Tab:
    """One of several lists to look at."""

    path: str
    words: str
    is_here: bool


@dataclass(frozen=True)
class Sort:
    """Where the header of a column leads, and how the column is sorted as ARIA says it."""

    path: str
    sorted: str


@dataclass(frozen=True)
class Due:
    """A reminder that is due."""

    path: str
    name: str
    words: str


@dataclass(frozen=True)
class Listing:
    """The leads of a page, with all that is said of them.

    Attributes
    ----------
    moves, aged
        Those that have moved by more than time since yesterday, and how many have moved by time alone.
    due
        What the reader wanted to be reminded of.
    total, start
        How many leads there are on all pages, and the place of the first on this one, from 1.
    following
        The cursor of the next page.
    values
        The sources and owners that there are.
    """

    leads: Sequence[LeadStanding]
    glances: Mapping[str, Glance]
    moves: Sequence[Move] = ()
    aged: int = 0
    due: Sequence[Due] = ()
    total: int = 0
    start: int = 1
    following: str | None = None
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Selection:
    """What may be done with several leads at once.

    Attributes
    ----------
    form_id
        What the acts of the form are called after, so that one that is sent twice does one thing.
    kinds
        Events of ours that may be logged, by (kind, words).
    back
        Where the form goes: the list as it is shown.
    """

    form_id: str
    kinds: tuple[tuple[str, str], ...]
    owners: tuple[str, ...]
    back: str
    mine: str


@dataclass(frozen=True)
class QueuePage:
    """Everything that the queue says; paths are empty where there is nothing to go to.

    Attributes
    ----------
    selection
        What may be done with several leads at once; None where the reader may do nothing.
    done, undo
        What has just been done with several, and by which form it is undone; empty where nothing was or can be.
    since
        Since when leads are new to who reads this (microseconds UTC); empty of a list in which new ones would not stand first.
    """

    rows: tuple[QueueRow, ...]
    moves: tuple[Move, ...]
    aged: str
    due: tuple[Due, ...]
    told: str
    tabs: tuple[tuple[Tab, ...], ...]
    sorts: Mapping[str, Sort]
    filters: tuple[Filter, ...]
    search: str
    is_filtered: bool
    is_elsewhere: bool
    next: str
    first: str
    export: str
    selection: Selection | None = None
    done: str = ""
    undo: str = ""
    since: str = ""


def queue_page(
    listing: Listing,
    chosen: Mapping[str, str],
    schema: LeadSchema,
    currency: str,
    *,
    has_mine: bool,
    selection: Selection | None = None,
) -> QueuePage:
    """Return the queue.

    Parameters
    ----------
    chosen
        What the reader has chosen by, as it stands in the address.
    has_mine
        Whether the reader is a rep who may own leads.
    selection
        What may be done with several leads at once.
    """
    done, count = DONE.get(chosen.get("did", ""), ""), chosen.get("leads", "")
    if "undone" in chosen:
        done, count = "as before", chosen["undone"]
    kept = {name: value for name, value in chosen.items() if name not in ("cursor", "from", *OF_ACTS)}
    leads = listing.leads
    last = listing.start + len(leads) - 1
    status = chosen.get("status", "open")
    counted_leads = counted(listing.total, f"{status} lead", f"{status} leads")
    following = {"cursor": listing.following, "from": str(last + 1)}
    return QueuePage(
        rows=tuple(_row(lead, listing.glances.get(lead.lead_id, NOTHING), schema, currency) for lead in leads),
        moves=tuple(listing.moves),
        aged=_aged(listing.aged),
        due=tuple(listing.due),
        told=f"{listing.start:,} to {last:,} of {counted_leads}" if len(leads) < listing.total else counted_leads,
        tabs=(*_tabs(kept, has_mine), _views(kept)),
        sorts={column: _sort(column, kept) for column in SORTED},
        filters=_filters(chosen, listing.values),
        search=chosen.get("search", ""),
        is_filtered=bool(kept.keys() - {"order", "whose", "status", "view"}),
        is_elsewhere=kept.get("whose", "everyone") != "everyone" or status != "open" or "view" in kept,
        next=_address(QUEUE, kept | following) if listing.following else "",
        first=_address(QUEUE, kept) if "cursor" in chosen else "",
        export=_address(EXPORT, kept),
        selection=selection and replace(selection, back=_address(QUEUE, kept)),
        done=f"{counted(int(count), 'lead', 'leads')} {done}" if done and count.isascii() and count.isdigit() else "",
        undo=chosen.get("form", "") if done and "undone" not in chosen else "",
    )


def _aged(count: int) -> str:
    if count >= MAX_AGED:
        return f"At least {count} leads have moved since yesterday as time passed, and nothing else happened."
    return (
        ""
        if not count
        else f"{counted(count, 'lead has', 'leads have')} moved since yesterday as time passed, and nothing else happened."
    )


def _tabs(kept: Mapping[str, str], has_mine: bool) -> Iterator[tuple[Tab, ...]]:
    offered: dict[str, dict[str, str]] = {
        "whose": {str(name): words for name, words in WHOSE.items() if has_mine or name != "mine"},
        "status": STATUS_WORDS,
    }
    for name, words in offered.items():
        yield tuple(
            Tab(
                _address(
                    QUEUE, {**{key: one for key, one in kept.items() if key != "view" or name == "whose"}, name: value}
                ),
                said,
                kept.get(name, "everyone" if name == "whose" else "open") == value,
            )
            for value, said in words.items()
        )


def _views(kept: Mapping[str, str]) -> tuple[Tab, ...]:
    """Return the lists of each day; one that is looked at leads back to all."""
    here = kept.get("view")
    others = {name: value for name, value in kept.items() if name not in ("view", "status")}
    return tuple(
        Tab(_address(QUEUE, others if name == here else {**others, "view": name}), words, name == here)
        for name, words in VIEWS.items()
    )


def _sort(column: str, kept: Mapping[str, str]) -> Sort:
    order, other = SORTED[column]
    now = kept.get("order")
    state = "descending" if now == order else "ascending" if now == other else "none"
    return Sort(_address(QUEUE, {**kept, "order": other if now == order else order}), state)


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


def _row(lead: LeadStanding, glance: Glance, schema: LeadSchema, currency: str) -> QueueRow:
    tenths = 0 if lead.moved is None else round(lead.moved * 1000)
    has_moved = abs(tenths) >= NO_MOVE
    return QueueRow(
        lead_id=lead.lead_id,
        name=lead.name or glance.name,
        path=lead_path(lead.lead_id),
        came=short_day(lead.created_at, schema.zone),
        share="" if lead.probability is None else whole_percent(round(lead.probability * 1000)),
        moved=points(tenths) if has_moved else "",
        way=way(tenths) if has_moved else "",
        value="" if lead.expected_value is None else f"{amount(lead.expected_value)} {currency}".rstrip(),
        route=ROUTE_WORDS.get(lead.route or "", ""),
        step=lead.step or "",
        source=lead.source or glance.source,
        owner=lead.owner or "",
        glance=glance,
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
    "reasons",
    "next_step",
    "link",
)
"""Of an export."""


def export_row(lead: LeadStanding, glance: Glance = NOTHING, url: str = "") -> list[str | float | None]:
    """Return a lead as a row of an export, in the order of `COLUMNS`; no text in it is a formula to a spreadsheet.

    Examples
    --------
    >>> export_row(LeadStanding(lead_id="=1+1", created_at=0, moved=-0.1), url="https://here")[:5]
    ["'=1+1", None, '1970-01-01T00:00:00+00:00', None, -0.1]
    >>> export_row(LeadStanding(lead_id="A;=1+1", created_at=0))[0]
    "A;'=1+1"
    """
    beside = {"reasons": glance.exported, "next_step": glance.next_step, "link": f"{url}{lead_path(lead.lead_id)}"}
    return [_cell(name, beside[name] if name in beside else getattr(lead, name)) for name in COLUMNS]


def _cell(name: str, value: Any) -> str | float | None:
    if isinstance(value, int) and name in ("created_at", "scored_as_of", "changed_at"):
        return to_datetime(value).isoformat(timespec="seconds")
    return without_formulas(value) if isinstance(value, str) else value
