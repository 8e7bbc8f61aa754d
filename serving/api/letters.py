"""`POST /leads/{id}/letter`: a link that opens the letter to a lead once, to be sent to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from features.records.clock import DAY, to_datetime, to_microseconds
from serving.analytics.what_if import suppose_each
from serving.api.auth import written
from serving.api.cards import address_of
from serving.api.lead import asked, find_lead, lead_id_of
from serving.api.services import services_of
from serving.champion.champion import Champion
from serving.intake.calls import Call, CallScores, Reply
from serving.intake.scoring import Moment
from serving.schemas.problems import INVALID_REQUEST, refusal
from serving.schemas.records import LetterLink
from serving.schemas.score import Score
from serving.store.letters import make_letter_link, new_token
from serving.store.transaction import Transaction

LETTERS = "/pages/letters"


@dataclass(frozen=True)
class LetterLinking:
    """A link to the letter to a lead, with what stands in it, until when it is good (microseconds UTC), and the address that it makes."""

    token: str
    lead_id: str
    key_id: str
    ends_at: int
    url: str

    def lead_ids(self) -> set[str]:
        """Return nobody: no score follows from it."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Keep the link, if the lead is there."""
        find_lead(transaction.connection, self.lead_id)
        make_letter_link(transaction, self.token, self.lead_id, self.key_id, self.ends_at)
        return []

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return the link."""
        return Reply(201, LetterLink(url=self.url, until=to_datetime(self.ends_at)).model_dump_json())


async def letter(request: Request) -> Response:
    """Make a link to the letter to a lead."""
    reply = await linked(request, lead_id_of(request))
    return Response(reply.body, reply.status, media_type="application/json")


async def linked(request: Request, lead_id: str) -> Reply:
    """Make a link to the letter to a lead, and return it as it is answered.

    Raises
    ------
    RefusedError
        If there is no such lead, the settings do not say what a letter has to say, or there is no decision that it could be about.
    """
    champion = services_of(request).champion
    settings = champion.deployment.letter
    if settings.missing:
        rule, got = f"must say {', '.join(settings.missing)}", "nothing"
        raise refusal(INVALID_REQUEST, "letter", rule, got, "write it under [letter] of the settings")
    token, now = new_token(), to_microseconds(datetime.now(UTC))
    await asked(request, _check_decided, champion, lead_id, now)
    url = f"{address_of(request)}{LETTERS}/{token}"
    told = LetterLinking(token, lead_id, request.state.key.key_id, now + settings.link_days * DAY, url)
    reply: Reply = await written(request, Call(told))
    return reply


def _check_decided(connection: sa.Connection, champion: Champion, lead_id: str, now: int) -> None:
    """Check that there is something that a letter could be about: whoever opens the link could do nothing for it."""
    (score,) = suppose_each(connection, champion, find_lead(connection, lead_id), [{}], now)
    if not isinstance(score, Score):
        raise refusal(INVALID_REQUEST, "letter", "must be about a score", "none", f"mend this: {score.detail}")
    if score.decision is None:
        rule, remedy = "must be about a decision", "train a model that decides"
        raise refusal(INVALID_REQUEST, "letter", rule, "a score without one", remedy)
