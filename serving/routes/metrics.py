"""`GET /metrics`: figures for operators, as Prometheus reads them."""

from datetime import UTC, datetime

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import Response

from serving.telemetry.standing import Standing


async def metrics(request: Request) -> Response:
    """Tell what all workers have counted, and how things stand now."""
    told = await run_in_threadpool(_told, request.app.state, datetime.now(UTC))
    return Response(told, media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _told(state: State, now: datetime) -> bytes:
    standing = CollectorRegistry()
    standing.register(Standing(state.champion, state.pulse.beats(), now, *state.watched()))
    return generate_latest(state.telemetry.figures.all_workers()) + generate_latest(standing)
