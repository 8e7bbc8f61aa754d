"""A card in a frame: one lead, for its time, by a key that is good, in the frames of the settings and in no other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from bench.harness.keys import bearer, make_tokens
from features.records.clock import to_microseconds
from serving.api.card_links import Card, Cards
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.settings.settings import ServiceSettings
from serving.store.keys import Role, Secret, revoke_key
from serving.store.store import open_store

HOSTILE = "<script>alert('x')</script>Ünal & Söhne"
CRM = "https://crm.example"


@dataclass
class Frames:
    """A running service with a lead, and its store."""

    client: TestClient
    tokens: dict[Role, Secret]
    url: str

    def link(self, lead_id: str = "a%2Fb", role: Role = "crm") -> Any:
        answer = self.client.get(f"/leads/{lead_id}/card", headers=bearer(self.tokens[role]))
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(params=[(), (CRM, "https://other.example:8443")])
def frames(champion: Champion, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Frames]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    tokens = make_tokens(url)
    limits = champion.limits.model_copy(update={"frames": request.param, "card_hours": 2})
    framing = replace(champion, deployment=champion.deployment.model_copy(update={"service": limits}))
    with TestClient(create_app(lambda: framing, lambda: open_store(url))) as client:
        lead = {"lead_id": "a/b", "fields": {"source": HOSTILE, "campaign": HOSTILE}}
        client.post("/leads", json=lead, headers=bearer(tokens["admin"]))
        yield Frames(client, tokens, url)


def test_a_link_opens_the_card_of_its_lead_without_a_login(frames: Frames) -> None:
    told = frames.link()
    shown = frames.client.get(told["url"])
    assert shown.status_code == 200
    why = frames.client.get("/leads/a%2Fb/why", headers=bearer(frames.tokens["admin"])).json()
    assert f">{round(100 * why['probability'])} %</span>" in shown.text
    assert "Next: " in shown.text
    assert "<script" not in shown.text
    assert "<form" not in shown.text
    assert 'href="/pages/leads/a%2Fb"' in shown.text
    hours = (datetime.fromisoformat(told["until"]) - datetime.now(UTC)).total_seconds() / 3600
    assert 1.9 < hours <= 2
    assert frames.client.get("/leads/none/card", headers=bearer(frames.tokens["crm"])).status_code == 404


def test_the_sites_of_the_settings_may_show_it_and_no_other_page(frames: Frames) -> None:
    sites = frames.client.app.state.services.current.champion.limits.frames  # type: ignore[attr-defined]
    of_card, of_page = frames.client.get(frames.link()["url"]).headers, frames.client.get("/pages/login").headers
    assert "frame-ancestors 'none'" in of_page["content-security-policy"]
    assert of_page["x-frame-options"] == "DENY"
    wanted = f"frame-ancestors {' '.join(sites)}" if sites else "frame-ancestors 'none'"
    assert of_card["content-security-policy"].endswith(wanted)
    assert ("x-frame-options" in of_card) == (not sites)
    assert "default-src 'none'" in of_card["content-security-policy"]
    assert of_card["cache-control"] == "no-store"


def test_a_link_that_is_over_forged_or_of_a_revoked_key_opens_nothing(frames: Frames) -> None:
    good = frames.link()["url"]
    cards: Cards = frames.client.app.state.services.cards  # type: ignore[attr-defined]
    key = frames.tokens["crm"].split("_")[1]
    over = cards.write(Card("a/b", key, int(time.time()) - 1))
    forged = Cards("another secret").write(Card("a/b", key, int(time.time()) + 60))
    nobody = cards.write(Card("a/b", "000000000000", int(time.time()) + 60))
    for token in (over, forged, nobody, "x", good.rpartition("/")[2] + "x"):
        answer = frames.client.get(f"/pages/cards/{token}")
        assert answer.status_code == 403
        assert "not good any more" in answer.text
        assert "nal &" not in unescape(answer.text)
    gone = cards.write(Card("none", key, int(time.time()) + 60))
    assert frames.client.get(f"/pages/cards/{gone}").status_code == 404
    store = open_store(frames.url)
    revoke_key(store, key, to_microseconds(datetime.now(UTC)))
    store.close()
    frames.client.app.state.services.keys._remembered.clear()  # type: ignore[attr-defined]  # as after some seconds
    assert frames.client.get(good).status_code == 403


@pytest.mark.parametrize(
    "site", ["*", "https://*.example", "crm.example", "https://a.example; script-src *", "https://a.example/x"]
)
def test_a_frame_is_a_whole_site_that_is_named(site: str) -> None:
    with pytest.raises(ValidationError, match="frames"):
        ServiceSettings(frames=(site,))
