"""`GET /leads/{lead_id}`, its scores and why: what the service knows of a lead."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from features.records.clock import to_datetime
from features.records.parsing.ids import form_id
from serving.analytics.changes import LeadCourse, changes_of, read_course
from serving.analytics.similar import similar_to
from serving.api.services import services_of
from serving.api.slashes import with_slashes
from serving.champion.champion import Champion
from serving.intake.receipts import with_score
from serving.schemas.problems import NOT_THERE, RefusedError, refusal
from serving.schemas.records import (
    Change,
    KnownAside,
    KnownEvent,
    KnownFeedback,
    KnownOutcome,
    KnownRecords,
    SimilarLeads,
)
from serving.schemas.score import Message
from serving.store import reading
from serving.store.aside import aside_of
from serving.store.feedback import feedback_of
from serving.store.records import Event, GivenFeedback, Lead, Outcome, StoredScore


async def lead(request: Request) -> Response:
    """Tell everything that is known of a lead."""
    body = await asked(request, _known_lead, lead_id_of(request))
    return Response(body, media_type="application/json")


async def scores(request: Request) -> Response:
    """Tell every score of a lead, the earliest first."""
    course = await asked(request, find_course, lead_id_of(request))
    changes = await run_in_threadpool(changes_of, course, services_of(request).versions)
    return Response(_lead_scores(course, changes), media_type="application/json")


async def why(request: Request) -> Response:
    """Tell the latest score of a lead, with its reasons."""
    score = await asked(request, _latest_score, lead_id_of(request))
    return Response(score.answer, media_type="application/json")


async def similar(request: Request) -> Response:
    """Tell which past leads are most like a lead, and what became of them."""
    message = await asked(request, _similar, services_of(request).champion, lead_id_of(request))
    return Response(message.model_dump_json(), media_type="application/json")


async def asked(request: Request, question: Callable[..., Any], *arguments: Any) -> Any:
    """Return the store's answer to a question.

    Raises
    ------
    StoreError
        If it does not answer.
    """
    store = services_of(request).store
    return await run_in_threadpool(store.ask, question, *arguments)


def lead_id_of(request: Request) -> str:
    """Return the id of the lead that a path names, as ids are kept by `history.id_form`.

    Raises
    ------
    RefusedError
        If no lead can have it.
    """
    lead_id = with_slashes(request.path_params["lead_id"])
    if "\0" in lead_id:
        raise _not_there(lead_id)
    champion = services_of(request).champion
    return form_id(lead_id, champion.id_form)


def _not_there(lead_id: str) -> RefusedError:
    return refusal(NOT_THERE, "lead_id", "must be a lead's", repr(lead_id[:80]), "send the id of one that is there")


def find_lead(connection: sa.Connection, lead_id: str) -> Lead:
    """Return the lead of an id.

    Raises
    ------
    RefusedError
        If there is none, or it was erased.
    """
    found = reading.leads_of(connection, [lead_id]).get(lead_id)
    if found is None or found.erased_at is not None:
        raise _not_there(lead_id)
    return found


def find_course(connection: sa.Connection, lead_id: str) -> LeadCourse:
    """Return the course of a lead.

    Raises
    ------
    RefusedError
        If there is none, or it was erased.
    """
    course = read_course(connection, lead_id)
    if course is None or course.lead.erased_at is not None:
        raise _not_there(lead_id)
    return course


def _known_lead(connection: sa.Connection, lead_id: str) -> str:
    lead = find_lead(connection, lead_id)
    outcomes = reading.outcomes_of(connection, [lead_id]).get(lead_id, [])
    known = KnownRecords(
        lead_id=lead_id,
        created_at=to_datetime(lead.created_at),
        recorded_at=to_datetime(lead.stored_at),
        status=reading.standing(outcomes),
        fields=dict(lead.fields),
        events=tuple(_event(event) for event in reading.standing_events(connection, lead_id)),
        outcomes=tuple(_outcome(outcome) for outcome in outcomes),
        set_aside=tuple(
            KnownAside(name=one.name, value=one.value, rule=one.rule, recorded_at=to_datetime(one.stored_at))
            for one in aside_of(connection, lead_id)
        ),
        feedback=tuple(
            KnownFeedback.model_validate(told_feedback(said, KnownFeedback))
            for said in feedback_of(connection, lead_id)
        ),
    )
    score = None if lead.scored_as_of is None else reading.score_since(connection, lead_id, lead.scored_as_of)
    return with_score(known, score)


def _lead_scores(course: LeadCourse, changes: Iterable[Change | None]) -> str:
    told = ",".join("null" if change is None else change.model_dump_json() for change in changes)
    answers = ",".join(score.answer for score in course.scores if score.answer is not None)
    return f'{{"lead_id":{json.dumps(course.lead.lead_id)},"scores":[{answers}],"changes":[{told}]}}'


def _latest_score(connection: sa.Connection, lead_id: str) -> StoredScore:
    lead = find_lead(connection, lead_id)
    score = None if lead.scored_as_of is None else reading.score_since(connection, lead_id, lead.scored_as_of)
    if score is None or score.answer is None:
        remedy = "mend its fields by the settings of the model: see `glengarry check`"
        raise refusal(NOT_THERE, "score", "must have been given", "none for this lead", remedy)
    return score


def _similar(connection: sa.Connection, champion: Champion, lead_id: str) -> SimilarLeads:
    return similar_to(connection, champion, find_lead(connection, lead_id), _latest_score(connection, lead_id))


def _event(event: Event) -> KnownEvent:
    return KnownEvent(
        kind=event.kind,
        occurred_at=to_datetime(event.occurred_at),
        recorded_at=to_datetime(event.recorded_at),
        event_id=event.event_id or None,
        value=event.value,
        text=event.text,
        actor=event.actor,
        rep_id=event.rep_id,
        agent_name=event.agent_name,
        agent_version=event.agent_version,
    )


def _outcome(outcome: Outcome) -> KnownOutcome:
    return KnownOutcome(
        closed_at=to_datetime(outcome.closed_at),
        recorded_at=to_datetime(outcome.recorded_at),
        won=outcome.won,
        amount=outcome.amount,
        reason=outcome.reason,
        rep_id=outcome.rep_id,
        taken_back=outcome.taken_back,
    )


def told_feedback(said: GivenFeedback, message: type[Message]) -> dict[str, Any]:
    """Return what a message tells of feedback."""
    told = {name: getattr(said, name, None) for name in message.model_fields}
    return told | {
        "as_of": to_datetime(said.as_of),
        "recorded_at": to_datetime(said.stored_at),
        "given_by": said.given_by_name,
    }
