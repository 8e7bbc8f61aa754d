"""`/pages/leads/{lead_id}`: why a lead's score is what it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from features.records.clock import DAY, SECOND, to_microseconds
from features.settings.schema import LeadSchema
from serving.analytics.changes import LeadCourse, by_what_tells, changes_of
from serving.analytics.life import NO_LIFE, Life, life_of
from serving.analytics.reason_records import ReasonRecord, Told, reason_records
from serving.analytics.similar import similar_to
from serving.api.lead import asked, find_course, lead_id_of
from serving.api.queue import first_order
from serving.api.services import services_of
from serving.champion.champion import Champion
from serving.champion.versions import VersionCache
from serving.intake.acts import UNDO_SECONDS
from serving.pages.acts import Done, done, offers
from serving.pages.contacts import names_of
from serving.pages.lead import Known, lead_page
from serving.pages.routes.answers import page
from serving.schemas.records import SimilarLeads
from serving.schemas.score import Score
from serving.store import reading
from serving.store.acts import acts_of, find_act
from serving.store.aside import aside_of
from serving.store.feedback import feedback_of
from serving.store.keys import Key, Role
from serving.store.listing import ListingPage, owner_of, place_in, rank_of, values_of
from serving.store.records import DoneAct, Event, Lead, StoredScore

TREND = 7 * DAY
"""Against the score of so long ago the latest is held, or against the first one if that is at least a day old."""


ACTORS: tuple[Role, ...] = ("rep", "admin")
"""Whose keys may do something on the page."""
LONGEST_ID = 40


class Courses(NamedTuple):
    """The course of a lead as its page tells it, the scores between which its trend lies, and those around the act just done, if there is one."""

    whole: LeadCourse
    trend: LeadCourse
    done: LeadCourse
    act: DoneAct | None


class Reader(NamedTuple):
    """Who reads the page when (microseconds UTC), the list that their queue opens at, whether they may act on the page, and which act they have just done."""

    key_id: str
    list: ListingPage
    may_act: bool
    did: str
    now: int


async def lead(request: Request) -> Response:
    """Show a lead."""
    champion = services_of(request).champion
    now = to_microseconds(datetime.now(UTC))
    key: Key = request.state.key
    order = first_order(champion)
    mine = ListingPage(order=order, status="open", owner=key.rep_id)
    reader = Reader(key.key_id, mine, key.role in ACTORS, request.query_params.get("did", "")[:LONGEST_ID], now)
    is_undone = "undone" in request.query_params
    courses, known = await asked(request, read_lead, lead_id_of(request), champion, reader)
    told = await run_in_threadpool(_with_changes, known, courses, champion, services_of(request).versions, reader)
    told = replace(told, records=_records(request, champion, now))
    return page(
        request,
        "lead",
        page=lead_page(replace(told, is_undone=is_undone), champion.intake, now, champion.limits.currency),
        writes_letters=key.role in ACTORS and not champion.deployment.letter.missing,
    )


def _records(request: Request, champion: Champion, now: int) -> Mapping[Told, ReasonRecord]:
    """Return the record of each reason, as soon as it is known: no page waits for it."""
    cache = services_of(request).reason_records
    store = services_of(request).store
    fewest = services_of(request).reports.yardstick.accountability.fewest_leads
    schema = champion.model.schema
    return cache.at_hand(champion.version.version, lambda: store.ask(reason_records, now, schema, fewest)) or {}


def _with_changes(known: Known, courses: Courses, champion: Champion, shelf: VersionCache, reader: Reader) -> Known:
    """Return what is known with why each score is another than the one before, the latest than that of a week ago, and one after an act."""
    changes = changes_of(courses.whole, shelf)
    trend = changes_of(courses.trend, shelf) if len(courses.trend.scores) > 1 else [None]
    return replace(known, changes=changes, change=trend[0], done=_done(courses, champion, shelf, reader))


def _done(courses: Courses, champion: Champion, shelf: VersionCache, reader: Reader) -> Done | None:
    act, around = courses.act, courses.done.scores
    if act is None:
        return None
    change = changes_of(courses.done, shelf)[0] if len(around) == 2 else None
    undoable = act.key_id == reader.key_id and reader.now - act.stored_at <= UNDO_SECONDS * SECOND
    undoable = undoable and act.kind != "reopened"
    return done(act, around, change, champion.intake, champion.limits.currency, undoable=undoable)


def read_lead(connection: sa.Connection, lead_id: str, champion: Champion, reader: Reader) -> tuple[Courses, Known]:
    """Return the courses of a lead, and what is known of it; its changes are computed from the courses.

    Raises
    ------
    RefusedError
        If there is no such lead, or it was erased.
    """
    every = find_course(connection, lead_id)
    course = by_what_tells(every)
    trend = every._replace(scores=ends_of_trend(every.scores))
    lead, events, scores = course.lead, course.events, course.scores
    standing = [event for event in events if event.superseded_at is None]
    in_time = sorted(
        standing, key=lambda event: event.occurred_at
    )  # the answer that was given last is the one that is known
    act = find_act(connection, reader.did) if reader.did else None
    if act is not None and (act.lead_id != lead_id or act.undone_at is not None):
        act = None
    around = every._replace(scores=scores_around(every.scores, every.events, act))
    similar = similar_to(connection, champion, lead, scores[-1]) if scores else None
    return Courses(course, trend, around, act), Known(
        lead,
        in_time,
        reading.outcomes_of(connection, [lead_id]).get(lead_id, []),
        [Score.model_validate_json(score.answer or "") for score in scores],
        similar=similar,
        names={} if similar is None else _names(connection, similar, champion.intake),
        opinions=feedback_of(connection, lead_id),
        aside=aside_of(connection, lead_id),
        owner=owner_of(connection, lead_id),
        rank=rank_of(connection, scores[-1].probability) if scores else None,
        before=trend.scores[0] if len(trend.scores) > 1 else None,
        latest=scores[-1] if scores else None,
        place=place_in(connection, reader.list, lead_id),
        is_mine=reader.list.owner is not None,
        life=_life(connection, champion, lead, in_time, reader.now),
        acts=acts_of(connection, lead_id),
        offers=offers(champion.intake, values_of(connection, "owner")) if reader.may_act else None,
    )


def scores_around(scores: Sequence[StoredScore], events: Sequence[Event], act: DoneAct | None) -> list[StoredScore]:
    """Return the last score before what an act says was stored, and the first since; without either, none."""
    if act is None:
        return []
    since = next((event.stored_at for event in events if event.event_id == act.act_id), None)
    if since is None:
        return []
    after = next((score for score in scores if score.as_of >= since), None)
    before = [score for score in scores if score.as_of < since]
    return [before[-1], after] if after is not None and before else []


def _names(connection: sa.Connection, similar: SimilarLeads, schema: LeadSchema) -> dict[str, str]:
    """Return what similar leads that the store holds are called."""
    ids = [one.lead_id for one in similar.leads if one.lead_id is not None]
    return {lead_id: names_of(lead, schema)[0] for lead_id, lead in reading.leads_of(connection, ids).items()}


def _life(connection: sa.Connection, champion: Champion, lead: Lead, events: Sequence[Event], now: int) -> Life:
    """Return the life of a lead, until it was closed if it was; a model that abstains says nothing of it."""
    if champion.model.certainty.abstention:
        return NO_LIFE
    outcomes = reading.outcomes_of(connection, [lead.lead_id]).get(lead.lead_id, [])
    is_open = reading.standing(outcomes) == "open"
    until = now if is_open else max(outcomes[-1].closed_at, lead.created_at)
    return life_of(connection, champion, lead, events, until, is_open=is_open)


def ends_of_trend(scores: Sequence[StoredScore]) -> list[StoredScore]:
    """Return the score of a week before the latest, or else the first if it is a day older, and the latest."""
    if not scores:
        return []
    latest = scores[-1]
    week = [score for score in scores if score.as_of <= latest.as_of - TREND]
    before = week[-1] if week else scores[0]
    return [before, latest] if latest.as_of - before.as_of >= DAY else [latest]
