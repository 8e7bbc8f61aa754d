"""One truth: a figure that stands on more than one surface is the same on all of them, for one company found by walking its surfaces."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bench.harness.keys import bearer
from models.registry import REPORT, Registry
from serving.analytics.report_settings import find_report_settings
from serving.champion.finding import from_registry
from serving.runtime.app import create_app
from serving.settings.settings import SETTINGS_VARIABLE, Settings, load_settings
from serving.store.keys import create_key
from serving.store.store import open_store
from tests.serving.cli.commands.company import make_company, run

Json = dict[str, Any]
AS_OF = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
"""When the company's export ends: later, time alone would move its figures between two questions."""
REPORTS = ("sources", "funnel", "reps")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_company(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def settings(file: Path) -> Settings:
    return load_settings(file)


@pytest.fixture(scope="module")
def client(file: Path, settings: Settings) -> Iterator[TestClient]:
    """A client of the service of this company, with an admin's key."""
    find_store = partial(open_store, settings.store_url, settings.folder)
    store = find_store()
    key = create_key(store, "ann", "admin", 0)
    store.close()
    app = create_app(
        partial(from_registry, settings),
        find_store,
        yardstick=lambda: find_report_settings({SETTINGS_VARIABLE: str(file)}),
        registry=lambda: Registry(settings.registry, settings.var),
    )
    with TestClient(app, headers=bearer(key)) as client:
        login = client.get("/pages/login")
        token = re.search(r'name="token" value="([^"]+)"', login.text)
        client.post("/pages/login", data={"key": key, **({"token": token[1]} if token else {})})
        yield client


def printed(*arguments: str | Path) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


@pytest.mark.parametrize("kind", REPORTS)
def test_a_report_says_the_same_by_command_line_and_by_api(kind: str, client: TestClient, file: Path) -> None:
    asked = {"as_of": AS_OF.isoformat()}
    by_api = client.get(f"/{kind}", params=asked).json()
    assert by_api == printed(kind, "--as-of", AS_OF.isoformat(), "--settings", file)


def test_the_model_has_the_same_figures_in_mlflow_by_command_line_and_by_api(
    client: TestClient, file: Path, settings: Settings
) -> None:
    (registered,) = Registry(settings.registry, settings.var).versions()
    (listed,) = printed("models", "--settings", file)
    told = client.get("/model").json()
    (version,) = told["registered"]["versions"]
    for name in ("log_loss", "roc_auc"):
        figure = registered.metrics[f"close_model/{name}"]
        assert figure == listed["metrics"][f"close_model/{name}"] == version[name]
    assert told["model"]["version"] == registered.version == listed["version"]
    assert told["learns_from"] == "files and store"
    scored = client.post("/score", json={"fields": {}}).json()
    assert scored["base_rate"] == told["base_rate"] == pytest.approx(registered.metrics["fit/base_rate"])


def test_a_lead_has_the_same_score_in_its_list_its_page_and_its_answers(client: TestClient) -> None:
    listed = client.get("/leads", params={"status": "open", "limit": 5, "order": "-probability"}).json()["leads"]
    assert listed
    for lead in listed:
        why = client.get(f"/leads/{lead['lead_id']}/why").json()
        score = why.get("score", why)
        assert score["probability"] == lead["probability"]
        assert score["decision"]["route"] == lead["route"]
        assert score["decision"]["expected_value"] == lead["expected_value"]
        latest = client.get(f"/leads/{lead['lead_id']}/scores").json()["scores"][-1]
        assert latest["probability"] == lead["probability"]


def words(html: str) -> str:
    """The words of a page, as they are read."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def page(client: TestClient, path: str, **asked: str) -> str:
    answer = client.get(path, params=asked)
    assert answer.status_code == 200, path
    return words(answer.text)


@pytest.fixture(scope="module")
def report(settings: Settings) -> str:
    """The report of the training, as it is read."""
    return words(Registry(settings.registry, settings.var).text("1", REPORT) or "")


def test_page_and_report_say_the_same_of_the_model(client: TestClient, report: str) -> None:
    account, shown = client.get("/model").json(), page(client, "/pages/model")
    assert account["beside_rival"]
    assert account["beside_rival"] in shown
    assert account["beside_rival"] in report
    assert account["tested"]
    for band in account["tested"]:
        called = f"{100 * band['low']:.0f} to {100 * band['high']:.0f} %"
        (sentence,) = re.findall(rf"Of [\d,]+ leads? we called {called}, [^.]+ closed\.", shown)
        assert sentence in report
    order = [driver["obstacle"] for driver in account["drivers"]]
    assert re.findall(rf"({'|'.join(order)}) (?:what|how|where) [a-z]", report)[: len(order)] == order


@pytest.mark.parametrize("kind", REPORTS)
def test_a_page_and_the_terminal_have_the_figures_of_their_report(kind: str, client: TestClient, file: Path) -> None:
    asked = {"as_of": AS_OF.isoformat()}
    told = client.get(f"/{kind}", params=asked).json()
    shown = page(client, f"/pages/{kind}", **asked)
    terminal = " ".join(run(kind, "--as-of", AS_OF.isoformat(), "--settings", file).stdout.split())
    sentences = [row["says"] for row in told.get("falls", [])] + [row["says"] for row in told.get("unqualified", [])]
    if kind == "sources":
        sentences += [row["says"] for row in told["sources"] if row["verdict"] in ("alarm", "watch")]
        sentences += [told["together"]] * bool(told["together"])
        channels = [row["channel"] for row in told["sources"]]
        main = told["cost_channel"] if told["cost_channel"] in channels else channels[0]
        first = [row for row in told["sources"] if row["channel"] == main]
        assert first
        for row in first:
            assert f"{row['value'] or 'not known'} {row['verdict']} {row['leads']:,} " in shown
            assert row["loss_reason"] in terminal
            assert row["says"] in terminal
    for sentence in sentences:
        assert sentence in shown
        assert sentence in terminal


def test_the_report_has_the_verdict_of_every_source_in_alarm(file: Path, report: str) -> None:
    called = [row for row in printed("sources", "--settings", file)["sources"] if row["verdict"] in ("alarm", "watch")]
    for row in called:
        assert f"{row['value'] or 'not known'} ({row['channel'].replace('_', ' ')}) {row['verdict']}" in report
    assert report.count(" alarm ") >= sum(row["verdict"] == "alarm" for row in called)


def test_a_page_of_a_lead_says_what_the_api_says(client: TestClient) -> None:
    for lead in client.get("/leads", params={"status": "open", "limit": 5, "order": "-probability"}).json()["leads"]:
        shown = page(client, f"/pages/leads/{lead['lead_id']}")
        score = client.get(f"/leads/{lead['lead_id']}/scores").json()["scores"][-1]
        assert f"{100 * score['probability']:.1f} %" in shown
        assert score["decision"]["route_reason"] in shown
        if score["band"] and score["band"]["leads"] >= 30:
            held = score["band"]
            assert (
                f"of {held['leads']:.0f} leads we called {100 * held['low']:.0f} to {100 * held['high']:.0f} %" in shown
            )
        similar = client.get(f"/leads/{lead['lead_id']}/similar").json()
        if similar["count"]:
            closed = similar["won"] or "none"
            assert f"Of the {similar['count']} past leads whose reasons were most like these" in shown
            assert f", {closed} w" in shown  # was, or were, won
        for question in score["ask_next"]:
            for answer in question["answers"]:
                assert answer["said"] in shown


def test_nothing_on_any_surface_is_left_undefined(client: TestClient, file: Path, report: str) -> None:
    lead = client.get("/leads", params={"status": "open", "limit": 1}).json()["leads"][0]["lead_id"]
    pages = ["leads", f"leads/{lead}", "sources", "funnel", "reps", "model", "feedback", "audit"]
    surfaces = {name: page(client, f"/pages/{name}") for name in pages} | {"report": report}
    surfaces |= {name: run(name, "--settings", file).stdout for name in ("check", *REPORTS)}
    for name, said in surfaces.items():
        assert not re.search(r"\bnan\b|\bNone\b|\binf\b|\{\{|\b1 (leads|wins|days|outcomes|quarters)\b", said), name
        shares = [float(share.replace(",", "")) for share in re.findall(r"([\d,.]*\d) %", said)]
        assert name not in ("leads", "model", "check") or all(share <= 100 for share in shares), name


def test_an_outcome_told_to_the_service_is_counted_everywhere_and_a_refresh_takes_it_in(
    client: TestClient, file: Path
) -> None:
    before = printed("check", "--settings", file)["summary"]
    lead = client.get("/leads", params={"status": "open", "limit": 1}).json()["leads"][0]
    told = {"lead_id": lead["lead_id"], "closed_at": datetime.now(UTC).isoformat(), "won": True, "amount": 1000}
    assert client.post("/outcomes", json=told).status_code == 201
    after = printed("check", "--settings", file)["summary"]
    assert (after["won"], after["open"]) == (before["won"] + 1, before["open"] - 1)
    metrics = client.get("/metrics").text
    (unknown,) = re.findall(r"^glengarry_outcomes_unknown (\S+)$", unescape(metrics), re.MULTILINE)
    assert float(unknown) == client.get("/model").json()["outcomes_unknown"] == 1
    assert "serves as champion" in run("refresh", "--if-new", "--settings", file).stdout
    assert "No outcomes have come in" in run("refresh", "--if-new", "--settings", file).stdout
