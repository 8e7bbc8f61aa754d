"""What `/metrics` says after calls that a test has made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from serving.champion.cache import Drift, Drifted, Noted, Promised, Refreshed, Refused, SourcesJudged, Upkeep
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.store.crm_health import TROUBLE
from serving.store.crm_records import CrmPosition, keep_crm_position
from serving.store.deliveries import register
from serving.store.engine import StoreError
from serving.store.keys import Role, Secret
from serving.store.store import Store, open_store
from serving.store.tables import DELIVERIES
from tests.serving.conftest import Service, service

__all__ = ["service"]


def figures(text: str) -> dict[str, float]:
    """Figures by name and labels, which stand in the order of their names."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {
        f"{sample.name}{''.join(f' {value}' for value in sample.labels.values())}": sample.value for sample in samples
    }


def told(service: Service) -> dict[str, float]:
    answer = service.client.get("/metrics", headers={"x-api-key": service.tokens["rep"]})
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return figures(answer.text)


def test_figures_follow_the_calls(service: Service, champion: Champion) -> None:
    service.tell("/leads", {"lead_id": "L1", "fields": {}})
    service.tell("/leads", {"leads": [{"lead_id": "L2", "fields": {}}, {"fields": {"budget": "a lot"}}]}, status=200)
    service.tell("/score", {"leads": [{"fields": {}}, {"fields": {"shoe size": 43}}]}, status=200)
    service.tell("/score", {"fields": {"budget": "a lot"}}, status=422)
    service.ask("/leads/L1")
    service.ask("/leads", status=403, role="form")
    service.ask("/metrics", status=403, role="form")

    said = told(service)

    assert said["glengarry_requests_total POST /leads 201"] == 1
    assert said["glengarry_requests_total POST /leads 200"] == 1
    assert said["glengarry_requests_total POST /score 422"] == 1
    assert said["glengarry_requests_total GET /leads/{lead_id} 200"] == 1
    assert said["glengarry_request_seconds_count POST /score"] == 2
    assert (
        said["glengarry_score_probability_count"] == 4
    )  # three stored, one of them with a value set aside, and one not
    assert said["glengarry_refused_total budget invalid-lead"] == 1
    assert said["glengarry_refused_total fields invalid-lead"] == 1
    assert said["glengarry_refused_total Authorization not-allowed"] == 2
    assert said["glengarry_stage_seconds_count read"] == 4
    assert said["glengarry_stage_seconds_count score"] == 4  # two of them in the writer
    assert said["glengarry_stage_seconds_count write"] == 2
    assert said["glengarry_writer_waiting"] == 0
    assert said["glengarry_writer_wait_seconds_count"] == said["glengarry_writer_group_size_sum"] >= 2
    assert said["glengarry_workers"] == 1
    assert said["glengarry_model_info close 7"] == 1
    age = (datetime.now(UTC) - champion.version.trained_until).total_seconds()
    assert said["glengarry_model_age_seconds"] == pytest.approx(age, abs=60)
    assert said["glengarry_store_up"] == 1


def test_store_that_does_not_answer_is_told(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    told(service)  # so that the key is known
    ask = Store.ask

    def gone(*_: object) -> None:
        raise StoreError("gone")

    app = service.client.app
    app.state.services.pulse._asked = float("-inf")  # type: ignore[attr-defined]
    monkeypatch.setattr(Store, "ask", gone)
    assert told(service)["glengarry_store_up"] == 0
    monkeypatch.setattr(Store, "ask", ask)


def test_settings_open_it_to_callers_without_a_key(champion: Champion, store_url: str) -> None:
    limits = champion.limits.model_copy(update={"metrics": "open"})
    opened = replace(champion, deployment=champion.deployment.model_copy(update={"service": limits}))

    with TestClient(create_app(lambda: opened, lambda: open_store(store_url))) as client:
        assert figures(client.get("/metrics").text)["glengarry_store_up"] == 1
        assert client.get("/leads").status_code == 401


PROMISED = Promised(
    from_days=30, until_days=60, leads=900, won=50, expected=100.0, ratio=0.5, low=0.4, high=0.6, off=True
)


def test_what_the_watch_has_found_is_told(champion: Champion, store_url: str, tokens: dict[Role, Secret]) -> None:
    at = datetime.now(UTC).timestamp()
    last = Refreshed(tried_at=at, done_at=at - 7200, trouble="the registry is gone")
    drift = Drift(
        leads=500,
        features=(Drifted(feature="budget", subject="budget", distance=0.3, drifted=True),),
        promises=(PROMISED,),
    )
    judged = SourcesJudged(judged_at=at, verdicts={"alarm": 1, "watch": 0, "steady": 4})
    refused, upkeep = Refused(version="9", why="it was broken"), Upkeep(free=0.07, unread={"crm": 3})
    noted = Noted(last, drift, judged, refused=refused, upkeep=upkeep)
    app = create_app(lambda: champion, lambda: open_store(store_url), watched=lambda: noted)

    with TestClient(app, headers={"x-api-key": tokens["rep"]}) as client:
        said = figures(client.get("/metrics").text)

    assert said["glengarry_refresh_failed"] == said["glengarry_version_refused"] == 1
    assert (said["glengarry_disk_free"], said["glengarry_unread_messages crm"]) == (0.07, 3)
    assert said["glengarry_input_drift_leads"] == 500
    assert said["glengarry_input_drift budget budget"] == 0.3
    assert said["glengarry_inputs_drifted"] == 1
    assert [said[f"glengarry_won_over_expected {figure} 30-60"] for figure in ("low", "ratio", "high")] == [
        0.4,
        0.5,
        0.6,
    ]
    assert said["glengarry_promises_off"] == 1
    assert (said["glengarry_sources alarm"], said["glengarry_sources steady"]) == (1, 4)
    assert said["glengarry_refresh_age_seconds"] == pytest.approx(7200, abs=60)


def test_receivers_that_take_nothing_are_told(service: Service) -> None:
    assert not [name for name in told(service) if name.startswith("glengarry_delivery")]
    with service.store.writing(0) as transaction:
        register(transaction, {"crm": frozenset(), "chat": frozenset()}, 0.05)
        off = sa.update(DELIVERIES).where(DELIVERIES.c.name == "crm").values(off_at=1, failing_since=0, sent=7)
        transaction.connection.execute(off)
    said = told(service)

    assert [said[f"glengarry_delivery_off {name}"] for name in ("crm", "chat")] == [1, 0]
    assert said["glengarry_delivery_sent crm"] == 7
    assert said["glengarry_delivery_failing_seconds crm"] > 0
    assert said["glengarry_delivery_failing_seconds chat"] == 0


def test_crms_are_told_with_what_fails(service: Service) -> None:
    assert not [name for name in told(service) if name.startswith("glengarry_crm")]
    with service.store.writing(0) as transaction:
        keep_crm_position(transaction, "hubspot", TROUBLE, CrmPosition(0, "it answered 503"))
        keep_crm_position(transaction, "table", TROUBLE, CrmPosition(0))

    said = told(service)
    assert said["glengarry_crm_failing_seconds hubspot"] > 0
    assert said["glengarry_crm_failing_seconds table"] == said["glengarry_crm_set_aside hubspot"] == 0
