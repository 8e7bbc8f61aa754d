"""Every page, who may read it, and what the navigation calls it. A new page is one entry here."""

from contextlib import suppress
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from serving import pages
from serving.api.auth import routes_of
from serving.api.cards import CARDS
from serving.api.letters import LETTERS
from serving.pages.api_docs import DOCS
from serving.pages.audit import AUDIT
from serving.pages.feedback import FEEDBACK
from serving.pages.form_builder import BUILDER
from serving.pages.list_choices import QUEUE
from serving.pages.outbox import OUTBOX
from serving.pages.overview import OVERVIEW
from serving.pages.own_data import OWN, OWN_FILES, OWN_REPORT
from serving.pages.queue import EXPORT, NEWS
from serving.pages.round import ROUND
from serving.pages.routes import (
    acts,
    answers,
    api_docs,
    audit,
    card,
    feedback,
    form_builder,
    lead,
    letters,
    login,
    model,
    openid,
    outbox,
    overview,
    own_data,
    own_file,
    queue,
    reports,
    rounds,
    several,
    unread,
)
from serving.pages.routes.entry import LOGIN, Page, frame_of, guard, holder
from serving.pages.routes.session import PATH
from serving.pages.unread import UNREAD
from serving.store.engine import StoreError
from serving.store.keys import Role

READERS: tuple[Role, ...] = ("crm", "rep", "admin")
TELLERS: tuple[Role, ...] = ("rep", "admin")

OWN_PAGES = (
    Page("GET", OWN, own_data.show, ("admin",), "Own data"),
    Page("POST", OWN, own_data.do, ("admin",), max_fields=own_data.MAX_FIELDS),
    Page("POST", OWN_FILES, own_data.add, ("admin",), takes_history=True),
    Page("GET", OWN_REPORT, own_data.report, ("admin",)),
    Page("GET", f"{OWN_REPORT}.css", own_data.style, ("admin",)),
)
LOGOUT = Page("POST", f"{PATH}/logout", login.logout, READERS)
PAGES = (
    Page("GET", PATH, login.start, READERS),
    Page("GET", QUEUE, queue.queue, READERS, "Leads"),
    Page("POST", QUEUE, several.do, TELLERS),
    Page("GET", EXPORT, queue.export, READERS),
    Page("GET", NEWS, queue.news, READERS),
    Page("GET", f"{QUEUE}/{{lead_id:path}}", lead.lead, READERS),
    Page("POST", f"{QUEUE}/{{lead_id:path}}", acts.do, TELLERS),
    Page("GET", OVERVIEW, overview.overview, ("admin",), "Overview"),
    Page("GET", FEEDBACK, feedback.feedback, TELLERS, "Feedback"),
    *(Page("GET", reports.path_of(kind), reports.report(kind), TELLERS, kind.title()) for kind in reports.WITH_PAGE),
    Page("GET", f"{model.REPORTS}/{{version}}.css", model.style, model.REPORT_READERS),
    Page("GET", f"{model.REPORTS}/{{version}}", model.report, model.REPORT_READERS),
    Page("GET", model.MODEL, model.model, READERS, "Model"),
    Page("GET", own_file.FILE, own_file.show, ("admin",), "Score a file"),
    Page("POST", own_file.FILE, own_file.score, ("admin",), takes_file=True),
    *OWN_PAGES,
    Page("GET", ROUND, rounds.show, ("admin",), "Round"),
    Page("POST", ROUND, rounds.start, ("admin",)),
    Page("GET", BUILDER, form_builder.form_builder, ("admin",), "Forms"),
    Page("POST", BUILDER, form_builder.make_key, ("admin",)),
    Page("GET", DOCS, api_docs.docs, ("crm", "admin"), "API"),
    Page("GET", UNREAD, unread.unread, ("admin",), "Not understood"),
    Page("POST", UNREAD, unread.replay, ("admin",)),
    Page("GET", OUTBOX, outbox.show, ("admin",), "Outbox"),
    Page("POST", OUTBOX, outbox.do, ("admin",)),
    Page("GET", AUDIT, audit.audit, ("admin",), "Audit trail"),
    LOGOUT,
)
"""All but the login, in the order of the navigation."""

FIRST_PAGES = (
    Page("GET", PATH, own_data.start, ("admin",)),
    Page("GET", QUEUE, own_data.start, ("admin",)),
    *OWN_PAGES,
    LOGOUT,
)
"""Those of a first start, which has no model and no leads; who logs in there is sent to own data."""

STATIC = Path(pages.__file__).parent / "static"

DOORS: tuple[BaseRoute, ...] = (
    Route(LOGIN, login.form, methods=["GET"]),
    Route(LOGIN, login.login, methods=["POST"]),
    Mount(f"{PATH}/static", StaticFiles(directory=STATIC, packages=[("models.charts", "static")])),
)
FIRST_ROUTES: tuple[BaseRoute, ...] = (*DOORS, *routes_of(FIRST_PAGES, guard(FIRST_PAGES)))
ROUTES: tuple[BaseRoute, ...] = (
    *DOORS,
    Route(openid.START, openid.start, methods=["GET"]),
    Route(openid.BACK, openid.back, methods=["GET"]),
    Route(f"{CARDS}/{{token}}", card.card, methods=["GET"]),
    Route(f"{LETTERS}/{{token}}", letters.door, methods=["GET"]),
    Route(f"{LETTERS}/{{token}}", letters.read, methods=["POST"]),
    *routes_of(PAGES, guard(PAGES)),
)


async def on_error(request: Request, error: Exception, pages: tuple[Page, ...] = PAGES) -> Response:
    """Answer with a page whatever a page raises; who is logged in finds back from where there is no page, too.

    Parameters
    ----------
    pages
        Those that there are.

    Raises
    ------
    Exception
        If it is a defect, which is told elsewhere.
    """
    if not hasattr(request.state, "frame") and not isinstance(error, StoreError):
        with suppress(StoreError):  # the page that tells of the error needs no store
            session, key = await holder(request)
            if session is not None and key is not None:
                request.state.frame = frame_of(pages, request.url.path, key, session)
    return await answers.on_error(request, error)
