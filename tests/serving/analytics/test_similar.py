"""Past leads like one: in the API, named only where the store holds them, and silent where the model knows none."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from bench.harness.keys import bearer, make_tokens
from features.records.marks import mark_of
from models.close.reasons.similar import PastLeads, Similar
from models.registry.artifacts import NO_ARTIFACTS
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.store.keys import Role, Secret
from serving.store.store import open_store
from serving.store.tables import LEADS


def test_similar_leads_are_counted_and_named_where_the_store_holds_them(
    client: TestClient, lead: dict[str, Any]
) -> None:
    sent = {key: lead[key] for key in ("fields",) if key in lead}
    lead_id = client.post("/leads", json=sent).json()["lead_id"]
    told = client.get(f"/leads/{lead_id}/similar").json()
    assert told["lead_id"] == lead_id
    assert 0 <= told["won"] <= told["count"] == 50
    assert told["age_days"] == 0
    distances = [one["distance"] for one in told["leads"]]
    assert distances == sorted(distances)
    assert {one["lead_id"] for one in told["leads"]} == {None}

    assert client.get("/leads/nobody/similar").status_code == 404


def test_a_past_lead_that_was_erased_is_not_named_though_the_model_knows_it_by_its_alias(
    champion: Champion, tmp_path: Path, lead: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    tokens = make_tokens(url)
    nearest, store = PastLeads.nearest, open_store(url)

    def named(self: PastLeads, *arguments: Any, **more: Any) -> Similar | None:
        found = nearest(self, *arguments, **more)
        assert found is not None
        names = [alias, "kept", *("not here" for _ in found.leads)]
        return replace(
            found, leads=tuple(replace(one, mark=mark_of(name)) for one, name in zip(found.leads, names, strict=False))
        )

    with TestClient(create_app(lambda: champion, lambda: open_store(url)), headers=bearer(tokens["admin"])) as client:
        for lead_id in ("gone", "kept", "asked"):
            client.post("/leads", json={"lead_id": lead_id, "fields": lead["fields"]})
        client.delete("/leads/gone")
        alias = store.ask(
            lambda connection: connection.execute(
                sa.select(LEADS.c.lead_id).where(LEADS.c.erased_at.is_not(None))
            ).scalar_one()
        )
        monkeypatch.setattr(PastLeads, "nearest", named)
        told = client.get("/leads/asked/similar").json()

    store.close()
    assert [one["lead_id"] for one in told["leads"]] == [None, "kept", None, None, None]


def test_a_model_without_past_leads_tells_of_none(
    champion: Champion, store_url: str, tokens: dict[Role, Secret], lead: dict[str, Any]
) -> None:
    older = replace(champion, beside=NO_ARTIFACTS)
    with TestClient(create_app(lambda: older, lambda: open_store(store_url)), headers=bearer(tokens["admin"])) as asked:
        lead_id = asked.post("/leads", json={"fields": lead["fields"]}).json()["lead_id"]
        told = asked.get(f"/leads/{lead_id}/similar").json()
        assert (told["age_days"], told["count"], told["leads"]) == (None, 0, [])


def test_a_score_of_another_version_is_held_against_the_champion_anew(
    champion: Champion, store_url: str, tokens: dict[Role, Secret], lead: dict[str, Any]
) -> None:
    newer = replace(champion, deployment=champion.deployment.model_copy(update={"version": "8"}))

    def told(serving: Champion, lead_id: str) -> Any:
        app = create_app(lambda: serving, lambda: open_store(store_url))
        with TestClient(app, headers=bearer(tokens["admin"])) as asked:
            lead_id = lead_id or asked.post("/leads", json={"fields": lead["fields"]}).json()["lead_id"]
            return asked.get(f"/leads/{lead_id}/similar").json()

    before = told(champion, "")
    assert told(newer, before["lead_id"]) == before
