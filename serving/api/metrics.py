"""`GET /metrics`: figures for operators, as Prometheus reads them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from serving.analytics.service_state import ServiceState
from serving.api.services import Services, services_of
from serving.store.crm_health import CrmHealth, crm_healths
from serving.store.deliveries import DeliveryState, states
from serving.store.engine import StoreError
from serving.store.reading import outcomes_unknown


async def metrics(request: Request) -> Response:
    """Tell what all workers have counted, and how things stand now."""
    told = await run_in_threadpool(_told, services_of(request), datetime.now(UTC))
    return Response(told, media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _told(services: Services, now: datetime) -> bytes:
    standing = CollectorRegistry()
    champion, is_up = services.champion, services.pulse.beats()
    deliveries: list[DeliveryState] = _listed(services, states, is_up)
    crms: list[CrmHealth] = _listed(services, crm_healths, is_up)
    unknown = _unknown(services, is_up)
    standing.register(ServiceState(champion, is_up, now, services.watched(), unknown, deliveries, crms))
    return generate_latest(services.telemetry.figures.all_workers()) + generate_latest(standing)


def _unknown(services: Services, is_up: bool) -> int | None:
    """Return how many outcomes of the store the champion does not know; None where the store does not answer."""
    try:
        return int(services.store.ask(outcomes_unknown, *services.champion.model.outcomes_known)) if is_up else None
    except StoreError:
        return None


def _listed(services: Services, question: Callable[..., Any], is_up: bool) -> list[Any]:
    """Return what the store lists; nothing where it does not answer."""
    try:
        found: list[Any] = services.store.ask(question) if is_up else []
    except StoreError:
        return []
    return found
