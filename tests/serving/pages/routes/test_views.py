"""Views of the queue that people name: each key has its own, they hold what chooses and nobody's name, and they go when told to."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from serving.store.keys import Role, Secret
from serving.store.store import open_store
from serving.store.tables import SAVED_VIEWS
from tests.serving.pages.routes.conftest import Browser, token_of

LIST = "/pages/leads?route=rep&source=web+%26+co&whose=everyone"


@pytest.fixture
def rep(browser: Browser, tokens: dict[Role, Secret], store_url: str) -> TestClient:
    store = open_store(store_url)
    with store.writing(0) as transaction:
        transaction.connection.execute(sa.delete(SAVED_VIEWS))
    store.close()
    return browser(tokens["rep"])


def send(client: TestClient, act: str, path: str = LIST, **fields: str) -> Any:
    shown = client.get(path).text
    back = re.search(r'name="back" value="([^"]+)"', shown)
    told = {"token": token_of(shown), "act": act, "back": unescape(back[1]) if back else "", **fields}
    return client.post("/pages/leads", data=told)


def tabs(client: TestClient, path: str = "/pages/leads") -> dict[str, str]:
    shown = client.get(path)
    assert shown.status_code == 200
    group = re.search(r'aria-label="Your views"[^>]*>(.*?)</span>', shown.text, re.DOTALL)
    found = re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', group[1]) if group else []
    return {unescape(name): unescape(href) for href, name in found}


def test_a_view_is_saved_shown_and_deleted_by_its_key_alone(
    rep: TestClient, browser: Browser, tokens: dict[Role, Secret]
) -> None:
    assert "Save this view" in rep.get(LIST).text
    assert "Save this view" not in rep.get("/pages/leads").text
    answer = send(rep, "save", name="<b>Mine</b>")
    assert answer.status_code == 303
    place = answer.headers["location"]
    assert tabs(rep) == {"<b>Mine</b>": place}
    assert {"route=rep", "source=web+%26+co", "whose=everyone"} <= set(place.partition("?")[2].split("&"))
    here = unescape(rep.get(place).text)
    assert "Delete the view “<b>Mine</b>”" in here
    assert "Save this view" not in here
    assert send(rep, "save", "/pages/leads?status=won", name="<b>Mine</b>").status_code == 303
    assert "status=won" in tabs(rep)["<b>Mine</b>"]  # a name stands for the list that was saved last

    admin = browser(tokens["admin"])
    assert tabs(admin) == {}
    send(admin, "delete", name="<b>Mine</b>")
    assert list(tabs(rep)) == ["<b>Mine</b>"]
    assert send(rep, "delete", name="<b>Mine</b>").headers["location"] == "/pages/leads"
    assert tabs(rep) == {}


def test_what_was_searched_for_is_not_kept(rep: TestClient) -> None:
    send(rep, "save", f"{LIST}&search=Ada+Lovelace", name="x")
    assert "Ada" not in tabs(rep)["x"]
    told = send(rep, "save", name="y", back="//elsewhere.example?search=Ada&next=//elsewhere&status=lost")
    assert told.headers["location"] == tabs(rep)["y"] == "/pages/leads?status=lost"


@pytest.mark.parametrize("name", ["", "x" * 41, "a\u200b\nb"])
def test_a_name_is_short_and_printable(rep: TestClient, name: str) -> None:
    assert send(rep, "save", name=name).status_code == 400
    assert tabs(rep) == {}


def test_there_are_twenty_views_and_no_more(rep: TestClient) -> None:
    assert {send(rep, "save", name=f"v{number}").status_code for number in range(20)} == {303}
    refused = send(rep, "save", name="one more")
    assert refused.status_code == 400
    assert "at most 20" in refused.text
    assert send(rep, "save", name="v0").status_code == 303
    assert len(tabs(rep)) == 20


def test_who_may_not_act_has_none_and_no_other_site_saves_any(
    rep: TestClient, browser: Browser, tokens: dict[Role, Secret]
) -> None:
    assert rep.post("/pages/leads", data={"act": "save", "name": "x", "token": "x"}).status_code == 403
    reader = browser(tokens["crm"])
    assert "Save this view" not in reader.get(LIST).text
    assert send(reader, "save", name="x").status_code == 403
    assert tabs(rep) == {}
