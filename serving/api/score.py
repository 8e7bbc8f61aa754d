"""`POST /score`: one lead or many in, scores with their reasons out; nothing is kept."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from serving.api.body import read_body
from serving.api.many import is_many, many_of
from serving.api.parameters import only, read_choice
from serving.api.services import services_of
from serving.champion.champion import Champion, UpTo
from serving.schemas.problems import RefusedError
from serving.schemas.score import Message, NotScored, Problem, Score, Scores
from serving.schemas.strict_json import parse_json
from serving.telemetry.telemetry import Telemetry

MANY, UP_TO = "leads", "up_to"
INLINE_LEADS = 5
"""So many leads are answered faster than a thread is found for them."""


async def score(request: Request) -> Response:
    """Answer with the score of a lead, or with those of many."""
    champion = services_of(request).champion
    telemetry = services_of(request).telemetry
    now, up_to = datetime.now(UTC), asked_for(request.query_params)
    with telemetry.stage("read"):
        content = parse_json(await read_body(request, champion.limits.most_bytes))
    many = content.get(MANY) if isinstance(content, dict) else None
    with telemetry.stage("score"):
        if isinstance(many, list) and len(many) > INLINE_LEADS:
            return await run_in_threadpool(answer, champion, content, now, up_to, telemetry)
        return answer(champion, content, now, up_to, telemetry)


def asked_for(parameters: QueryParams) -> UpTo:
    """Return how far scores are to go, by the parameters of a request.

    Raises
    ------
    RefusedError
        If there is another parameter, or it has another value.
    """
    only(parameters, (UP_TO,))
    return read_choice(parameters, UP_TO, tuple(UpTo)) or UpTo.QUESTIONS


def answer(champion: Champion, content: object, now: datetime, up_to: UpTo, telemetry: Telemetry) -> Response:
    """Return the response to a request's content, as of `now` where its leads name no moment.

    Raises
    ------
    RefusedError
        If it is no lead and no list of leads, or its only lead breaks a rule.
    """
    if isinstance(content, dict) and is_many(content, MANY):
        leads = [champion.plain(lead) for lead in many_of(content, MANY, champion.limits.most_leads)]
        scores = score_many(champion, leads, now, up_to)
        _count(scores, telemetry)
        return _json(scores)
    (scored,) = champion.score([champion.plain(content)], now, up_to)
    if isinstance(scored, Problem):
        raise RefusedError(scored)
    telemetry.figures.count_scores([scored.probability])
    return _json(scored)


def _count(scores: Scores, telemetry: Telemetry) -> None:
    telemetry.figures.count_scores(one.probability for one in scores.scores if isinstance(one, Score))
    for one in scores.scores:
        if isinstance(one, NotScored):
            telemetry.refused(one.problem)


def score_many(champion: Champion, leads: Sequence[Any], now: datetime, up_to: UpTo) -> Scores:
    """Score leads in their order; a bad one does not spoil the others."""
    return Scores(
        scores=tuple(
            scored
            if isinstance(scored, Score)
            else NotScored(index=index, lead_id=_lead_id(leads[index]), problem=scored)
            for index, scored in enumerate(champion.score(leads, now, up_to))
        )
    )


def _lead_id(lead: Any) -> str | None:
    lead_id = lead.get("lead_id") if isinstance(lead, dict) else None
    return str(lead_id) if isinstance(lead_id, str | int) else None


def _json(message: Message) -> Response:
    return Response(message.model_dump_json(), media_type="application/json")
