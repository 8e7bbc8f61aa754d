"""`/pages/letters/{token}`: the letter to one lead, which a link opens once and without a login.

What follows links before people do, such as a filter for mail, asks for the page and does not press its button: the letter opens by a post.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from features.records.clock import to_microseconds
from serving.api.auth import written
from serving.api.lead import asked
from serving.api.letters import linked
from serving.api.services import services_of
from serving.intake.calls import Call, CallScores, Reply
from serving.intake.scoring import Moment
from serving.pages.letter import LetterError
from serving.pages.queue import lead_path
from serving.pages.render import Frame, render
from serving.pages.routes.answers import page
from serving.pages.routes.letter import letter_of
from serving.pages.words import minute
from serving.schemas.problems import NOT_THERE, RefusedError, refusal
from serving.schemas.records import LetterLink
from serving.store.letters import find_letter_link, open_letter_link
from serving.store.transaction import Transaction

log = logging.getLogger("glengarry")

OVER = "This link is not good any more: it was opened before, or its time is over. Ask whoever sent it for another."
NOT_NOW = "The letter cannot be written just now. The link stays good: try it again later, or ask whoever sent it."


@dataclass(frozen=True)
class LetterOpening:
    """A letter that is opened by a link at a time (microseconds UTC)."""

    token: str
    now: int

    def lead_ids(self) -> set[str]:
        """Return nobody: no score follows from it."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Let the link be used up."""
        if not open_letter_link(transaction, self.token, self.now):
            raise refusal(NOT_THERE, "link", "must not have been opened", "one that was", "ask for another")
        return []

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return nothing: the letter is shown."""
        return Reply(204, "")


async def door(request: Request) -> Response:
    """Show that a letter is there, and nothing of it."""
    if await _lead_id(request, _now()) is None:
        return _said(OVER, HTTPStatus.FORBIDDEN)
    sender = services_of(request).champion.deployment.letter.sender
    return HTMLResponse(render("letter_door", Frame(), words="", sender=sender))


async def read(request: Request) -> Response:
    """Show a letter, this once."""
    champion, now = services_of(request).champion, _now()
    lead_id = await _lead_id(request, now)
    if lead_id is None:
        return _said(OVER, HTTPStatus.FORBIDDEN)
    try:
        found = await asked(request, letter_of, champion, champion.deployment.letter, lead_id, now)
    except LetterError as error:
        log.error("a letter is not written: %s", error)
        return _said(NOT_NOW, HTTPStatus.SERVICE_UNAVAILABLE)
    if found is None:
        return _said(OVER, HTTPStatus.FORBIDDEN)
    try:
        await written(request, Call(LetterOpening(request.path_params["token"], now)))
    except RefusedError:
        return _said(OVER, HTTPStatus.FORBIDDEN)
    return HTMLResponse(render("letter", Frame(), page=found, style=""))


async def make(request: Request, lead_id: str) -> Response:
    """Make a link to the letter to a lead, and show it this once."""
    made = LetterLink.model_validate_json((await linked(request, lead_id)).body)
    until = minute(made.until, services_of(request).champion.intake.zone)
    return page(request, "letter_link", url=made.url, until=until, path=lead_path(lead_id))


async def _lead_id(request: Request, now: int) -> str | None:
    """Return to whom the letter is that a link opens; None once it was opened, its time is over, or the key revoked that made it."""
    found = await asked(request, find_letter_link, request.path_params["token"], now)
    if found is None:
        return None
    good = await run_in_threadpool(services_of(request).keys.good, found.key_id)
    return None if good is None else found.lead_id


def _now() -> int:
    return to_microseconds(datetime.now(UTC))


def _said(words: str, status: HTTPStatus) -> Response:
    return HTMLResponse(render("letter_door", Frame(), words=words, sender=""), status)
