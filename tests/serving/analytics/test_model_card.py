"""The model's own record: what the registry keeps, what became of scores, and what is said when neither is to be had."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from bench.harness.keys import bearer
from features.records.clock import DAY, to_microseconds
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from models.close.reasons.drivers import obstacle_shares, subject_sizes
from models.registry import REPORT, Registry, RegistryError, Run
from models.registry.champions import Cause
from serving.analytics.model_card import RegistryFigures, StoreFigures, account, read_stored
from serving.champion.champion import Champion
from serving.pages.model import model_page
from serving.runtime.app import create_app
from serving.store.first_scores import first_promises
from serving.store.keys import Role, Secret
from serving.store.records import NewLead, NewOutcome, StoredScore
from serving.store.store import Store, open_store
from tests.models.registries import registry_in

BACKTEST = {
    "by_quarter": {
        "2026-Q1": {
            "close_model": {
                "log_loss": 0.31,
                "roc_auc": None,
                "observed_over_expected": 0.97,
                "leads_won": 41,
                "leads_not_won": 300,
            }
        }
    }
}
HTML = '<html><style>b { color: red }</style><body><i style="width: 3%"></i></body></html>'


@pytest.fixture(scope="module")
def registry(champion: Champion, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """A registry with a trained champion that has a report and a backtest, and a refresh of it that serves."""
    made = registry_in(tmp_path_factory.mktemp("registry") / "var")
    metrics = {"close_model/log_loss": 0.29, "close_model/roc_auc": 0.81}
    trained = made.log(Run("a training", metrics=metrics), champion.model, beside=champion.beside)
    made.keep(trained.version, {"backtest.json": BACKTEST})
    made.attach(trained.run_id, {REPORT: HTML})
    tags = {"refreshed_from": trained.version}
    refreshed = made.log(Run("refresh", tags=tags), champion.model, beside=champion.beside)
    cause = Cause("refreshed", datetime(2026, 10, 2, tzinfo=UTC), "Ann", "outcomes known until 2026-10-01")
    made.make_champion(refreshed.version, cause)
    return made


@pytest.fixture(scope="module")
def pages(champion: Champion, registry: Registry, store_url: str, tokens: dict[Role, Secret]) -> Iterator[TestClient]:
    """A client with a key and a session, of a service that serves the refresh."""
    deployment = champion.deployment.model_copy(update={"version": "2"})
    serving = Champion(champion.model, deployment, champion.beside)
    app = create_app(lambda: serving, lambda: open_store(store_url), registry=lambda: registry)
    with TestClient(app, headers=bearer(tokens["admin"])) as client:
        client.post("/pages/login", data={"key": tokens["admin"]})
        yield client


def test_the_account_holds_versions_turns_and_the_backtest_of_the_training(pages: TestClient) -> None:
    told = pages.get("/model").json()
    assert told["trouble"] is None
    kept = told["registered"]
    assert [(one["version"], one["serves"], one["refreshed_from"]) for one in kept["versions"]] == [
        ("2", True, "1"),
        ("1", False, None),
    ]
    assert [turn["how"] for turn in kept["turns"]] == ["refreshed", "first"]
    assert kept["quarters"] == [
        {"name": "2026-Q1", "leads": 341, "won": 41, "log_loss": 0.31, "roc_auc": None, "won_over_expected": 0.97}
    ]
    assert told["tested"]


def test_the_page_says_who_serves_why_and_how_promises_held(pages: TestClient) -> None:
    shown = pages.get("/pages/model").text
    assert (
        "It has served since 2 October 2026 because it is version 1 with newer outcomes (outcomes known until 2026-10-01)."
        in shown
    )
    assert re.search(r"Of \d+ leads we called \d+ to \d+ %, ", shown)
    assert "too few" in shown  # a figure that too few outcomes support
    assert 'href="/pages/model/reports/1"' in shown
    assert "no score of this service is old enough" in shown


def test_the_report_is_served_without_anything_inline(pages: TestClient) -> None:
    answer = pages.get("/pages/model/reports/1")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "style=" not in answer.text.replace('rel="stylesheet"', "")
    assert "<style" not in answer.text
    sheet = pages.get("/pages/model/reports/1.css")
    assert sheet.headers["content-type"].startswith("text/css")
    assert "b { color: red }" in sheet.text
    assert 'data-s="0"' in answer.text
    assert '[data-s="0"] { width: 3% }' in sheet.text
    for missing in ("2", "99", "x", "²"):
        assert pages.get(f"/pages/model/reports/{missing}").status_code == 404


@pytest.mark.parametrize("role", ["crm", "rep"])
def test_the_report_which_names_every_rep_is_for_admins_alone(
    pages: TestClient, tokens: dict[Role, Secret], role: Role
) -> None:
    pages.cookies.clear()
    pages.post("/pages/login", data={"key": tokens[role]})
    try:
        assert "/pages/model/reports/" not in pages.get("/pages/model").text
        assert pages.get("/pages/model/reports/1").status_code == 403
    finally:
        pages.cookies.clear()
        pages.post("/pages/login", data={"key": tokens["admin"]})


def test_the_record_is_read_once_for_all_who_ask_within_a_minute(
    champion: Champion, store_url: str, tokens: dict[Role, Secret], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counted(connection: sa.Connection, serving: Champion, now: int) -> StoreFigures:
        read.append(serving.version.version)
        return read_stored(connection, serving, now)

    monkeypatch.setattr("serving.api.model.read_stored", counted)
    app = create_app(lambda: champion, lambda: open_store(store_url))
    with TestClient(app, headers=bearer(tokens["admin"])) as client:
        first = client.get("/model").json()
        assert client.get("/model").json() == first
        app.state.services.current.champion = replace(
            champion, deployment=champion.deployment.model_copy(update={"version": "8"})
        )
        client.get("/model")

    assert read == [champion.version.version, "8"]


def test_with_the_registry_gone_the_rest_is_told(
    champion: Champion, store_url: str, tokens: dict[Role, Secret]
) -> None:
    def gone() -> Registry:
        raise RegistryError("nobody answers there")

    app = create_app(lambda: champion, lambda: open_store(store_url), registry=gone)
    with TestClient(app, headers=bearer(tokens["rep"])) as client:
        client.post("/pages/login", data={"key": tokens["rep"]})
        told = client.get("/model").json()
        assert (told["registered"], told["trouble"]) == (None, "nobody answers there")
        assert told["tested"]
        assert "nobody answers there" in client.get("/pages/model").text


def test_no_connection_to_the_store_waits_for_the_registry(
    champion: Champion, store_url: str, tokens: dict[Role, Secret], lead: dict[str, Any]
) -> None:
    held: list[int] = []

    def gone(*_: object) -> Any:
        pool, end = app.state.services.store.engine.pool, time.monotonic() + 10
        while pool.checkedout() and time.monotonic() < end:
            time.sleep(
                0.01
            )  # another thread reads for the same page, and is soon done; one that waits for this never is
        held.append(pool.checkedout())
        raise RegistryError("nobody answers there")

    app = create_app(lambda: champion, lambda: open_store(store_url), load_version=gone, registry=gone)
    newer = replace(champion, deployment=champion.deployment.model_copy(update={"version": "8"}))
    with TestClient(app, headers=bearer(tokens["admin"])) as client:
        lead_id = client.post("/leads", json={"fields": lead["fields"]}).json()["lead_id"]
        app.state.services.current.champion = newer
        client.post("/events", json={"lead_id": lead_id, "kind": "reply", "occurred_at": "2026-10-02T09:00:00Z"})
        client.post("/pages/login", data={"key": tokens["admin"]})
        assert client.get(f"/leads/{lead_id}/scores").json()["changes"] == [None]
        assert client.get(f"/pages/leads/{lead_id}").status_code == 200
        assert client.get("/model").json()["trouble"] == "nobody answers there"
        assert client.get("/pages/model/reports/1").status_code == 404

    assert held == [0, 0, 0]  # the version that was not to be had is not tried anew for the page


def test_drivers_are_those_that_the_training_found_in_one_order(pages: TestClient, champion: Champion) -> None:
    told = pages.get("/model").json()["drivers"]
    assert champion.beside.record is not None
    assert [(one["obstacle"], one["share"]) for one in told] == list(champion.beside.record.drivers)
    shares = [one["share"] for one in told]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    page = unescape(pages.get("/pages/model").text)
    names = [f"<strong>{one['obstacle'].capitalize()}</strong>" for one in told]
    assert sorted(names, key=page.index) == names


def test_a_model_that_gives_every_lead_one_chance_is_told_no_drivers(champion: Champion, store: Store) -> None:
    certainty = champion.model.certainty.model_copy(update={"abstention": "too few leads were won"})
    abstaining = replace(champion, model=replace(champion.model, certainty=certainty))
    with store.reading() as connection:
        stored = read_stored(connection, abstaining, 0)
        assert stored.drivers == ()
    page = model_page(account(abstaining, RegistryFigures(None), stored, "store"), "")
    assert "were won within" in page.base
    assert (page.drivers, page.no_drivers) == ((), "Nothing: every lead gets the same chance.")


def test_what_is_about_one_subject_is_added_up_before_its_size_is_taken(champion: Champion) -> None:
    features = champion.model.features
    timeline = [place for place, feature in enumerate(features) if feature.subject == "timeline"]
    contributions = np.zeros((2, len(features)))
    contributions[:, timeline[0]], contributions[:, timeline[1]] = 0.5, -0.2
    sizes = subject_sizes(features, contributions)
    assert sizes["timeline"] == pytest.approx(0.3)
    assert obstacle_shares(features, sizes)["hurry"] == pytest.approx(1)


def test_a_promise_is_a_lead_s_first_score_whose_time_has_passed(store: Store) -> None:
    start, schema = to_microseconds(datetime(2026, 1, 1, tzinfo=UTC)), LeadSchema(horizon_days=90)

    def a_score(lead_id: str, days: int, probability: float) -> StoredScore:
        return StoredScore(lead_id, start + days * DAY, "close", "1", probability, [], [], "{}")

    ids = ("in time", "too late", "corrected", "young", "closed before")
    with store.writing(start) as transaction:
        for lead_id in ids:
            transaction.add_lead(NewLead(lead_id, {}, start))
        transaction.add_scores(
            [
                a_score("in time", 0, 0.2),
                a_score("in time", 9, 0.9),
                a_score("too late", 0, 0.3),
                a_score("corrected", 0, 0.4),
                a_score("young", 50, 0.5),
                a_score("closed before", 5, 0.6),
            ]
        )
    closed = [
        ("closed before", 4, True),
        ("in time", 80, True),
        ("too late", 95, True),
        ("corrected", 10, True),
        ("corrected", 11, False),
    ]
    store.add_outcomes(
        [NewOutcome(lead_id, start + days * DAY, won, recorded_at=start + days * DAY) for lead_id, days, won in closed],
        start + 100 * DAY,
    )
    told = store.ask(first_promises, start + 100 * DAY, schema)
    assert dict(zip(told.probability.tolist(), told.won.tolist(), strict=True)) == {0.2: True, 0.3: False, 0.4: False}
    assert told.since == start


def test_a_promise_of_a_lead_with_a_day_of_its_own_is_kept_or_broken_by_that_day(store: Store) -> None:
    start = to_microseconds(datetime(2026, 1, 1, tzinfo=UTC))
    arrival = LeadField(role="context", type="date")
    schema = LeadSchema(horizon_days=90, fields={"arrival": arrival}, decided_by="arrival")
    days = {0.1: "2026-01-20", 0.2: "2026-01-09", 0.3: "2026-12-24", 0.4: "soon", 0.5: None}
    with store.writing(start) as transaction:
        for probability, day in days.items():
            transaction.add_lead(NewLead(f"L{probability}", {} if day is None else {"arrival": day}, start))
        transaction.add_scores(
            [StoredScore(f"L{probability}", start, "close", "1", probability, [], [], "{}") for probability in days]
        )
    at = start + 10 * DAY  # 11 January
    store.add_outcomes([NewOutcome(f"L{probability}", at, True, recorded_at=at) for probability in days], at)
    young, all_but_one = (store.ask(first_promises, start + later * DAY, schema) for later in (30, 100))
    assert dict(zip(young.probability.tolist(), young.won.tolist(), strict=True)) == {0.1: True, 0.2: False}
    assert dict(zip(all_but_one.probability.tolist(), all_but_one.won.tolist(), strict=True)) == {
        0.1: True, 0.2: False, 0.4: True, 0.5: True,
    }  # fmt: skip
