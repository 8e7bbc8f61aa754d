"""`/pages/leads`: the open leads, those first that are worth most; and the same as a file."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import Self

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from features.records.clock import DAY, to_datetime, to_microseconds
from features.settings.schema import LeadSchema
from models.close.reasons.ledger import TENTHS
from models.close.reasons.sentences import nouns
from serving.api.listing import cursor_after, read_page
from serving.api.parameters import MAX_LISTED
from serving.api.queue import first_order, only_whose, usual_whose
from serving.api.services import services_of
from serving.intake.colleagues import known_by
from serving.pages.glance import Glance, glance
from serving.pages.list_choices import BANDS, VIEWS
from serving.pages.moves import move
from serving.pages.queue import (
    COLUMNS,
    MAX_AGED,
    NO_MOVE,
    OF_ACTS,
    WAITS,
    Due,
    Listing,
    Move,
    Selection,
    export_row,
    lead_path,
    queue_page,
)
from serving.pages.routes.answers import page
from serving.pages.routes.lead import ACTORS
from serving.pages.words import day
from serving.schemas.problems import INVALID_REQUEST, refusal
from serving.schemas.score import Score
from serving.store import reading
from serving.store.acts import due_acts
from serving.store.keys import Key
from serving.store.lead_status import LEAST_MOVE
from serving.store.listing import ListingPage, count_leads, list_leads, moves_since, values_of
from serving.store.reading import ScorePoint
from serving.store.records import Event, LeadStanding, StoredScore
from serving.store.saved_views import views_of
from serving.store.store import Store

ORDERS = {"value": "-expected_value", "probability": "-probability", "least": "probability", "newest": "-created_at"}
DAYS = {"week": 7, "day": 1}
SHOWN, MAX_MOVES = 50, 4
"""Leads on a page, and those of them that have moved which are named."""
MAX_DIGITS = 9
BAND = 0.1
BESIDE = ("whose", "from", "view", *OF_ACTS)
"""What stands in the address of the page alone: whose leads, the place of the first of them, which list of each day, and what was just done."""
COURSE_DAYS = 90
"""Of scores that the line beside a lead goes through."""
SAME = ("status", "route", "step", "source", "owner", "search", "cursor")
"""What is called the same in the address of the page and in that of the API."""


ID_LENGTH = 16
MAX_TIME, MAX_NEWS = 18, 100
"""Digits of a time in microseconds, and new leads up to which they are counted."""


async def queue(request: Request) -> Response:
    """Show the queue."""
    now = to_microseconds(datetime.now(UTC))
    chosen, wanted = _wanted(request, now)
    store = services_of(request).store
    shown = await run_in_threadpool(store.ask, _listing, wanted, chosen, QueueRequest.of(request, now))
    champion = services_of(request).champion
    key: Key = request.state.key
    selection = selection_of(champion.intake, shown.values.get("owner", ()), key.rep_id) if key.role in ACTORS else None
    found = queue_page(
        shown, chosen, champion.intake, champion.limits.currency, has_mine=key.rep_id is not None, selection=selection
    )
    return page(request, "queue", page=replace(found, since=str(now)))


async def news(request: Request) -> Response:
    """Tell how many open leads have come in since a time: the page asks, if it may run a script."""
    given = request.query_params.get("since", "")
    since = int(given) if given.isascii() and given.isdigit() and len(given) < MAX_TIME else None
    if since is None:
        raise refusal(
            INVALID_REQUEST, "since", "must be a time in microseconds", repr(given[:80]), "load the page anew"
        )
    wanted = ListingPage(status="open", created_since=since + 1, most=MAX_NEWS)
    store = services_of(request).store
    return JSONResponse({"leads": len(await run_in_threadpool(store.ask, list_leads, wanted))})


async def export(request: Request) -> Response:
    """Send the whole list as CSV."""
    now = datetime.now(UTC)
    _, wanted = _wanted(request, to_microseconds(now))
    reading_ = QueueRequest.of(request, to_microseconds(now))
    lines = _lines(services_of(request).store, wanted, reading_)
    answer = StreamingResponse(lines, media_type="text/csv; charset=utf-8")
    answer.headers["content-disposition"] = f'attachment; filename="leads-{now:%Y-%m-%d}.csv"'
    return answer


@dataclass(frozen=True)
class QueueRequest:
    """Who reads the list when (microseconds UTC), by which settings, and at which address."""

    key_id: str
    schema: LeadSchema
    now: int
    url: str

    @classmethod
    def of(cls, request: Request, now: int) -> Self:
        """Return who reads a list."""
        schema = services_of(request).champion.intake
        return cls(request.state.key.key_id, schema, now, f"{request.url.scheme}://{request.url.netloc}")


def _wanted(request: Request, now: int) -> tuple[dict[str, str], ListingPage]:
    """Return what the reader has chosen, with what stands for what is not chosen, and the leads that are wanted."""
    champion = services_of(request).champion
    key: Key = request.state.key
    given = {name: value for name, value in request.query_params.items() if value.strip()}
    order = "probability" if first_order(champion) == "-probability" else "value"
    order = order if given.get("status", "open") == "open" else "newest"
    chosen = {"order": order, "whose": usual_whose(given, key)} | given
    wanted = read_page(QueryParams(as_parameters(chosen, now)))
    wanted = _viewed(wanted, chosen.get("view"), champion.intake, key, now)
    return chosen, only_whose(wanted, chosen["whose"], key)


def _viewed(wanted: ListingPage, view: str | None, schema: LeadSchema, key: Key, now: int) -> ListingPage:
    """Return the leads of a list of each day.

    Raises
    ------
    RefusedError
        If there is no such list.
    """
    match view:
        case None:
            return wanted
        case "new":
            today = to_datetime(now).astimezone(schema.zone).replace(hour=0, minute=0, second=0, microsecond=0)
            return replace(wanted, created_since=to_microseconds(today))
        case "promised":
            return replace(wanted, reminded=key.key_id)
        case "up":
            return replace(wanted, least_move=NO_MOVE / TENTHS, scored_since=now - DAYS["week"] * DAY)
        case "waiting":
            return replace(wanted, route="rep", created_before=now - WAITS, untouched_by=schema.rep_kinds)
    raise refusal(INVALID_REQUEST, "view", f"must be one of {', '.join(VIEWS)}", repr(view[:80]), "leave it out")


def selection_of(schema: LeadSchema, owners: Sequence[str], rep_id: str | None) -> Selection:
    """Return what may be done with several leads at once."""
    kinds = tuple((name, nouns(schema, name)[0]) for name in schema.rep_kinds)
    return Selection(token_hex(ID_LENGTH // 2), kinds, tuple(owners), "", rep_id or "")


def as_parameters(chosen: Mapping[str, str], now: int) -> dict[str, str]:
    """Return what a reader has chosen as parameters of `GET /leads`; what means nothing there is refused there.

    Examples
    --------
    >>> as_parameters({"order": "value", "band": "20", "changed": "day", "route": "rep"}, 2 * DAY)
    {'order': '-expected_value', 'route': 'rep', 'least_probability': '0.2', 'below_probability': '0.3',
     'changed_since': '1970-01-02T00:00:00+00:00', 'status': 'open', 'limit': '50'}
    """
    told = {"order": ORDERS.get(chosen["order"], chosen["order"])}
    told |= {name: value.strip() for name, value in chosen.items() if name in SAME}
    band, changed = chosen.get("band"), chosen.get("changed")
    if band is not None:
        low = int(band) / 100 if band in BANDS else -1
        told["least_probability"] = f"{low:g}"
        told |= {"below_probability": f"{low + BAND:g}"} if low + 2 * BAND <= 1 else {}
    if changed is not None:
        days = DAYS.get(changed)
        told["changed_since"] = changed if days is None else to_datetime(now - days * DAY).isoformat()
    rest = {name: value for name, value in chosen.items() if name not in {*SAME, *BESIDE, "order", "band", "changed"}}
    return told | rest | {"status": told.get("status", "open"), "limit": str(SHOWN)}


def _listing(connection: sa.Connection, wanted: ListingPage, chosen: Mapping[str, str], by: QueueRequest) -> Listing:
    leads = list_leads(connection, wanted)
    starts = not chosen.keys() - {"order", "whose"}
    moves, aged = _moves(connection, by.now, wanted.owner) if starts else ([], 0)
    start = chosen.get("from", "1")
    return Listing(
        leads,
        glances(connection, leads, by),
        moves,
        aged,
        _due(connection, by) if starts else [],
        count_leads(connection, wanted, leads),
        int(start) if start.isascii() and start.isdigit() and len(start) < MAX_DIGITS else 1,
        cursor_after(wanted, leads),
        {"source": values_of(connection, "source"), "owner": values_of(connection, "owner")},
        views_of(connection, by.key_id),
        reading.courses_of(connection, [lead.lead_id for lead in leads], by.now - COURSE_DAYS * DAY),
    )


def glances(connection: sa.Connection, leads: Sequence[LeadStanding], by: QueueRequest) -> dict[str, Glance]:
    """Return each of some leads at a glance."""
    ids = [lead.lead_id for lead in leads]
    known, events = reading.leads_of(connection, ids), reading.events_of(connection, ids)
    answers = reading.answers_of(connection, [(lead.lead_id, lead.scored_as_of) for lead in leads if lead.scored_as_of])
    found = {}
    for lead in leads:
        happened = [event for event in events.get(lead.lead_id, ()) if event.superseded_at is None]
        happened.sort(key=lambda event: event.occurred_at)
        answer = answers.get(lead.lead_id)
        score = None if answer is None else Score.model_validate_json(answer)
        is_open = lead.status == "open"
        found[lead.lead_id] = glance(known[lead.lead_id], happened, score, by.schema, by.now, is_open=is_open)
    return found


def _due(connection: sa.Connection, by: QueueRequest) -> list[Due]:
    """Return what the reader wanted to be reminded of by now, the earliest first."""
    return [
        Due(
            lead_path(act.lead_id), name or act.lead_id, f"{day(act.due_at or 0, by.schema.zone)}: {act.text or 'call'}"
        )
        for act, name in due_acts(connection, by.key_id, by.now)
    ]


def _moves(connection: sa.Connection, now: int, owner: str | None) -> tuple[list[Move], int]:
    """Return the open leads that have moved most since yesterday, with the reason, and how many of them time alone has moved."""
    moves: list[Move] = []
    aged = 0
    leads = [lead for lead in moves_since(connection, now - DAY, LEAST_MOVE, MAX_AGED, owner) if lead.scored_as_of]
    ids = [lead.lead_id for lead in leads]
    events, courses = reading.events_of(connection, ids), reading.courses_of(connection, ids, now - COURSE_DAYS * DAY)
    for lead in leads:
        as_of, course = lead.scored_as_of or 0, courses.get(lead.lead_id, ())
        until = [point for point in course if point.as_of <= as_of - DAY]
        before = until[-1] if until else reading.score_until(connection, lead.lead_id, as_of - DAY)
        after = next((point for point in course if point.as_of >= as_of), None)
        if before is None or after is None:
            continue
        if not _has_changed(events.get(lead.lead_id, ()), before, after):
            aged += 1
        elif len(moves) < MAX_MOVES:
            earlier = _read(reading.score_until(connection, lead.lead_id, before.as_of))
            later = _read(reading.score_since(connection, lead.lead_id, after.as_of))
            if earlier and later:
                moves.append(move(lead.lead_id, earlier, later, lead.name))
    return moves, aged


def _has_changed(events: Sequence[Event], before: ScorePoint | StoredScore, after: ScorePoint) -> bool:
    """Return whether anything but time came between two scores: a record of the lead, or another model."""
    model = [(score.model_name, score.model_version) for score in (before, after)]
    return model[0] != model[1] or len(known_by(events, before.as_of)) != len(known_by(events, after.as_of))


def _read(score: StoredScore | None) -> Score | None:
    return None if score is None or score.answer is None else Score.model_validate_json(score.answer)


def _lines(store: Store, wanted: ListingPage, by: QueueRequest) -> Iterator[str]:
    """Yield an export, so many leads at a time."""
    yield "\ufeff" + as_csv([COLUMNS])  # without the mark, Excel takes UTF-8 for another encoding
    wanted = replace(wanted, after=None, most=MAX_LISTED)

    def part(connection: sa.Connection, page: ListingPage) -> tuple[list[LeadStanding], dict[str, Glance]]:
        leads = list_leads(connection, page)
        return leads, glances(connection, leads, by)

    while (found := store.ask(part, wanted))[0]:
        leads, at_a_glance = found
        yield as_csv(export_row(lead, at_a_glance[lead.lead_id], by.url) for lead in leads)
        last: LeadStanding = leads[-1]
        wanted = replace(wanted, after=(getattr(last, wanted.order.removeprefix("-")), last.lead_id))


def as_csv(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV in which every text is quoted."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return text.getvalue()
