"""The forms of the documentation, word for word, in a real browser: posted from another site to a running service."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from bench.harness.keys import bearer
from serving.champion.champion import Champion
from serving.cli.demo import FORMS
from serving.settings.forms import FormSettings
from serving.store.keys import Role, Secret
from tests.serving.browser import chromium, served
from tests.test_docs import ROOT, blocks

FORM, SCRIPT = blocks(ROOT / "docs" / "how-to" / "web-form.md", "html")


class Quiet(SimpleHTTPRequestHandler):
    """Shows files and says nothing."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    """A folder of pages, and two sites that show it."""
    folder = tmp_path_factory.mktemp("pages")
    shown = functools.partial(Quiet, directory=str(folder))
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), shown) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    allowed, other = (f"http://localhost:{server.server_port}" for server in servers)
    yield folder, allowed, other
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def server(
    champion: Champion, store_url: str, tokens: dict[Role, Secret], sites: tuple[Path, str, str]
) -> Iterator[str]:
    """Where the service answers that the first site may post to."""
    assert tokens
    forms = FormSettings(**FORMS | {"origins": (sites[1],)})
    changed = replace(champion, deployment=champion.deployment.model_copy(update={"forms": forms}))
    with served(changed, store_url) as address:
        yield address


@pytest.fixture
def page(browser: Browser, server: str, tokens: dict[Role, Secret], sites: tuple[Path, str, str]) -> Iterator[Page]:
    for name, text in (("form.html", FORM), ("script.html", FORM.replace("</html>", f"{SCRIPT}</html>"))):
        told = text.replace("PUT THE KEY HERE", tokens["form"]).replace("http://localhost:3000", server)
        (sites[0] / name).write_text(told, encoding="utf-8")
    context = browser.new_context()
    yield context.new_page()
    context.close()


def fill(page: Page) -> None:
    page.get_by_label("What is the budget?").select_option("5,000 to 20,000")
    page.get_by_label("What does the problem cost you").fill("1200")
    page.get_by_label("Please call me").check()
    page.get_by_role("button").click()


def leads(server: str, tokens: dict[Role, Secret]) -> list[Any]:
    listed = httpx.get(f"{server}/leads", headers=bearer(tokens["admin"])).json()["leads"]
    return [httpx.get(f"{server}/leads/{lead['lead_id']}", headers=bearer(tokens["admin"])).json() for lead in listed]


TYPED = {"source": "website", "budget": "5,000 to 20,000", "cost_of_not_solving": 1200, "wants_contact": True}


def test_plain_form_is_a_lead(
    page: Page, server: str, tokens: dict[Role, Secret], sites: tuple[Path, str, str]
) -> None:
    before = len(leads(server, tokens))
    page.goto(f"{sites[1]}/form.html")
    fill(page)

    expect(page.get_by_text("We have received it.")).to_be_visible()
    assert page.url == f"{server}/leads"
    kept = leads(server, tokens)
    assert len(kept) == before + 1
    assert kept[0]["fields"] == TYPED
    assert kept[0]["score"]["probability"] > 0


def test_script_of_an_allowed_site_posts_and_hears_that_it_is_stored(
    page: Page, server: str, tokens: dict[Role, Secret], sites: tuple[Path, str, str]
) -> None:
    before = len(leads(server, tokens))
    page.goto(f"{sites[1]}/script.html")
    fill(page)

    expect(page.get_by_role("button", name="Thank you")).to_be_visible()
    kept = leads(server, tokens)
    assert len(kept) == before + 1
    assert kept[0]["fields"] == TYPED


FETCH = """async ([url, key]) => {
  try {
    const headers = { "X-Api-Key": key, "Content-Type": "application/json", "Idempotency-Key": "one" };
    const answer = await fetch(url, { method: "POST", headers, body: '{"fields": {}}' });
    return [answer.status, Object.keys(await answer.json()).sort().join(" ")];
  } catch (error) { return [0, error.name]; }
}"""


def test_browser_lets_json_through_from_an_allowed_site_alone(
    page: Page, server: str, tokens: dict[Role, Secret], sites: tuple[Path, str, str]
) -> None:
    before = len(leads(server, tokens))
    answers = []
    for site in sites[1:]:
        page.goto(f"{site}/form.html")
        answers.append(page.evaluate(FETCH, [f"{server}/leads", tokens["form"]]))

    assert answers == [[201, "created_at lead_id recorded_at"], [0, "TypeError"]]
    assert len(leads(server, tokens)) == before + 1


def test_form_of_another_site_is_refused(
    page: Page, server: str, tokens: dict[Role, Secret], sites: tuple[Path, str, str]
) -> None:
    before = len(leads(server, tokens))
    page.goto(f"{sites[2]}/form.html")
    fill(page)
    page.wait_for_url(f"{server}/leads")

    expect(page.get_by_text("The form does not work as it stands.")).to_be_visible()
    expect(page.get_by_text("'Origin' must be a site that may post")).to_be_visible()
    assert len(leads(server, tokens)) == before
