"""Every page, who may read it, and what the navigation calls it. A new page is one entry here."""

from contextlib import suppress
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from serving import pages as shown
from serving.keys import Role
from serving.pages.feedback import FEEDBACK
from serving.pages.queue import EXPORT, QUEUE
from serving.routes.access import routes_of
from serving.routes.pages import answers, feedback, lead, login, model, queue, reports
from serving.routes.pages.entry import LOGIN, Page, frame_of, guard, holder
from serving.routes.pages.session import PATH
from serving.store.engine import StoreError

READERS: tuple[Role, ...] = ("crm", "rep", "admin")
TELLERS: tuple[Role, ...] = ("rep", "admin")

PAGES = (
    Page("GET", PATH, login.start, READERS),
    Page("GET", QUEUE, queue.queue, READERS, "Leads"),
    Page("GET", EXPORT, queue.export, READERS),
    Page("GET", f"{QUEUE}/{{lead_id:path}}", lead.lead, READERS),
    Page("POST", f"{QUEUE}/{{lead_id:path}}", feedback.say, TELLERS),
    Page("GET", FEEDBACK, feedback.feedback, TELLERS, "Feedback"),
    *(Page("GET", reports.path_of(kind), reports.report(kind), TELLERS, kind.title()) for kind in reports.PAGES),
    Page("GET", f"{model.REPORTS}/{{version}}.css", model.style, model.REPORT_READERS),
    Page("GET", f"{model.REPORTS}/{{version}}", model.report, model.REPORT_READERS),
    Page("GET", model.MODEL, model.model, READERS, "Model"),
    Page("POST", f"{PATH}/logout", login.logout, READERS),
)
"""All but the login, in the order of the navigation."""

STATIC = Path(shown.__file__).parent / "static"

ROUTES: tuple[BaseRoute, ...] = (
    Route(LOGIN, login.form, methods=["GET"]),
    Route(LOGIN, login.login, methods=["POST"]),
    Mount(f"{PATH}/static", StaticFiles(directory=STATIC)),
    *routes_of(PAGES, guard(PAGES)),
)


async def on_error(request: Request, error: Exception) -> Response:
    """Answer with a page whatever a page raises; who is logged in finds back from where there is no page, too.

    Raises
    ------
    Exception
        If it is a defect, which is told elsewhere.
    """
    if not hasattr(request.state, "frame") and not isinstance(error, StoreError):
        with suppress(StoreError):  # the page that tells of the error needs no store
            session, key = await holder(request)
            if session is not None and key is not None:
                request.state.frame = frame_of(PAGES, request.url.path, key, session)
    return await answers.on_error(request, error)
