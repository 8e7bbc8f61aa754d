"""A visitor's form, a CRM and the frame of a card in it, in a real browser: what is sent is scored there, and what a rep hears moves it."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from bench.harness.crm_stand_in import served as answering
from bench.harness.hubspot_stand_in import HubSpotStandIn
from bench.harness.keys import bearer, make_tokens
from serving.champion.champion import Champion
from serving.cli.demo import FORMS
from serving.settings.forms import FormSettings
from serving.store.store import open_store
from tests.serving.browser import chromium, served
from tests.serving.crm.conftest import CONTACTS
from tests.serving.crm.conftest import clerk as clerk
from tests.serving.runtime.test_crm_loop import PATIENCE, settings_with, wait_until, working
from tests.test_docs import ROOT, blocks

FORM, _ = blocks(ROOT / "docs" / "how-to" / "web-form.md", "html")
MAIL = "ada@nordwind.example"
FIELD = "glengarry_probability"
WAIT = 1_000 * PATIENCE
"""Milliseconds after which a test gives up."""


class Quiet(SimpleHTTPRequestHandler):
    """Shows files and says nothing."""

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Show a folder of pages under an address of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_a_form_is_a_score_in_the_crm_an_answer_there_moves_it_and_the_card_stands_in_its_frame(
    browser: Browser, clerk: Champion, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    tokens, store, stand_in = make_tokens(url), open_store(url), HubSpotStandIn()
    stand_in.put("812", email=MAIL)
    with site(tmp_path) as page_of, answering(stand_in) as address:
        limits = clerk.limits.model_copy(update={"frames": (page_of,)})
        changed = {"service": limits, "forms": FormSettings(**FORMS | {"origins": (page_of,)})}
        champion = replace(clerk, deployment=clerk.deployment.model_copy(update=changed))
        crm = CONTACTS.model_copy(update={"address": address, "webhook": ""})
        with served(champion, url) as service, working(store, settings_with(champion, crm), champion):
            form = FORM.replace("PUT THE KEY HERE", tokens["form"]).replace("http://localhost:3000", service)
            (tmp_path / "form.html").write_text(form, encoding="utf-8")
            page = browser.new_context().new_page()
            page.goto(f"{page_of}/form.html")
            page.get_by_label("Your mail").fill(MAIL)
            page.get_by_label("What is the budget?").select_option("none")
            page.get_by_role("button").click()
            expect(page.get_by_text("We have received it.")).to_be_visible(timeout=WAIT)
            wait_until(lambda: FIELD in stand_in.records["812"])
            first = stand_in.records["812"][FIELD]

            (lead,) = httpx.get(f"{service}/leads", headers=bearer(tokens["admin"])).json()["leads"]
            link = httpx.get(f"{service}/leads/{lead['lead_id']}/card", headers=bearer(tokens["crm"])).json()["url"]
            link = link if link.startswith("http") else f"{service}{link}"
            (tmp_path / "record.html").write_text(f'<title>Ada</title><iframe src="{link}"></iframe>', encoding="utf-8")
            page.goto(f"{page_of}/record.html")
            card = page.frame_locator("iframe")
            expect(card.get_by_text(f"{round(100 * lead['probability'])} %", exact=True)).to_be_visible(timeout=WAIT)
            expect(card.get_by_text("Next: ")).to_be_visible(timeout=WAIT)

            at = {"value": time.time_ns() // 1_000_000}
            said = {"budget": {"value": "some"}, "email": {"value": MAIL}}
            message = {"objectId": 812, "properties": {"createdate": at, "hs_lastmodifieddate": at, **said}}
            heard = httpx.post(f"{service}/webhooks/hubspot", json=message, headers=bearer(tokens["crm"]))
            assert heard.status_code == 200, heard.text
            wait_until(lambda: stand_in.records["812"][FIELD] != first)
            page.reload()
            moved = httpx.get(f"{service}/leads/{lead['lead_id']}/why", headers=bearer(tokens["admin"])).json()
            assert stand_in.records["812"][FIELD] == pytest.approx(moved["probability"], abs=5e-4)
            expect(card.get_by_text(f"{round(100 * moved['probability'])} %", exact=True)).to_be_visible(timeout=WAIT)
        assert stand_in.broken == []
    store.close()
