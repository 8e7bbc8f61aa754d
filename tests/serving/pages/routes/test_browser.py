"""The pages in a browser, as a rep uses them: with the mouse, with the keyboard alone, on a phone, in the dark, and with hostile text."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bench.harness.keys import bearer, make_tokens
from features.scaffold import draft
from serving.batch.own_data import OwnData
from serving.batch.rounds import BegunRound
from serving.champion.champion import Champion
from serving.settings.settings import SETTINGS_VARIABLE
from serving.store.keys import Role, Secret
from tests.features.scaffold.conftest import write_company
from tests.serving.browser import chromium, make_store, served
from tests.serving.pages.routes.conftest import CHECKED, FINDINGS, TRAINED

HOSTILE = "<img src=x onerror=alert(1)><script>alert('x')</script>{{7*7}}&\"'"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


class Site:
    """A running service, its keys, and calls to its API."""

    def __init__(self, url: str, tokens: dict[Role, Secret]) -> None:
        self.url, self.tokens = url, tokens

    def tell(self, path: str, content: Any) -> Any:
        answer = httpx.post(f"{self.url}{path}", json=content, headers=bearer(self.tokens["admin"]))
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def ask(self, path: str) -> Any:
        answer = httpx.get(f"{self.url}{path}", headers=bearer(self.tokens["admin"]))
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(champion: Champion, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert browser.is_connected()  # without one, no company is made
    folder = tmp_path_factory.mktemp("site")
    url = make_store(champion, folder)
    tokens = make_tokens(url)
    drop_own_data(OwnData(folder / "var" / "own-data"), tmp_path_factory.mktemp("company"))
    with served(champion, url, environment={SETTINGS_VARIABLE: str(folder / "glengarry.toml")}) as address:
        site = Site(address, tokens)
        fields = {"source": HOSTILE, "campaign": HOSTILE, "landing_page": HOSTILE, "team": HOSTILE}
        site.tell("/leads", {"lead_id": HOSTILE, "fields": fields})
        when = "2026-01-01T00:00:00Z"
        told = {"lead_id": HOSTILE, "occurred_at": when, "text": HOSTILE, "rep_id": HOSTILE, "event_id": HOSTILE}
        site.tell("/events", told | {"kind": "call"})
        site.tell("/feedback", {"lead_id": HOSTILE, "agrees": False, "direction": "too low", "comment": HOSTILE})
        yield site


def drop_own_data(own: OwnData, company: Path) -> None:
    """Leave files of a company, what their draft asks, and what the commands said of them, as after a training."""
    write_company(company)
    made = draft(company)
    asked = {"problem": made.problem, "asked": made.asked.model_dump(mode="json")}
    own.add([(file.name, file.read_bytes()) for file in sorted(company.glob("*.csv"))], 1_000_000)
    for folder in ("answers", "steps"):
        (own.folder / folder).mkdir()
    answers = {"init": asked, "check": CHECKED, "audit": FINDINGS, "train": TRAINED | {"report": ""}}
    for name, answer in answers.items():
        (own.folder / "answers" / f"{name}.json").write_text(json.dumps(answer))
    (own.folder / "steps" / "1.json").write_text(json.dumps(asdict(BegunRound("1", "train", "admin", 0, 0))))
    (own.folder / "steps" / "1.code").write_text("0")


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page of a wide window; whatever the browser refuses to do by the policy, or asks of elsewhere, or a script says, fails the test."""
    yield from opened(browser, site, DESK, "light")


