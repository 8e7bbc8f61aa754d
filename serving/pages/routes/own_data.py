"""`/pages/own`: a history of one's own, dropped, drafted, corrected, trained on and tried, beside the service in use."""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from features.records.clock import to_microseconds
from serving.api.auth import written
from serving.api.forms.posts import Upload
from serving.api.services import entry_services_of
from serving.batch.own_data import ENDINGS, FOLDER, OwnData, OwnDataError
from serving.batch.rounds import BegunRound, RoundKind, RoundRunningError
from serving.intake.calls import Call, CallScores, Reply
from serving.intake.scoring import Moment
from serving.pages.own_data import (
    END_WORDS,
    FACTS,
    OBSTACLES,
    OWN,
    OWN_REPORT,
    ROLES,
    TYPES,
    ZONES,
    corrections_of,
    own_data_page,
)
from serving.pages.report import hoisted
from serving.pages.routes.answers import page
from serving.pages.routes.entry import SEE_OTHER, field
from serving.schemas.problems import INVALID_FORM, NOT_THERE, refusal
from serving.settings.settings import load_settings
from serving.store.keys import create_key
from serving.store.store import open_store
from serving.store.transaction import Transaction

NO_SETTINGS = "This service was built with its model inside and has no folder of its own for files: use the command line, glengarry init."
STALE_DRAFT = "The draft has been made anew since this form was shown: look at the new one, and correct that."
KEY_NAME = "own data"
MAX_FIELDS = 3_000
"""Of the form: up to four a column, and the values that say how leads ended."""
MAX_PORTS = 50
"""Ports past that of the service in use that are tried."""


async def start(request: Request) -> Response:  # noqa: ARG001 - as of every page
    """Go to own data, where a first start begins."""
    return RedirectResponse(OWN, SEE_OTHER)


async def show(request: Request) -> Response:
    """Show how own data stands."""
    return await _page(request)


async def add(request: Request) -> Response:
    """Keep the files that came, and begin to draft."""
    uploads: list[Upload] = [one for one in request.state.uploads if one.field == "files"]
    if not uploads:
        return await _page(request, "A file must be chosen, got none: choose one or more, and send them again.", 422)
    own, most = _own(request), entry_services_of(request).deployment.service.most_history_bytes
    begun = _begun("draft", request)

    def work() -> None:
        own.add([(one.name, one.content) for one in uploads], most)
        own.begin_draft(begun, entry_services_of(request).environment)

    return await _done(request, work, begun, f"{len(uploads)} files added")


async def do(request: Request) -> Response:
    """Do what the form says."""
    form, own, environment = request.state.form, _own(request), entry_services_of(request).environment
    match field(form, "act"):
        case "remove":
            begun = _begun("draft", request)

            def remove() -> None:
                own.remove(field(form, "file"))
                if own.files():
                    own.begin_draft(begun, environment)
                else:
                    own.discard()

            return await _done(request, remove, begun, "a file removed")
        case "correct":
            return await _correct(request, own)
        case "train":
            begun = _begun("train", request)
            return await _done(request, lambda: own.begin_training(begun, environment), begun, "training")
        case "serve":
            return await _serve(request, own)
        case "stop":
            return await _done(request, own.stop, _begun("serve", request), "service beside ended")
        case "discard":
            return await _done(request, own.discard, _begun("draft", request), "thrown away")
        case other:
            raise refusal(INVALID_FORM, "act", "must be one of the page's", repr(other[:80]), "load the page anew")


async def report(request: Request) -> Response:
    """Show the report of the training."""
    html, _ = hoisted(await run_in_threadpool(_report, _own(request)), f"{OWN_REPORT}.css")
    return HTMLResponse(html.replace("<header>", f'<header><p><a href="{OWN}">Back to your own data</a></p>', 1))


async def style(request: Request) -> Response:
    """Return the style sheet of the report: the browser takes nothing that stands inside a page."""
    _, css = hoisted(await run_in_threadpool(_report, _own(request)), "")
    return Response(css, media_type="text/css")


def _report(own: OwnData) -> str:
    trained = own.state().trained
    file = None if trained is None else Path(trained["report"]).resolve()
    if file is None or not file.is_relative_to(own.var.resolve()) or not file.is_file():
        raise refusal(NOT_THERE, "report", "must be there", "none", "train first")
    return file.read_text(encoding="utf-8")


