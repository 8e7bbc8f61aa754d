"""What the queue says: open leads, each with what a rep chooses by, and what moved since yesterday.

Compute, then show: `templates/queue.html` lays it out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from features.records.clock import DAY, to_datetime
from features.settings.schema import LeadSchema
from models.close.reasons.sentences import counted, number
from serving.batch.spreadsheets import without_formulas
from serving.pages.glance import NOTHING, Glance
from serving.pages.list_choices import (
    QUEUE,
    ROUTE_WORDS,
    SORTED,
    Filter,
    OwnViews,
    Sort,
    Tab,
    address,
    daily_tabs,
    filters_of,
    list_tabs,
    own_views,
    sort_of,
)
from serving.pages.words import points, short_day, whole_percent
from serving.store.reading import ScorePoint
from serving.store.records import LeadStanding
from serving.store.saved_views import SavedView

EXPORT = "/pages/leads.csv"
NEWS = "/pages/leads.new"
MAX_AGED = 40
"""Leads that have moved are looked at up to so many."""
SPARK, SPARK_HIGH, FEWEST_SCORES, FLAT = 40, 14, 3, 0.1
"""Of the line of a lead's scores: its width and height, the scores from which on there is one, and the least range that it shows."""
NO_MOVE = 5
"""Tenths of a point; whatever moves less is not said to have moved."""
WAITS = DAY
"""So long after it came in a lead that goes to a rep waits too long for the first word."""
OF_ACTS = ("did", "leads", "form", "undone")
"""What stands in the address of the page after something was done with several leads."""
DONE = {"owner": "given away", "event": "logged"}
"""What was done, in words."""


@dataclass(frozen=True)
class QueueRow:
    """One lead in the queue; `way` is up, down or empty, and `course` is the line of its scores as a path."""

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
    course: str


@dataclass(frozen=True)
class Move:
    """One lead whose score has moved since yesterday, in words."""

    lead_id: str
    path: str
    words: str
    way: str
    reason: str


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
    saved
        The reader's own views.
    courses
        By lead its latest scores, the earliest first.
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
    saved: Sequence[SavedView] = ()
    courses: Mapping[str, Sequence[ScorePoint]] = field(default_factory=dict)


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
    views: OwnViews | None = None


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
        rows=tuple(_row(lead, listing, schema, currency) for lead in leads),
        moves=tuple(listing.moves),
        aged=_aged(listing.aged),
        due=tuple(listing.due),
        told=f"{listing.start:,} to {last:,} of {counted_leads}" if len(leads) < listing.total else counted_leads,
        tabs=(*list_tabs(kept, has_mine), daily_tabs(kept)),
        sorts={column: sort_of(column, kept) for column in SORTED},
        filters=filters_of(chosen, listing.values),
        search=chosen.get("search", ""),
        is_filtered=bool(kept.keys() - {"order", "whose", "status", "view"}),
        is_elsewhere=kept.get("whose", "everyone") != "everyone" or status != "open" or "view" in kept,
        next=address(QUEUE, kept | following) if listing.following else "",
        first=address(QUEUE, kept) if "cursor" in chosen else "",
        export=address(EXPORT, kept),
        selection=selection and replace(selection, back=address(QUEUE, kept)),
        done=f"{counted(int(count), 'lead', 'leads')} {done}" if done and count.isascii() and count.isdigit() else "",
        undo=chosen.get("form", "") if done and "undone" not in chosen else "",
        views=own_views(kept, listing.saved) if selection else None,
    )


def _aged(count: int) -> str:
    if count >= MAX_AGED:
        return f"At least {count} leads have moved since yesterday as time passed, and nothing else happened."
    return (
        ""
        if not count
        else f"{counted(count, 'lead has', 'leads have')} moved since yesterday as time passed, and nothing else happened."
    )


def _row(lead: LeadStanding, listing: Listing, schema: LeadSchema, currency: str) -> QueueRow:
    glance = listing.glances.get(lead.lead_id, NOTHING)
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
        course=spark([(point.as_of, point.probability) for point in listing.courses.get(lead.lead_id, ())]),
    )


def spark(course: Sequence[tuple[int, float]]) -> str:
    """Return the line of a lead's scores as a path, by time from left to right; empty of fewer than three.

    Its height is the lead's own range, of ten points at least: what moves less is no mountain.

    Examples
    --------
    >>> spark([(0, 0.5), (5, 0.4), (10, 0.6)]), spark([(0, 0.5), (1, 0.6)])
    ('M0 7L20 12L40 2', '')
    """
    if len(course) < FEWEST_SCORES:
        return ""
    times, chances = zip(*course, strict=True)
    middle, span = (max(chances) + min(chances)) / 2, max(max(chances) - min(chances), FLAT)
    length = max(times[-1] - times[0], 1)
    return "M" + "L".join(
        f"{SPARK * (at - times[0]) / length:.4g} {SPARK_HIGH / 2 - (SPARK_HIGH - 4) * (chance - middle) / span:.4g}"
        for at, chance in course
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