def opened(browser: Browser, site: Site, size: dict[str, int], scheme: Any) -> Iterator[Page]:
    context = browser.new_context(base_url=site.url, viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    said: list[str] = []
    page.on("request", lambda request: None if request.url.startswith(f"{site.url}/") else said.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert [line for line in said if "status of 4" not in line] == []


def log_in(page: Page, site: Site, role: Role = "rep") -> None:
    page.goto("/pages")
    page.get_by_label("Your key").fill(site.tokens[role])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Leads", exact=True)).to_be_visible()


def whole(tenths: int) -> str:
    return "< 1 %" if tenths <= 5 else f"{round(tenths / 10)} %"


def tenths(page: Page) -> list[int]:
    """The number in large, and all that it is made of."""
    return [int(str(one.get_attribute("data-tenths"))) for one in page.locator("[data-tenths]").all()]


def test_a_rep_finds_a_low_lead_reads_why_answers_and_disagrees(page: Page, site: Site) -> None:
    log_in(page, site)
    page.get_by_label("Order by").select_option("Least likely first")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("Order by")).to_have_value("least")
    first = page.get_by_role("table").get_by_role("rowheader").get_by_role("link").first
    lead_id = str(first.get_attribute("href")).rpartition("/")[2]
    first.click()

    expect(page.locator("main")).to_contain_text(lead_id)
    assert page.get_by_role("region", name="Why").get_by_role("listitem").count() > 0
    total, *parts = tenths(page)
    assert sum(parts) == total
    assert page.locator(".share").inner_text() == whole(total)
    before = site.ask(f"/leads/{lead_id}/why")
    assert total == round(before["probability"] * 1000)

    question = next(one["field"] for one in before["unknown"] if one["field"] in ("budget", "timeline", "decides"))
    best = {"budget": "over 50,000", "timeline": "this month", "decides": "itself"}[question]
    answer = {"lead_id": lead_id, "kind": question, "occurred_at": before["as_of"], "text": best, "rep_id": "R01"}
    score = site.tell("/events", answer)["score"]
    page.reload()

    assert score["probability"] != before["probability"]
    assert page.locator(".share").inner_text() == whole(round(score["probability"] * 1000))
    change = site.ask(f"/leads/{lead_id}/scores")["changes"][-1]
    assert change["new_records"] == [question]
    split = sum(change[part]["points"] for part in ("time", "records", "model"))
    assert split == pytest.approx(score["probability"] - before["probability"], abs=1e-9)
    page.get_by_text("Course of the score, and what happened").click()
    expect(page.locator(".timeline")).to_contain_text(best)

    page.get_by_text("Is the score right?").click()
    page.get_by_label("Too low").check()
    page.locator("#comment").fill("They decide on Friday.")
    page.get_by_role("button", name="Say so").click()
    expect(page.get_by_text("They decide on Friday.")).to_be_visible()
    page.get_by_role("link", name="Feedback").click()
    expect(page.get_by_role("listitem").filter(has_text=lead_id)).to_contain_text("Too low")


def test_the_queue_is_exported_as_it_is_filtered(page: Page, site: Site, tmp_path: Path) -> None:
    log_in(page, site)
    page.get_by_label("Source").select_option("webinar")
    page.get_by_role("button", name="Show").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    file = tmp_path / "leads.csv"
    download.value.save_as(file)

    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert re.fullmatch(r"leads-[\d-]+\.csv", download.value.suggested_filename)
    assert rows
    assert {row["source"] for row in rows} == {"webinar"}
    assert f"{len(rows)} open lead" in page.locator(".summary").inner_text()
    assert all(row["link"].startswith(site.url) for row in rows)


def test_nobody_gets_in_without_a_key_and_nobody_stays_who_has_logged_out(page: Page, site: Site) -> None:
    page.goto("/pages/leads/L001")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.get_by_label("Your key").fill("gly_000000000000_wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("This key is not good")
    page.get_by_label("Your key").fill(site.tokens["form"])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Not with this key")).to_be_visible()

    log_in(page, site)
    page.get_by_role("button", name="Log out").click()
    page.goto("/pages/leads")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_the_keyboard_is_enough(page: Page, site: Site) -> None:
    page.goto("/pages")
    expect(page.get_by_label("Your key")).to_be_focused()
    page.keyboard.type(site.tokens["rep"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Leads", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()

    tab_to(page, page.get_by_label("Order by"))
    page.keyboard.press("End")  # the last choice of the list
    tab_to(page, page.get_by_role("button", name="Show"))
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_label("Order by")).to_have_value("newest")
    tab_to(page, page.get_by_role("table").get_by_role("rowheader").get_by_role("link").first)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, page.locator("#said > summary"))
    if page.locator("#said[open]").count() == 0:
        page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Too high"))
    page.keyboard.press("Space")
    tab_to(page, page.locator("#comment"))
    page.keyboard.type("By keyboard alone.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("By keyboard alone.")).to_be_visible()


def test_keys_go_through_the_list_and_tick(page: Page, site: Site) -> None:
    log_in(page, site)
    links = page.get_by_role("table").get_by_role("rowheader").get_by_role("link")
    for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(links.nth(place)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("input[name=lead]").nth(1)).to_be_checked()
    page.get_by_label("Whose they are to be").fill("jkx/")  # in a field, they are letters
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("status")).to_contain_text("1 lead given away.")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("1 lead as before.")
    page.keyboard.press("/")
    expect(page.get_by_label("Lead, name or contact")).to_be_focused()
    page.get_by_label("Tick all").check()
    assert page.locator("input[name=lead]:checked").count() == page.locator("input[name=lead]").count()


def tab_to(page: Page, wanted: Any, most: int = 80) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError("the keyboard does not get there")


PLACES = {
    "login": "/pages/login",
    "queue": "/pages/leads",
    "nothing found": "/pages/leads?search=nobody",
    "feedback": "/pages/feedback",
    "missing": "/pages/leads/none",
    "refused": "/pages/leads?band=x",
}


def places(site: Site) -> dict[str, str]:
    """Every kind of page: an open lead, one that has closed, and one of hostile text too."""
    leads = site.ask("/leads?order=probability&status=open&limit=1")["leads"]
    closed = site.ask("/leads?status=won&limit=1")["leads"]
    found = {"lead": leads[0]["lead_id"], "closed lead": closed[0]["lead_id"], "hostile lead": HOSTILE}
    return PLACES | {name: f"/pages/leads/{quote(lead_id, safe='')}" for name, lead_id in found.items()}


ADMIN_PLACES = {
    name: f"/pages/{name}"
    for name in (
        "overview",
        "sources",
        "funnel",
        "reps",
        "model",
        "round",
        "file",
        "own",
        "forms",
        "docs",
        "unread",
        "audit",
    )
}


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"])
def test_every_page_of_an_admin_is_accessible_and_fits(
    browser: Browser, site: Site, size: dict[str, int], scheme: str
) -> None:
    lead = site.ask("/leads?order=probability&status=open&limit=1")["leads"][0]["lead_id"]
    link = site.ask(f"/leads/{quote(lead, safe='')}/card")["url"]
    for page in opened(browser, site, size, scheme):
        log_in(page, site, "admin")
        for name, path in {**ADMIN_PLACES, "card": link}.items():
            page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = !one.matches('.menu'))")
            check(page, name, size)
            assert page.evaluate(WIDER_THAN_ITS_BOX) == [], name
            assert len(page.content().encode()) <= 100_000, name


@pytest.mark.parametrize(
    ("size", "scheme"),
    [
        (DESK, "light"),
        (PHONE, "dark"),
        pytest.param(DESK, "dark", marks=pytest.mark.nightly),
        pytest.param(PHONE, "light", marks=pytest.mark.nightly),
    ],
    ids=["desk-light", "phone-dark", "desk-dark", "phone-light"],
)
def test_every_page_is_accessible_and_fits(browser: Browser, site: Site, size: dict[str, int], scheme: str) -> None:
    for page in opened(browser, site, size, scheme):
        for name, path in places(site).items():
            page.goto(path)
            check(page, name, size)
            if name == "login":
                log_in(page, site)


STICKS_OUT = """width => document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll("main *")]
  .filter(one => one.getBoundingClientRect().right > width).map(one => one.outerHTML.slice(0, 150))"""
"""What makes a page wider than its window."""


WIDER_THAN_ITS_BOX = """() => [...document.querySelectorAll("table.figures")]
  .filter(one => one.scrollWidth > one.parentElement.clientWidth).map(one => one.innerText.slice(0, 150))"""
"""Tables of a report that would have to be scrolled sideways."""


def check(page: Page, name: str, size: dict[str, int]) -> None:
    found = Axe().run(page).response["violations"]
    bad = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
    assert bad == [], name
    assert page.evaluate(STICKS_OUT, size["width"]) == [], name
    assert page.locator("h1").count() == 1, name
    assert page.title().endswith("· Glengarry")


def test_hostile_text_is_shown_as_text(page: Page, site: Site) -> None:
    log_in(page, site, "admin")
    page.get_by_label("Lead, name or contact").fill("onerror")
    page.get_by_role("button", name="Show").click()
    with page.expect_navigation():
        page.get_by_role("table").get_by_role("link", name=HOSTILE).click()

    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    shown = page.locator("main").inner_text()
    assert shown.count(HOSTILE) >= 6  # id, source, campaign, landing page, team, note, comment
    assert page.locator("img, script").count() == 0
    page.goto("/pages/feedback")
    expect(page.get_by_text(HOSTILE).first).to_be_visible()
