"""What a manager is sent when a week has begun: what moved, what was overruled, sources, what waits too long, and promised against came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from features.records.clock import DAY, to_datetime
from features.settings.schema import LeadSchema
from models.accountability.accounts import SourceAccounts
from models.charts.chart import Chart
from models.close.reasons.sentences import percent
from serving.outbox.wording import OutboxMessage, harmless
from serving.pages.chart_picture import as_png, can_draw
from serving.pages.feedback import feedback_in_words
from serving.pages.list_choices import QUEUE
from serving.pages.moves import move
from serving.pages.overview import OVERVIEW, OverviewFigure, overview_page
from serving.pages.promises import by_month
from serving.pages.queue import NO_MOVE, WAITS, Move, lead_path
from serving.pages.render import Frame, render
from serving.pages.reports import sources_page
from serving.pages.words import ago, day
from serving.schemas.score import Score
from serving.store import reading
from serving.store.feedback import FeedbackPage, count_feedback, list_feedback
from serving.store.first_scores import first_promises
from serving.store.listing import ListingPage, count_leads, list_leads, moves_since
from serving.store.overview import OpenLeads, open_leads
from serving.store.records import GivenFeedback, LeadStanding

WEEK = 7 * DAY
MAX_ROWS = 10
"""Leads of a part that are named: those first that moved most, are worth most, or were spoken of last."""
PICTURE = "promised_and_came.png"
TENTHS = 1000


@dataclass(frozen=True)
class WeekLine:
    """A lead or a source in a sentence; the path is empty where there is nothing to go to."""

    name: str
    words: str
    path: str = ""


@dataclass(frozen=True)
class WeekPart:
    """A part of the page: what it is of, how much there is of it, and some of it; where nothing is, `empty` says so."""

    title: str
    lines: tuple[WeekLine, ...]
    more: int
    empty: str
    path: str


@dataclass(frozen=True)
class MondayPage:
    """Everything that the page says.

    Attributes
    ----------
    week
        The days that it is of, in words.
    months
        Promised against came; None where too little has.
    """

    week: str
    figures: tuple[OverviewFigure, ...]
    parts: tuple[WeekPart, ...]
    months: Chart | None


class WeekRecords:
    """What a store holds of a week that ends at a time (microseconds UTC)."""

    def __init__(self, connection: sa.Connection, schema: LeadSchema, now: int) -> None:
        self.now, self.schema, since = now, schema, now - WEEK
        waiting = ListingPage(
            order="-probability",
            status="open",
            route="rep",
            created_before=now - WAITS,
            untouched_by=schema.rep_kinds,
            most=MAX_ROWS,
        )
        self.open: list[OpenLeads] = open_leads(connection)
        self.waiting: list[LeadStanding] = list_leads(connection, waiting)
        self.waiting_count = count_leads(connection, waiting, self.waiting)
        overruled = FeedbackPage(agrees=False, since=since, most=MAX_ROWS)
        self.overruled: list[GivenFeedback] = list_feedback(connection, overruled)
        self.overruled_count = count_feedback(connection, overruled)
        self.moves = [
            WeekLine(one.lead_id, f"{one.words}. {one.reason}", one.path) for one in _moves(connection, since)
        ]
        self.promises = first_promises(connection, now, schema)


def _moves(connection: sa.Connection, since: int) -> list[Move]:
    """Return what moved most since a time, each against the score before that time."""
    found = []
    for lead in moves_since(connection, since, NO_MOVE / TENTHS, 2 * MAX_ROWS):
        before = reading.score_until(connection, lead.lead_id, since)
        after = reading.score_since(connection, lead.lead_id, lead.scored_as_of or 0)
        if before is not None and after is not None and before.answer and after.answer:
            old, new = (Score.model_validate_json(str(one.answer)) for one in (before, after))
            found.append(move(lead.lead_id, old, new))
    return found[:MAX_ROWS]


def monday_page(records: WeekRecords, sources: SourceAccounts | None, currency: str = "") -> MondayPage:
    """Lay out a week.

    Parameters
    ----------
    sources
        The accounts of sources; None where there are none.
    """
    now, zone = records.now, records.schema.zone
    first, last = (to_datetime(at).astimezone(zone).date() for at in (now - WEEK, now - DAY))
    shown = overview_page(records.open, None, records.schema, "", now)
    said = [feedback_in_words(one, zone) for one in records.overruled]
    called = () if sources is None else sources_page(sources, "/pages/sources", currency).notices
    parts = (
        WeekPart("What moved most", tuple(records.moves), 0, "No open lead moved.", f"{QUEUE}?changed=week"),
        WeekPart(
            "What was overruled",
            tuple(WeekLine(one.lead_id, _overruled(one), one.path) for one in said),
            records.overruled_count - len(said),
            "Nobody objected to a score.",
            "/pages/feedback",
        ),
        WeekPart(
            "Sources",
            tuple(WeekLine("", one) for one in called[:MAX_ROWS]),
            max(len(called) - MAX_ROWS, 0),
            "Nothing can be said of sources." if sources is None else "No source is in watch or alarm.",
            "/pages/sources",
        ),
        WeekPart(
            "What waits too long",
            tuple(_waits(lead, now) for lead in records.waiting),
            records.waiting_count - len(records.waiting),
            "No lead that goes to a rep waits for a first word.",
            f"{QUEUE}?view=waiting&whose=everyone",
        ),
    )
    months = by_month(records.promises, now, records.schema)
    return MondayPage(f"{day(first)} to {day(last)}", shown.figures, parts, months)


def monday_message(page: MondayPage, address: str) -> OutboxMessage:
    """Return the page as it is sent.

    Parameters
    ----------
    address
        Where people reach the service; without it, nothing leads anywhere.
    """
    pictures = {PICTURE: as_png(page.months)} if page.months is not None and can_draw() else {}
    root = address.rstrip("/")
    html = render("monday", Frame(), page=page, root=root, picture=PICTURE if pictures else "", overview=OVERVIEW)
    return OutboxMessage(f"The week: {page.week}", _text(page, root), html, pictures)


def _overruled(one: Any) -> str:
    comment = f": “{one.comment}”" if one.comment else ""
    return f"{one.share} {one.verdict.lower()}, says {one.who}{comment}"


def _waits(lead: LeadStanding, now: int) -> WeekLine:
    share = "" if lead.probability is None else f"{percent(lead.probability)}, "
    owner = f"of {lead.owner}" if lead.owner else "nobody’s"
    return WeekLine(lead.lead_id, f"{share}came in {ago(lead.created_at, now)}, {owner}", lead_path(lead.lead_id))


def _text(page: MondayPage, root: str) -> str:
    lines = [f"{one.value} {one.words}{f' ({one.beside})' if one.beside else ''}" for one in page.figures]
    for part in page.parts:
        lines += ["", f"{part.title}:", *([] if part.lines else [part.empty])]
        lines += [f"- {harmless(f'{one.name}: {one.words}' if one.name else one.words)}" for one in part.lines]
        lines += [f"- and {part.more:,} more"] if part.more else []
    if page.months is not None:
        lines += ["", f"{page.months.title}:", *(f"- {mark.text}" for mark in _latest(page.months.marks))]
    return "\n".join([*lines, *(["", f"{root}{OVERVIEW}"] if root else [])])


def _latest(marks: Sequence[Any], most: int = 3) -> Sequence[Any]:
    return marks[-most:]
