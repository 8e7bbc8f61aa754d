"""The ASGI app that BentoML serves: routes, and a problem for everything that goes wrong."""

from collections.abc import Callable, Mapping
from secrets import token_hex

from starlette.applications import Starlette
from starlette.middleware import Middleware

from models.registry import Registry
from serving.analytics.report_settings import ReportSettings
from serving.api import feedback, form_posts, lead, listing, records, webhook_calls
from serving.api.about import index, openapi
from serving.api.auth import Access, guarded, routes_of
from serving.api.cards import card
from serving.api.forms.origins import FormOrigins
from serving.api.letters import letter
from serving.api.metrics import metrics
from serving.api.model import model
from serving.api.plan import plan
from serving.api.queue import queue
from serving.api.reports import report
from serving.api.score import score
from serving.api.slashes import EscapedSlashes
from serving.api.what_if import what_if
from serving.champion.cache import Noted
from serving.champion.champion import Champion
from serving.champion.versions import Load
from serving.pages.routes import table
from serving.pages.routes.api_docs import FrontDoors
from serving.pages.routes.headers import PageHeaders
from serving.runtime.error_answers import ErrorGuard, error_handlers
from serving.runtime.lifespan import AppParts, Follow
from serving.store.store import Store
from serving.telemetry.requests import Observed

ACCESS = (
    Access("GET", "/", index, ("crm", "rep", "admin")),
    Access("GET", "/openapi.json", openapi, ("crm", "rep", "admin")),
    Access("POST", "/score", score, ("crm", "rep", "admin")),
    Access("POST", "/leads", form_posts.leads, ("form", "crm", "admin"), admission=form_posts.admit_post),
    Access("GET", "/leads", listing.listing, ("crm", "rep", "admin")),
    Access("GET", "/queue", queue, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}/scores", lead.scores, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}/why", lead.why, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}/what-if", what_if, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}/similar", lead.similar, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}/card", card, ("crm", "rep", "admin")),
    Access("POST", "/leads/{lead_id:path}/letter", letter, ("rep", "admin")),
    Access("GET", "/leads/{lead_id:path}", lead.lead, ("crm", "rep", "admin")),
    Access("DELETE", "/leads/{lead_id:path}", records.erase, ("admin",)),
    Access("POST", "/events", records.events, ("crm", "admin")),
    Access("POST", "/outcomes", records.outcomes, ("crm", "admin")),
    Access("POST", "/deletions", records.deletions, ("crm", "admin")),
    Access("POST", "/merges", records.merges, ("crm", "admin")),
    Access("POST", "/webhooks/{name}", webhook_calls.take, ("crm", "admin"), admission=webhook_calls.admit_webhook),
    Access("POST", "/feedback", records.feedback, ("rep", "admin")),
    Access("GET", "/feedback", feedback.listing, ("rep", "admin")),
    Access("GET", "/metrics", metrics, ("rep", "admin"), opened_by=lambda limits: limits.metrics == "open"),
    Access("GET", "/model", model, ("crm", "rep", "admin")),
    Access("GET", "/plan", plan, ("admin",)),
    Access("GET", "/sources", report("sources"), ("rep", "admin")),
    Access("GET", "/funnel", report("funnel"), ("rep", "admin")),
    Access("GET", "/reps", report("reps"), ("rep", "admin")),
)
"""Every route, and whose keys open it. Beside them, BentoML tells without a key how it is."""

ROUTES = routes_of(ACCESS, guarded)


def create_app(
    load: Callable[[], Champion],
    open_store: Callable[[], Store],
    load_version: Load | None = None,
    follow: Follow | None = None,
    session_secret: Callable[[], str] = token_hex,
    watched: Callable[[], Noted] = Noted,
    yardstick: Callable[[], ReportSettings] = ReportSettings,
    environment: Mapping[str, str] | None = None,
    registry: Callable[[], Registry] | None = None,
) -> Starlette:
    """Return the app; each process that starts it loads its champion and opens the store then. Parameters are those of `AppParts`."""
    parts = AppParts(
        load, open_store, load_version, follow, session_secret, watched, yardstick, environment or {}, registry
    )
    return Starlette(
        routes=[*ROUTES, *table.ROUTES],
        lifespan=parts.lifespan,
        middleware=[
            Middleware(EscapedSlashes),
            Middleware(Observed),
            Middleware(FrontDoors),
            Middleware(PageHeaders),
            Middleware(ErrorGuard),
            Middleware(FormOrigins),
        ],
        exception_handlers=error_handlers(table.on_error),
    )
