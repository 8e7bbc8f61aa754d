"""Ten seconds: what a rep needs stands in the first 830 pixels; and a rep's day and a manager's Monday are done on the pages, asking nothing of any other place."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from bench.harness.keys import bearer
from features.records.clock import to_microseconds
from serving.champion.champion import Champion
from serving.store.keys import Secret, create_key
from serving.store.store import open_store
from tests.serving.browser import chromium, make_store, served
from tests.serving.ten_seconds import VIEW, first_screen

LEADS, MAX_WORDS, MAX_BYTES = 15, 170, 100_000


class Office:
    """A running service, a rep's key and an admin's."""

    def __init__(self, url: str, rep: Secret, admin: Secret) -> None:
        self.url, self.rep, self.admin = url, rep, admin

    def asks(self, owner: str) -> str:
        """Return the first open lead of a rep of whom something is to be asked."""
        leads = [lead["lead_id"] for lead in self.ask(f"/leads?status=open&owner={owner}")["leads"]]
        return str(next(lead for lead in leads if self.ask(f"/leads/{quote(lead, safe='')}/why")["ask_next"]))

    def ask(self, path: str) -> Any:
        return httpx.get(f"{self.url}{path}", headers=bearer(self.admin)).raise_for_status().json()


@pytest.fixture(scope="module")
def office(champion: Champion, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    url = make_store(champion, tmp_path_factory.mktemp("office"))
    store, now = open_store(url), to_microseconds(datetime.now(UTC))
    rep, admin = create_key(store, "Ada", "rep", now, rep_id="R01"), create_key(store, "boss", "admin", now)
    store.close()
    with served(champion, url) as address:
        yield Office(address, rep, admin)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def opened(browser: Browser, office: Office, width: int, key: str = "") -> tuple[Page, list[str]]:
    """Return a page on which somebody is logged in, the rep if nobody is named, and every host that it has asked for something."""
    context = browser.new_context(base_url=office.url, viewport={"width": width, "height": VIEW})
    page, hosts = context.new_page(), list[str]()
    page.on("request", lambda request: hosts.append(str(urlsplit(request.url).netloc)))
    page.on("console", lambda message: hosts.append(message.text) if message.type == "error" else None)
    page.goto("/")
    page.get_by_label("Your key").fill(key or office.rep)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Leads", exact=True)).to_be_visible()
    return page, hosts


def test_ten_seconds_are_enough(browser: Browser, office: Office) -> None:
    leads = [lead["lead_id"] for lead in office.ask("/leads?status=open&limit=500")["leads"] if lead["probability"]]
    page, hosts = opened(browser, office, 1280)
    words = []
    for lead_id in random.Random(7).sample(leads, min(LEADS, len(leads))):
        page.goto(f"/pages/leads/{quote(lead_id, safe='')}")
        seen = first_screen(page)
        score = office.ask(f"/leads/{quote(lead_id, safe='')}/why")
        tenths = round(score["probability"] * 1000)
        assert seen.probability == ("< 1 %" if round(tenths / 10) < 1 else f"{round(tenths / 10)} %")
        assert f"past leads ({round(score['base_rate'] * 100)})" in seen.comparison
        assert seen.next_step
        for side, shown in (("against", seen.against), ("for", seen.for_)):
            strongest = max((abs(one["points"]) for one in score["reasons"][side]), default=0.0)
            assert shown or strongest < 0.001, (lead_id, side)
        assert len(page.content().encode()) <= MAX_BYTES
        words.append(seen.words)
    assert max(words) <= MAX_WORDS
    assert {host for host in hosts if host} == {urlsplit(office.url).netloc}


@pytest.mark.parametrize("width", [1280, 390])
def test_a_rep_s_day(browser: Browser, office: Office, width: int) -> None:
    page, hosts = opened(browser, office, width)
    expect(page.get_by_role("link", name="My leads")).to_have_attribute("aria-current", "true")
    page.get_by_role("table").get_by_role("rowheader").get_by_role("link").first.click()
    expect(page.locator(".whose")).to_contain_text("owner R01")
    expect(page.locator(".crumbs")).to_contain_text("My leads · 1 of ")
    place = page.url.partition("?")[0]

    page.get_by_role("button", name="What if?").or_(page.locator(".acts summary", has_text="More")).first.click()
    page.get_by_role("button", name="What if?").click()
    field = page.get_by_label("When it has to work")
    field.select_option("this month" if field.input_value() != "this month" else "no date")
    page.get_by_role("button", name="See the score").click()
    expect(page.locator(".share")).to_be_visible()

    page.goto(f"/pages/leads/{quote(office.asks('R01'), safe='')}")
    before = page.locator(".share").inner_text()
    page.locator(".answers button:not([disabled])").last.click()
    expect(page.get_by_role("status")).to_contain_text("Kept: ")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("Undone.")
    expect(page.locator(".share")).to_have_text(before)

    page.goto(place)
    page.locator(".acts summary", has_text="Log").click()
    page.get_by_label("What was said, if anything").fill("They decide on Friday.")
    page.get_by_role("button", name="call", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Kept: call: “They decide on Friday.”.")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("Undone.")

    page.get_by_role("button", name="Not reached").click()
    expect(page.get_by_role("status")).to_contain_text("not reached")
    page.locator(".acts summary", has_text="Won").click()
    page.get_by_label("Amount, if known").fill("12500")
    page.get_by_role("button", name="Won").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("won")
    expect(page.locator(".notice")).to_contain_text("Won for 12,500")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("Undone.")
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("won")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert {host for host in hosts if host} == {urlsplit(office.url).netloc}


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.nightly)])
def test_a_manager_s_monday(browser: Browser, office: Office, width: int) -> None:
    """What is open and waits, which sources are in alarm, who gets what waits; and the list is there again next Monday."""
    page, hosts = opened(browser, office, width, office.admin)
    page.get_by_role("link", name="Overview").click()
    expect(page.locator(".figures-row")).to_contain_text("open leads")
    page.locator(".figures-row").get_by_role("link", name="open leads").click()
    expect(page.locator(".summary")).to_contain_text("open leads")
    for name in ("Sources", "Funnel", "Reps"):
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.goto("/pages/leads?whose=everyone&route=nurture")
    page.get_by_text("Save this view").click()
    page.get_by_label("Name", exact=True).fill("Monday")
    page.get_by_role("button", name="Save").click()
    page.locator("table.queue input[name=lead]").first.check()
    page.get_by_label("Whose they are to be").fill("R02")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("status").filter(has_text="given away")).to_contain_text("1 lead given away.")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="as before")).to_be_visible()

    page.goto("/pages/leads")
    page.get_by_role("link", name="Monday").click()
    expect(page.get_by_role("link", name="Monday")).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Delete the view “Monday”").click()
    expect(page.get_by_role("link", name="Monday")).to_have_count(0)
    assert {host for host in hosts if host} == {urlsplit(office.url).netloc}
