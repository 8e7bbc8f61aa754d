"""`/pages/leads`: the open leads, those first that are worth most; and the same as a file."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from features.clock import DAY, to_datetime, to_microseconds
from serving.champion import Champion
from serving.messages import Score
from serving.pages.moves import move
from serving.pages.queue import BANDS, COLUMNS, Move, QueuePage, export_row, queue_page
from serving.routes.listing import cursor_after, read_page
from serving.routes.pages.answers import page
from serving.routes.parameters import MOST_LISTED
from serving.store import reading
from serving.store.listing import Page, count_leads, list_leads, moves_since, values_of
from serving.store.records import LeadStanding, StoredScore
from serving.store.standing import LEAST_MOVE
from serving.store.store import Store

ORDERS = {"value": "-expected_value", "probability": "-probability", "least": "probability", "newest": "-created_at"}
DAYS = {"week": 7, "day": 1}
SHOWN, MOVES = 50, 4
BAND = 0.1
SAME = ("route", "step", "source", "owner", "search", "cursor")
"""What is called the same in the address of the page and in that of the API."""


async def queue(request: Request) -> Response:
    """Show the queue."""
    now = to_microseconds(datetime.now(UTC))
    chosen, wanted = _wanted(request, now)
    store: Store = request.app.state.store
    return page(request, "queue", page=await run_in_threadpool(store.ask, _queue_page, wanted, chosen, now))


async def export(request: Request) -> Response:
    """Send the whole list as CSV."""
    now = datetime.now(UTC)
    _, wanted = _wanted(request, to_microseconds(now))
    answer = StreamingResponse(_lines(request.app.state.store, wanted), media_type="text/csv; charset=utf-8")
    answer.headers["content-disposition"] = f'attachment; filename="leads-{now:%Y-%m-%d}.csv"'
    return answer


def _wanted(request: Request, now: int) -> tuple[dict[str, str], Page]:
    champion: Champion = request.app.state.champion
    order = "probability" if champion.decider is None else "value"
    chosen = {"order": order} | {name: value for name, value in request.query_params.items() if value.strip()}
    return chosen, read_page(QueryParams(as_parameters(chosen, now)))


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
    rest = {name: value for name, value in chosen.items() if name not in {*SAME, "order", "band", "changed"}}
    return told | rest | {"status": "open", "limit": str(SHOWN)}


def _queue_page(connection: sa.Connection, wanted: Page, chosen: Mapping[str, str], now: int) -> QueuePage:
    leads = list_leads(connection, wanted)
    starts = not chosen.keys() - {"order"}
    return queue_page(
        leads,
        _moves(connection, now) if starts else (),
        count_leads(connection, wanted, leads),
        chosen,
        {"source": values_of(connection, "source"), "owner": values_of(connection, "owner")},
        cursor_after(wanted, leads),
    )


def _moves(connection: sa.Connection, now: int) -> Iterator[Move]:
    """Yield the open leads that have moved most since yesterday, with the reason."""
    for lead in moves_since(connection, now - DAY, LEAST_MOVE, MOVES):
        if lead.scored_as_of is not None:
            before = _read(reading.score_until(connection, lead.lead_id, lead.scored_as_of - DAY))
            after = _read(reading.score_since(connection, lead.lead_id, lead.scored_as_of))
            if before is not None and after is not None:
                yield move(lead.lead_id, before, after)


def _read(score: StoredScore | None) -> Score | None:
    return None if score is None or score.answer is None else Score.model_validate_json(score.answer)


def _lines(store: Store, wanted: Page) -> Iterator[str]:
    """Yield an export, so many leads at a time."""
    yield "\ufeff" + _csv([COLUMNS])  # without the mark, Excel takes UTF-8 for another encoding
    wanted = replace(wanted, after=None, most=MOST_LISTED)
    while found := store.ask(list_leads, wanted):
        yield _csv(map(export_row, found))
        last: LeadStanding = found[-1]
        wanted = replace(wanted, after=(getattr(last, wanted.order.removeprefix("-")), last.lead_id))


def _csv(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
