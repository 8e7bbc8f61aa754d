"""`/pages/unread`: what came and was not understood; and the button by which messages are read again when a rule was mended."""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from models.close.reasons.sentences import counted
from serving.api.auth import written
from serving.api.form_posts import released
from serving.api.lead import asked
from serving.api.services import services_of
from serving.api.webhook_calls import count, told_by
from serving.champion.champion import Champion
from serving.intake.calls import Call
from serving.pages.routes.answers import page
from serving.pages.routes.entry import field
from serving.pages.unread import unread_page
from serving.schemas.problems import NOT_THERE, refusal
from serving.store.aside import AsideCount, aside_by_name
from serving.store.leftovers import TRAPPED, Leftover, leftovers

MAX_SHOWN = 200


async def unread(request: Request) -> Response:
    """Show what was not understood."""
    return await _page(request, "")


async def replay(request: Request) -> Response:
    """Read the messages of a webhook again, by the rules of today; or take one form that filled the honeypot in as a lead."""
    champion = services_of(request).champion
    name = field(request.state.form, "webhook")
    if name == TRAPPED:
        return await _release(request, champion, field(request.state.form, "leftover"))
    webhook = champion.webhooks.get(name)
    if webhook is None:
        raise refusal(NOT_THERE, "webhook", "must be a webhook of the settings", repr(name[:80]), "add [webhooks.NAME]")
    kept: list[Leftover] = await asked(request, leftovers, name)
    kept.sort(key=lambda one: (one.stored_at, one.leftover_id))
    messages = [json.loads(one.message) for one in kept]
    replayed = {place: one.leftover_id for place, one in enumerate(kept)}
    told = told_by(name, webhook, messages, champion.intake, datetime.now(UTC), replayed, plain=champion.plain)
    await written(request, Call(told))
    count(request, told)
    read = len(kept) - len({*told.ignored, *told.broken_places()})
    said = f"Of {counted(len(kept), 'message', 'messages')} of {name}, {read:,} {'is' if read == 1 else 'are'} understood by now and stored."
    return await _page(request, said)


async def _release(request: Request, champion: Champion, leftover_id: str) -> Response:
    kept: list[Leftover] = await asked(request, leftovers, TRAPPED)
    chosen = [one for one in kept if one.leftover_id == leftover_id]
    told = released(champion, chosen, datetime.now(UTC))
    await written(request, Call(told))
    count(request, told)
    wrong = "; ".join(problem.detail for problem in told.refused())
    if not chosen:
        return await _page(
            request, "It is not there any more: it was taken as a lead already, or its 30 days are over."
        )
    return await _page(request, f"It is no lead: {wrong}" if wrong else "It is a lead now, as of today.")


async def _page(request: Request, said: str) -> Response:
    champion = services_of(request).champion
    aside, kept = await asked(request, _unread)
    return page(request, "unread", page=unread_page(aside, kept, champion.intake, said))


def _unread(connection: sa.Connection) -> tuple[list[AsideCount], list[Leftover]]:
    return aside_by_name(connection, MAX_SHOWN), leftovers(connection, most=MAX_SHOWN)
