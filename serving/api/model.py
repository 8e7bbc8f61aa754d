"""`GET /model`: the model that answers, how its promises held, and which version served when and why."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from features.records.clock import to_microseconds
from serving.analytics.model_card import ModelAccount, account, ask_registry, read_stored
from serving.api.services import services_of
from serving.store.reading import outcomes_unknown

T = TypeVar("T")


async def model(request: Request) -> Response:
    """Tell of the model."""
    return Response((await account_of(request)).model_dump_json(), media_type="application/json")


async def account_of(request: Request) -> ModelAccount:
    """Return what the champion has to answer for."""
    champion = services_of(request).champion
    now, store = to_microseconds(datetime.now(UTC)), services_of(request).store
    kept = await of_registry(request, ask_registry, services_of(request).registry, champion.version.version)
    records = services_of(request).model_records
    stored = await records.get(champion.version.version, lambda: store.ask(read_stored, champion, now))
    # What is kept for a minute would tell another number than /metrics; this one is one count by an index.
    unknown: int = await run_in_threadpool(lambda: store.ask(outcomes_unknown, *champion.model.outcomes_known))
    stored = stored._replace(outcomes_unknown=unknown)
    return account(champion, kept, stored, services_of(request).reports.yardstick.origin.learns_from)


async def of_registry(request: Request, question: Callable[..., T], *arguments: Any) -> T:
    """Return the registry's answer to a question: few are asked at a time, as one may hold a thread for a minute."""
    async with services_of(request).registry_turns:
        return await run_in_threadpool(question, *arguments)
