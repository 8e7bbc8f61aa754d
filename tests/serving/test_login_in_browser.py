"""A login by a provider of others in a real browser: pressed, let in, refused, and out again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from bench.harness.processes import SECONDS, environment, free_port
from serving.champion.champion import Champion
from serving.settings.login import LOGIN_SECRET_VARIABLE, LoginSettings
from tests.serving.browser import chromium, served

ANN = {"sub": "ann", "name": "Ann Roe", "groups": ["sales"], "rep": "R07"}
BO = {"sub": "bo", "name": "Bo Poe", "groups": ["guests"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@contextmanager
def provider_of_others(home: Path) -> Iterator[str]:
    """The package oidc-provider-mock in a process of its own, which knows two people."""
    port = free_port()
    people = [part for claims in (ANN, BO) for part in ("--user-claims", json.dumps(claims))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *people]
    log = home / "provider.log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=home, env=environment(home), stdout=file, stderr=subprocess.STDOUT)
    issuer, end = f"http://localhost:{port}", time.monotonic() + SECONDS
    try:
        while not _answers(issuer):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        yield issuer
    finally:
        process.terminate()
        process.wait(SECONDS)


def _answers(issuer: str) -> bool:
    try:
        return httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=1).is_success
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def site(champion: Champion, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assert browser.is_connected()
    folder = tmp_path_factory.mktemp("login")
    port = free_port()
    with provider_of_others(folder) as issuer:
        address = f"http://localhost:{port}"
        login = LoginSettings(
            issuer=issuer,
            client_id="glengarry",
            address=address,
            roles={"sales": "rep"},
            rep_claim="rep",
            label="Log in with ours",
        )
        behind = replace(champion, deployment=champion.deployment.model_copy(update={"login": login}))
        with served(behind, f"sqlite:///{folder / 'store.db'}", port, {LOGIN_SECRET_VARIABLE: "any"}):
            yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_rep_logs_in_by_the_provider_and_out_again(site: str, page: Page) -> None:
    page.goto(f"{site}/pages/leads?order=newest")
    page.get_by_role("link", name="Log in with ours").click()
    page.get_by_role("button", name="ann").click()
    expect(page).to_have_url(f"{site}/pages/leads?order=newest")
    expect(page.get_by_role("link", name="My leads")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.goto(f"{site}/pages/leads")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_who_has_no_role_reads_why_and_may_use_a_key_all_the_same(site: str, page: Page) -> None:
    page.goto(f"{site}/pages/login")
    page.get_by_role("link", name="Log in with ours").click()
    page.get_by_role("button", name="bo").click()
    expect(page.get_by_role("alert")).to_contain_text("One of your groups must have a role here, got 'guests'")
    expect(page.get_by_label("Your key")).to_be_visible()


def test_who_says_no_at_the_provider_is_told_so(site: str, page: Page) -> None:
    page.goto(f"{site}/pages/login")
    page.get_by_role("link", name="Log in with ours").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("The provider let nobody in|another login"))
