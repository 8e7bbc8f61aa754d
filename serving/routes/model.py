"""`GET /model`: the model that answers, how its promises held, and which version served when and why."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from features.clock import to_microseconds
from serving.accounts import ModelAccount, Stored, account, ask_registry, read_stored
from serving.champion import Champion
from serving.kept import KeptAnswers

T = TypeVar("T")


async def model(request: Request) -> Response:
    """Tell of the model."""
    return Response((await account_of(request)).model_dump_json(), media_type="application/json")


async def account_of(request: Request) -> ModelAccount:
    """Return what the champion has to answer for."""
    champion: Champion = request.app.state.champion
    now, store = to_microseconds(datetime.now(UTC)), request.app.state.store
    kept = await of_registry(request, ask_registry, request.app.state.registry, champion.version.version)
    records: KeptAnswers[Stored] = request.app.state.model_records
    stored = await records.get(champion.version.version, lambda: store.ask(read_stored, champion, now))
    return account(champion, kept, stored)


async def of_registry(request: Request, question: Callable[..., T], *arguments: Any) -> T:
    """Return the registry's answer to a question: few are asked at a time, as one may hold a thread for a minute."""
    async with request.app.state.registry_turns:
        return await run_in_threadpool(question, *arguments)
