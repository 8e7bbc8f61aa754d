"""The plan by API: the record of the champion, for those who decide what to work."""

from __future__ import annotations

from starlette.testclient import TestClient

from bench.harness.keys import bearer
from serving.analytics.plan import plan_by_record
from serving.champion.champion import Champion
from serving.store.keys import Role, Secret
from tests.serving.api.openapi.test_openapi import validator


def test_it_is_told_to_admins_or_why_it_cannot_be(
    client: TestClient, champion: Champion, tokens: dict[Role, Secret]
) -> None:
    assert champion.decider is not None
    plan = plan_by_record(champion.beside.record, champion.decider.settings, champion.decider.win_amount)
    answer = client.get("/plan")
    document = client.get("/openapi.json").json()
    if plan is None:
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "record")
    else:
        assert answer.json() == plan.model_dump(mode="json")
        assert [*validator(document, "RecordPlan").iter_errors(answer.json())] == []
    assert client.get("/plan", headers=bearer(tokens["rep"])).status_code == 403
