"""An admin's days on the pages, with the commands that they begin: a round that is refused, overruled and rolled back; own data up to a scored lead."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from bench.harness.keys import bearer
from features.settings.folders import private_folder
from features.simulation import WorldSettings, simulate
from models.registry import Registry
from serving.champion.finding import from_registry
from serving.runtime.first_start import create_first_app
from serving.settings.settings import SETTINGS_VARIABLE, load_settings
from serving.store.keys import create_key
from serving.store.store import open_store
from tests.serving.browser import chromium, running_app, served
from tests.serving.cli.commands.company import make_company, run

pytestmark = pytest.mark.nightly
MINUTES = 8 * 60_000
"""Milliseconds within which a command of a page ends on a busy machine."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def log_in(browser: Browser, address: str, key: str) -> Page:
    page = browser.new_context(base_url=address).new_page()
    page.goto("/pages")
    page.get_by_label("Your key").fill(key)
    page.get_by_role("button", name="Log in").click()
    return page


def test_an_admin_s_round_is_refused_overruled_and_rolled_back(browser: Browser, tmp_path: Path) -> None:
    file = make_company(tmp_path)
    run("train", "--settings", file)  # the same leads once more: nothing is better, so the gate has to refuse it
    settings = load_settings(file)
    store = open_store(settings.store_url)
    key = create_key(store, "Ada", "admin", 0)
    store.close()
    registry = lambda: Registry(settings.registry, settings.var)  # noqa: E731 - as the service is given it
    environment = {SETTINGS_VARIABLE: str(file)}
    with served(from_registry(settings), settings.store_url, environment=environment, registry=registry) as address:
        page = log_in(browser, address, key)
        page.goto("/pages/round")
        expect(page.get_by_text("Version 1 serves.")).to_be_visible()
        expect(page.get_by_role("button", name="Roll back")).to_have_count(0)  # nothing has served before

        page.get_by_role("button", name="Judge and promote").click()
        expect(page.get_by_role("status")).to_contain_text("The gate refused", timeout=MINUTES)
        expect(page.get_by_role("heading", name="Version 2 beside champion 1")).to_contain_text("refused")
        expect(page.locator(".checks")).to_contain_text("Not shown to be better in anything")
        expect(page.get_by_role("heading", name="Who moves")).to_be_visible()

        page.get_by_label("Even if the gate refuses it").check()
        page.locator("#promote-reason").fill("A trial.")
        page.get_by_role("button", name="Judge and promote").click()
        expect(page.get_by_role("status")).to_contain_text("Done.", timeout=MINUTES)
        expect(page.get_by_text("Version 2 serves.")).to_be_visible()
        expect(page.get_by_role("heading", name="Version 2 beside champion 1")).to_contain_text("in spite of the gate")

        page.locator("#back-reason").fill("It was a trial.")
        page.get_by_role("button", name="Roll back").click()
        expect(page.get_by_role("status")).to_contain_text("Version 1 serves again.", timeout=MINUTES)
        expect(page.get_by_text("Version 1 serves.")).to_be_visible()
        page.goto("/pages/audit")
        for action in ("promote begun", "rollback begun"):
            expect(page.locator("main")).to_contain_text(action)
    assert Registry(settings.registry, settings.var).version_of() == "1"


def write_export(folder: Path) -> list[Path]:
    """Write a company's leads with how they ended as one file of its own words, and return it."""
    world = simulate(
        WorldSettings(leads=1200, end=datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0))
    )
    ends = world.outcomes.drop_duplicates("lead_id").set_index("lead_id")
    leads = world.leads[["lead_id", "created_at", "source", "budget", "timeline", "decides"]].copy()
    won = leads["lead_id"].map(ends["won"])
    leads["stage"] = won.map({True: "Closed Won", False: "Closed Lost"}).fillna("Open")
    leads["closed_at"] = leads["lead_id"].map(ends["closed_at"])
    leads.to_csv(folder / "leads.csv", index=False)
    return [folder / "leads.csv"]


def test_own_data_from_a_first_start_to_a_scored_lead(browser: Browser, tmp_path: Path) -> None:
    export = private_folder(tmp_path / "export")
    files = write_export(export)
    output = private_folder(tmp_path / "installation") / "var"
    store = open_store(f"sqlite:///{private_folder(output / 'first-start') / 'store.db'}")
    key = create_key(store, "first-start", "admin", 0)
    with running_app(create_first_app(store, output, {})) as address:
        page = log_in(browser, address, key)
        expect(page.get_by_role("heading", name="Your own data")).to_be_visible()
        page.locator("#files").set_input_files(files)
        page.get_by_role("button", name="Begin").click()
        expect(page.get_by_role("heading", name="What was guessed")).to_be_visible(timeout=MINUTES)
        expect(page.get_by_role("heading", name="What was read")).to_be_visible()
        page.get_by_label("Days within which a lead has to be won").fill("60")
        page.get_by_role("button", name="So it is").click()
        expect(page.get_by_label("Days within which a lead has to be won")).to_have_value("60", timeout=MINUTES)

        page.get_by_role("button", name="Train a model on it").click()
        expect(page.get_by_role("heading", name="Try it")).to_be_visible(timeout=MINUTES)
        page.get_by_role("link", name="The report of this training").click()
        expect(page.get_by_role("link", name="Back to your own data")).to_be_visible()
        page.goto("/pages/own")
        page.get_by_role("button", name="Serve it").click()
        found = re.search(r"https?://\S+(?=/pages)", page.locator(".done").inner_text())
        assert found is not None
        theirs = page.locator(".key-shown").inner_text()
        lead = {"lead_id": "new", "fields": {"source": "referral", "budget": "over 50,000", "timeline": "this month"}}
        try:
            score = posted(found[0], theirs, lead)["score"]
            there = log_in(browser, found[0], theirs)
            there.goto("/pages/leads/new")
            expect(there.locator(".share")).to_have_text(re.compile(rf"{round(100 * score['probability'])} %"))
        finally:
            page.goto("/pages/own")
            page.get_by_role("button", name="Stop it").click()
            expect(page.get_by_role("button", name="Serve it")).to_be_visible(timeout=MINUTES)


def posted(address: str, key: str, lead: Mapping[str, object]) -> dict[str, dict[str, float]]:
    """Send a lead to a service that has just begun, until it answers."""
    end = time.monotonic() + MINUTES / 1000
    while True:
        try:
            answer = httpx.post(f"{address}/leads", json=lead, headers=bearer(key))
            assert answer.status_code == 201, answer.text
            told: dict[str, dict[str, float]] = answer.json()
            return told
        except httpx.TransportError:
            assert time.monotonic() < end
            time.sleep(0.5)
