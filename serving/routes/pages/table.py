"""Every page, who may read it, and what the navigation calls it. A new page is one entry here."""

from pathlib import Path

from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from serving import pages as shown
from serving.keys import Role
from serving.pages.feedback import FEEDBACK
from serving.pages.queue import EXPORT, QUEUE
from serving.routes.access import routes_of
from serving.routes.pages import feedback, lead, login, model, queue, reports
from serving.routes.pages.answers import no_such_page
from serving.routes.pages.entry import LOGIN, Page, guard
from serving.routes.pages.session import PATH

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
    Page("GET", f"{PATH}/{{nothing:path}}", no_such_page, READERS),
)
"""All but the login, in the order of the navigation; the last takes what no other does."""

STATIC = Path(shown.__file__).parent / "static"

ROUTES: tuple[BaseRoute, ...] = (
    Route(LOGIN, login.form, methods=["GET"]),
    Route(LOGIN, login.login, methods=["POST"]),
    Mount(f"{PATH}/static", StaticFiles(directory=STATIC)),
    *routes_of(PAGES, guard(PAGES)),
)
