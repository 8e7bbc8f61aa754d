"""`/pages/outbox`: who is told what happens, told again from a day on, and switched on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from features.records.clock import to_microseconds
from serving.api.auth import written
from serving.api.lead import asked
from serving.api.services import services_of
from serving.intake.calls import Call, CallScores, Reply
from serving.intake.scoring import Moment
from serving.pages.outbox import MAX_RECENT, outbox_page
from serving.pages.routes.answers import page
from serving.pages.routes.entry import field
from serving.schemas.notices import NOTICE_KINDS, NoticeKind
from serving.schemas.problems import INVALID_FORM, NOT_THERE, refusal
from serving.settings.settings import SETTINGS_VARIABLE, load_settings
from serving.store.backlog import Backlog, backlog, recent, replay, switch_on
from serving.store.deliveries import DeliveryState, Notice, states
from serving.store.transaction import Transaction

EVERYTHING: frozenset[NoticeKind] = frozenset(NOTICE_KINDS)
ACTS = ("on", "again")


async def show(request: Request) -> Response:
    """Show who is told, and what happened."""
    return await _page(request, "")


async def do(request: Request) -> Response:
    """Switch a receiver on, or tell it everything again from a day on."""
    form, key = request.state.form, request.state.key
    name, act = field(form, "receiver"), field(form, "act")
    known = {state.name for state in await asked(request, states)}
    if name not in known:
        raise refusal(NOT_THERE, "receiver", "must be one that is told", repr(name[:80]), "load the page anew")
    if act not in ACTS:
        raise refusal(INVALID_FORM, "act", f"must be one of {', '.join(ACTS)}", repr(act[:80]), "load the page anew")
    zone = services_of(request).champion.intake.zone
    since = _since(field(form, "since"), zone) if act == "again" else None
    await written(
        request, Call(DeliveryAct(name, since, field(form, "since") if since is not None else "", key.key_id))
    )
    what = "from where it was" if since is None else f"from {field(form, 'since')} on"
    return await _page(request, f"{name} is told {what}.")


def _since(given: str, zone: ZoneInfo) -> int:
    """Return when a day begins.

    Raises
    ------
    RefusedError
        If it is none.
    """
    try:
        return to_microseconds(datetime.combine(date.fromisoformat(given), time(), zone))
    except (ValueError, OverflowError) as error:
        rule = "must be a day such as 2026-03-01"
        raise refusal(INVALID_FORM, "since", rule, repr(given[:80]), "choose one") from error


@dataclass(frozen=True)
class DeliveryAct:
    """A receiver is told again from a time on (microseconds UTC) or, without one, goes on where it was."""

    name: str
    since: int | None
    day: str
    key_id: str

    def lead_ids(self) -> set[str]:
        """Return nobody."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Do it, and say so in the audit trail."""
        if self.since is None:
            switch_on(transaction, self.name)
        else:
            replay(transaction, self.name, self.since)
        what = "from where it was" if self.since is None else f"from {self.day} on"
        transaction.add_audit("told again", f"delivery {self.name}", what, self.key_id)
        return []

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return nothing: the page is shown anew."""
        return Reply(204, "")


async def _page(request: Request, done: str) -> Response:
    given = services_of(request).environment.get(SETTINGS_VARIABLE)
    kinds = {} if given is None else await run_in_threadpool(_kinds, Path(given))
    receivers, notices = await asked(request, _found, kinds)
    zone, now = services_of(request).champion.intake.zone, to_microseconds(datetime.now(UTC))
    return page(request, "outbox", page=outbox_page(receivers, notices, zone, now, done))


def _kinds(file: Path) -> dict[str, frozenset[NoticeKind]]:
    return load_settings(file).outbox.kinds


def _found(
    connection: sa.Connection, kinds: Mapping[str, frozenset[NoticeKind]]
) -> tuple[list[tuple[DeliveryState, Backlog]], list[Notice]]:
    found = [(state, backlog(connection, state, kinds.get(state.name, EVERYTHING))) for state in states(connection)]
    return found, recent(connection, MAX_RECENT)
