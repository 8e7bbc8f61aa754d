"""A page, and the way in to it: a session whose key is good and of a role that may read it."""

import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.api.auth import Access, Guarded, note
from serving.api.body import check_media_type, read_bytes, within
from serving.api.forms.posts import MULTIPART, URLENCODED, parse_post, parse_upload
from serving.api.services import entry_services_of
from serving.intake.audit import Refusal
from serving.pages.render import Frame
from serving.pages.routes.answers import forbidden_page
from serving.pages.routes.logins import logins_of
from serving.pages.routes.session import COOKIE, PATH, Session, drop_cookie
from serving.schemas.problems import INVALID_FORM, NOT_ALLOWED, TOO_LARGE, refusal
from serving.store.keys import Key, Role

LOGIN = f"{PATH}/login"
MAX_FIELDS, MAX_CHARACTERS = 100, 20_000
"""Of a form, in which every lead of a list may be ticked, and of a field in it."""
MAX_SECONDS, MAX_UPLOAD_SECONDS = 30.0, 120.0
"""Until all of a form has arrived, and of one with a file."""
MAX_BYTES = 300_000
"""Of a form's body: one field of `MAX_CHARACTERS`, each of which takes up to twelve bytes in an address, and the others."""
STALE = "This form is not from a page of this session. Go back, load the page anew, and send it again."
SEE_OTHER = 303


@dataclass(frozen=True)
class Page(Access):
    """A page or a form of one.

    Attributes
    ----------
    name
        What the navigation calls it; empty for one that is reached from another.
    takes_file
        Whether a file may come with the form, as large as a request may be.
    takes_history
        Whether files of a history may come with the form.
    max_fields
        Of its form.
    """

    name: str = ""
    takes_file: bool = False
    takes_history: bool = False
    max_fields: int = MAX_FIELDS


def guard(table: tuple[Page, ...]) -> Guarded[Page]:
    """Return what lets in those who are logged in and may read a page of the table."""

    async def answer(request: Request, entry: Page) -> Response:
        session, key = await holder(request)
        if session is None or key is None:
            return to_login(request)
        request.state.key, request.state.frame = key, frame_of(table, entry.path, key, session)
        if key.role not in entry.roles:
            note(request, Refusal(entry.method, entry.path, NOT_ALLOWED.title, key.key_id))
            return forbidden_page(request, wrong_role(key.role))
        if entry.method == "POST":
            request.state.form = form = await _read(request, entry)
            if not same_site(request) or not hmac.compare_digest(field(form, "token").encode(), session.token.encode()):
                return forbidden_page(request, STALE)
        return await entry.endpoint(request)

    return answer


async def _read(request: Request, entry: Page) -> FormData:
    limits = entry_services_of(request).deployment.service
    if entry.takes_history:
        return await read_upload(request, limits.most_history_bytes)
    if entry.takes_file:
        return await read_upload(request, limits.most_bytes)
    return await read_form(request, entry.max_fields)


async def holder(request: Request) -> tuple[Session | None, Key | None]:
    """Return the session that comes with a request, and its key if that is still good."""
    sessions = logins_of(request).sessions
    session = sessions.read(request.cookies.get(COOKIE, ""), time.time())
    ended = logins_of(request).ended
    if session is None or await ended.has(session):
        return None, None
    request.state.session = session
    ring = entry_services_of(request).keys
    known = ring.knows(session.key_id)
    key = ring.good(session.key_id) if known else await run_in_threadpool(ring.good, session.key_id)
    return session, key


def frame_of(table: Iterable[Page], path: str, key: Key, session: Session) -> Frame:
    """Return what stands around the page of a path: where its reader may go from here."""
    places = tuple((page.path, page.name) for page in table if page.name and key.role in page.roles)
    here = max((place for place, _ in places if path.startswith(place)), key=len, default="")
    return Frame(places, here, key.name, session.token)


def wrong_role(role: Role) -> str:
    """Say what a key of a role is not for."""
    if role == "form":
        return "This key lets a form send leads in. To read the pages, use a key of role rep, crm or admin."
    return f"A key of role {role} does not open this page; ask for another."


def to_login(request: Request) -> Response:
    """Send a browser to the login, and back here from there."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    query = f"?next={quote(wanted, safe='')}" if request.method in ("GET", "HEAD") else ""
    answer = RedirectResponse(LOGIN + query, SEE_OTHER)
    if COOKIE in request.cookies:
        drop_cookie(answer, entry_services_of(request).deployment.service)
    return answer


async def read_form(request: Request, max_fields: int = MAX_FIELDS) -> FormData:
    """Return what a form holds.

    Raises
    ------
    RefusedError
        If it is larger than any of ours, no form of ours, or holds the null character, which no database does.
    """
    if "content-type" not in request.headers:
        return FormData()
    check_media_type(request.headers, (URLENCODED,), any_charset=True)
    body = await within(MAX_SECONDS, read_bytes(request, MAX_BYTES))
    pairs = parse_post(request.headers["content-type"], body, max_fields)
    for name, text in pairs:
        if "\0" in text:
            raise refusal(INVALID_FORM, name[:80], "must have no null character", repr(text[:80]), "leave it out")
        if len(text) > MAX_CHARACTERS:
            rule = f"must have at most {MAX_CHARACTERS:,} characters"
            raise refusal(TOO_LARGE, name[:80], rule, f"{len(text):,}", "shorten it")
    return FormData([*pairs])


async def read_upload(request: Request, most: int) -> FormData:
    """Return what a form holds that a file comes with; the files are in `request.state.uploads`.

    Raises
    ------
    RefusedError
        If it is larger than it may be, or no form of ours.
    """
    check_media_type(request.headers, (MULTIPART,), any_charset=True)
    body = await within(MAX_UPLOAD_SECONDS, read_bytes(request, most))
    pairs, request.state.uploads = await run_in_threadpool(
        parse_upload, request.headers["content-type"], body, MAX_FIELDS
    )
    return FormData([*pairs])


def field(form: FormData, name: str) -> str:
    """Return a field of a form as text, empty if it was left out."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def same_site(request: Request) -> bool:
    """Return whether a form was sent from a page of ours, as far as the browser tells.

    Browsers tell `Sec-Fetch-Site` over HTTPS, and `Origin` with every form; what tells neither is no browser.
    """
    told = request.headers.get("sec-fetch-site")
    if told is not None:
        return told == "same-origin"
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