async def _correct(request: Request, own: OwnData) -> Response:
    form, state = request.state.form, await run_in_threadpool(own.state)
    if state.asked is None or state.latest is None or field(form, "draft") != state.latest.begun.round_id:
        return await _page(request, STALE_DRAFT, 409)
    try:
        corrections = corrections_of(state.asked, lambda name: field(form, name))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return await _page(request, f"{place}: {first['msg'].removeprefix('Value error, ')}.", 422)
    except ValueError as error:
        return await _page(request, f"A choice {error}.", 422)
    begun = _begun("draft", request)
    environment = entry_services_of(request).environment
    return await _done(request, lambda: own.begin_draft(begun, environment, corrections), begun, "corrected")


async def _serve(request: Request, own: OwnData) -> Response:
    """Begin a service by the draft, and show its key this once."""
    limits, begun = entry_services_of(request).deployment.service, _begun("serve", request)

    def work() -> str:
        own.begin_serving(
            begun, entry_services_of(request).environment, limits.host, _free_port(limits.host, limits.port)
        )
        settings = load_settings(own.settings)
        store = open_store(settings.store_url, settings.folder)
        try:
            return create_key(store, KEY_NAME, "admin", begun.begun_at)
        finally:
            store.close()

    try:
        key = await run_in_threadpool(work)
    except (OwnDataError, RoundRunningError) as error:
        return await _page(request, str(error), 409)
    await written(request, Call(OwnDataEntry(begun, "served beside", request.state.key.key_id)))
    return await _page(request, key=key)


async def _done(request: Request, work: Callable[[], None], begun: BegunRound, said: str) -> Response:
    """Do something with own data, and go back to the page; what cannot be done is said there."""
    try:
        await run_in_threadpool(work)
    except (OwnDataError, RoundRunningError) as error:
        return await _page(request, str(error), 409)
    await written(request, Call(OwnDataEntry(begun, said, request.state.key.key_id)))
    return RedirectResponse(OWN, SEE_OTHER)


async def _page(request: Request, trouble: str = "", status: int = 200, key: str = "") -> Response:
    services, own = entry_services_of(request), _own(request)
    state = await run_in_threadpool(own.state)
    shown = own_data_page(
        state,
        services.zone,
        to_microseconds(datetime.now(UTC)),
        most_bytes=services.deployment.service.most_history_bytes,
        stands=str(services.settings_file or ""),
        lies=str(own.settings),
        address=await run_in_threadpool(_address, request, own) if state.serves else "",
        trouble=trouble,
        key=key,
    )
    return page(
        request,
        "own_data",
        status,
        page=shown,
        endings=",".join(ENDINGS),
        roles=ROLES,
        types=TYPES,
        obstacles=OBSTACLES,
        ends=tuple(END_WORDS.items()),
        facts=tuple(FACTS.items()),
        zones=ZONES,
    )


def _address(request: Request, own: OwnData) -> str:
    """Return where a service by the draft answers, as this browser reaches the one in use."""
    if not own.settings.is_file():
        return ""
    host = urlsplit(str(request.base_url)).hostname or "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{load_settings(own.settings).service.port}"


def _free_port(host: str, after: int) -> int:
    """Return the first port past one on which nothing listens.

    Raises
    ------
    OwnDataError
        If there is none near it.
    """
    for port in range(after + 1, min(after + MAX_PORTS, 65_535) + 1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise OwnDataError(f"A port past {after} must be free on {host}, got none of {MAX_PORTS}: stop what listens there.")


@dataclass(frozen=True)
class OwnDataEntry:
    """What the audit trail says of something that was done with own data."""

    begun: BegunRound
    said: str
    key_id: str

    def lead_ids(self) -> set[str]:
        """Return nobody."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Write the entry."""
        transaction.add_audit("own data", f"round {self.begun.round_id}", self.said, self.key_id)
        return []

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return nothing: the browser is sent on."""
        return Reply(204, "")


def _begun(kind: RoundKind, request: Request) -> BegunRound:
    now = datetime.now(UTC)
    return BegunRound(f"{now:%Y%m%dT%H%M%S%f}", kind, request.state.key.name, to_microseconds(now), 0)


def _own(request: Request) -> OwnData:
    """Return the folder of own data.

    Raises
    ------
    RefusedError
        If the service has no folder in which it may lie.
    """
    output = entry_services_of(request).output
    if output is None:
        raise refusal(NOT_THERE, "own data", "must have a settings file beside which they lie", "none", NO_SETTINGS)
    return OwnData(output / FOLDER)
