"""Sources, funnel and reps by API: what was told is what is judged, by whom it may be seen, and without holding anybody up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from starlette.testclient import TestClient

from bench.harness.keys import bearer
from features.records.checks import check_tables
from features.records.clock import to_microseconds
from features.simulation import WorldSettings, simulate, world_history, world_schema, write_world
from models.accountability.accounts import SourceAccounts
from models.accountability.falls import Fall
from models.accountability.funnel import Funnel, funnel
from models.accountability.losses import LossShares, ReasonShare
from models.accountability.reps import RepsReport
from models.accountability.settings import AccountabilitySettings, CostSettings
from models.accountability.spread import Spread
from models.accountability.unqualified import Unqualified
from serving.analytics import reports
from serving.analytics.report_settings import ReportSettings
from serving.analytics.reports import Kind, Report, ReportRequest, Reports, of_rep
from serving.api.openapi.shapes import example_told
from serving.champion.champion import Champion
from serving.intake.importing import import_tables
from serving.runtime.app import create_app
from serving.store.engine import StoreError
from serving.store.keys import NoRepsKeyError, Secret, create_key, list_keys
from serving.store.store import Store, open_store
from tests.models.accountability.rows import a_cohort, a_rep, a_source
from tests.serving.api.openapi.test_openapi import validator
from tests.serving.conftest import Service

Json = dict[str, Any]
COMPANY = WorldSettings(leads=1_500, seed=3, end=datetime(2025, 10, 1, tzinfo=UTC))
KINDS = get_args(Kind)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with the history of a small company."""
    folder = tmp_path_factory.mktemp("reports")
    write_world(simulate(COMPANY), folder)
    store = open_store(f"sqlite:///{folder / 'store.db'}")
    now = datetime.now(UTC)
    tables = check_tables(world_history(folder, COMPANY), world_schema(COMPANY), now, Path())
    import_tables(store, tables, world_schema(COMPANY), to_microseconds(now), lambda *_: None)
    return store


@pytest.fixture(scope="module")
def keys(filled: Store) -> dict[str, Secret]:
    """An admin's key, one of a rep, and one of role rep that is nobody's."""
    now = to_microseconds(datetime.now(UTC))
    return {
        "admin": create_key(filled, "boss", "admin", now),
        "rep": create_key(filled, "seven", "rep", now, "R07"),
        "nobody": create_key(filled, "desk", "rep", now),
    }


@pytest.fixture(scope="module")
def asked(filled: Store, champion: Champion, keys: dict[str, Secret]) -> Iterator[Any]:
    with TestClient(create_app(lambda: champion, lambda: open_store(str(filled.engine.url)))) as client:

        def ask(path: str, who: str = "admin", status: int = 200) -> Json:
            answer = client.get(path, headers=bearer(keys[who]))
            assert answer.status_code == status, answer.text
            told: Json = answer.json()
            return told

        yield ask


@pytest.mark.parametrize("kind", KINDS)
def test_reports_and_their_examples_are_as_described(kind: str, asked: Any) -> None:
    document = asked("/openapi.json")
    described = validator(document, kind.title())
    content = document["paths"][f"/{kind}"]["get"]["responses"]["200"]["content"]["application/json"]
    for told in (content["example"], asked(f"/{kind}"), asked(f"/{kind}", "rep")):
        assert [error.message for error in described.iter_errors(told)] == []


def test_reports_are_those_of_the_library_as_of_any_date(asked: Any, filled: Store, champion: Champion) -> None:
    history = reports.read(filled, ReportSettings(), champion.model.schema)
    as_of = to_microseconds(datetime(2025, 7, 1, tzinfo=UTC))
    told = asked("/funnel?as_of=2025-07-01&by=quarter")
    assert told == funnel(history, ReportSettings().accountability, as_of, "quarter").to_json()
    assert told["cohorts"][-1]["value"] == "2025 Q2"
    assert asked("/sources?as_of=2025-07-01T00:00:00Z")["as_of"] == "2025-07-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("query", "field"), [("as_of=soon", "as_of"), ("as_of=2999-01-01", "as_of"), ("by=day", "by"), ("of=R1", "of")]
)
def test_a_query_that_breaks_a_rule_is_refused_by_name(query: str, field: str, asked: Any) -> None:
    problem = asked(f"/funnel?{query}", status=422)
    assert problem["errors"][0]["field"] == field


def test_a_rep_sees_own_numbers_and_the_distribution_and_no_other_name(asked: Any) -> None:
    then = "as_of=2025-09-30"
    whole = asked(f"/reps?{then}")
    names = {row["rep_id"] for row in whole["reps"]}
    assert len(names) == 14
    own = asked(f"/reps?{then}", "rep")
    assert own["reps"] == [row for row in whole["reps"] if row["rep_id"] == "R07"]
    assert own["distribution"] == whole["distribution"]
    assert asked(f"/reps?{then}", "nobody")["reps"] == []
    for kind in KINDS:
        told = str(asked(f"/{kind}?{then}", "rep"))
        assert [name for name in names - {"R07"} if name in told] == []
        assert str(asked(f"/{kind}?{then}")).count("R0") > told.count("R0")


VALUES = (("brought_by", "R07"), ("brought_by", "R08"), ("brought_by", None), ("source", "fair"))
"""Of a channel that names reps and of one that does not."""
OWN = ["R07", None, "fair"]
UNQUALIFIED = tuple(
    Unqualified(channel, value, 365, 9, 1.0, 9, 3.0, 0.9, 0.3, 0.05, 0.2, 0.01) for channel, value in VALUES
)


@pytest.mark.parametrize(("channel", "spent"), [("brought_by", {"R07": 5.0}), ("source", {"R07": 5.0, "R08": 9.0})])
def test_of_sources_a_rep_sees_what_the_rep_brought_and_spent(channel: str, spent: dict[str, float]) -> None:
    settings = AccountabilitySettings(costs=CostSettings(channel=channel))
    reasons = tuple(ReasonShare(of, value, 9, 9, "money", 4, 0.4, 0.3, 0.5) for of, value in VALUES)
    rows = tuple(a_source(value, channel=of) for of, value in VALUES)
    whole = SourceAccounts(0, settings, rows, LossShares(reasons, 1), {"R07": 5.0, "R08": 9.0})

    told = of_rep(whole, "R07", "brought_by").to_json()

    assert [row["value"] for row in told["sources"]] == OWN
    assert [row["value"] for row in told["losses"]] == OWN
    assert told["unassigned"] == spent


def test_of_the_funnel_a_rep_sees_the_own_part_and_all_cohorts() -> None:
    rows = tuple(replace(a_cohort("", 0), channel=channel, value=value) for channel, value in VALUES)
    cohorts = (a_cohort("2026-01", 0),)
    told = of_rep(Funnel(0, 90, UNQUALIFIED, cohorts, rows), "R07", "brought_by").to_json()
    assert [row["value"] for row in told["sources"]] == OWN
    assert [row["value"] for row in told["unqualified"]] == OWN
    assert [row["value"] for row in told["cohorts"]] == ["2026-01"]


def test_of_reps_a_rep_sees_the_own_row_and_falls_that_are_nobodys_else() -> None:
    rows = (a_rep("R07", 1.0, 1.0), a_rep("R08", 1.2, 1.1), replace(a_rep("R07", 2.0, None), actor="agent"))
    falls = (Fall("the leads", None, "All fell."), Fall("the person", "R08", "R08 fell."))
    spreads = (Spread(14, 0.8, 1.0, 1.2), None)
    told = of_rep(RepsReport(0, rows, falls, UNQUALIFIED, *spreads), "R07", "brought_by").to_json()
    assert [(row["rep_id"], row["actor"]) for row in told["reps"]] == [("R07", "rep")]
    assert [fall["rep_id"] for fall in told["falls"]] == [None]
    assert [row["value"] for row in told["unqualified"]] == OWN
    assert told["distribution"] == {"closing": vars(spreads[0]), "generating": None}


def test_a_key_names_its_rep_and_only_one_of_that_role_does(filled: Store, keys: dict[str, Secret]) -> None:
    assert keys
    found = {key.name: key.rep_id for key in filled.ask(list_keys)}
    assert (found["seven"], found["desk"], found["boss"]) == ("R07", None, None)
    for role, rep in (("admin", "R07"), ("rep", " ")):
        with pytest.raises(NoRepsKeyError, match="Only a key of role rep can be a rep's"):
            create_key(filled, "no", role, 0, rep)  # type: ignore[arg-type]


def test_what_was_told_is_judged_in_each_database(service: Service, champion: Champion) -> None:
    told = example_told(champion)
    for kind in KINDS:
        assert service.ask(f"/{kind}")["as_of"]
    service.tell("/leads", told["lead"])
    for kind in KINDS:
        service.ask(f"/{kind}", status=200)
    as_of = datetime.now(UTC).isoformat().replace("+", "%2B")
    assert [row["leads"] for row in service.ask(f"/funnel?as_of={as_of}")["cohorts"]] == [1]


class Clock:
    """Seconds that pass when the test says so."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass(frozen=True)
class Numbered:
    """A report that says how many were made before."""

    number: int

    def to_json(self) -> Json:
        return {"number": self.number}


class Slow:
    """Stands for the computation: counts its calls, and waits until it is let go."""

    def __init__(self) -> None:
        self.calls, self.at_once, self.most_at_once = 0, 0, 0
        self.go = threading.Event()
        self.fails = False

    def __call__(self, *_: Any) -> Report:
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.go.wait(10)
        self.at_once -= 1
        if self.fails:
            raise StoreError("gone")
        return Numbered(self.calls)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    slow = Slow()
    monkeypatch.setattr(reports, "compute", slow)
    return slow


def test_the_loop_goes_on_while_a_report_is_computed_once_for_all_who_ask(
    filled: Store, champion: Champion, slow: Slow
) -> None:
    async def run() -> None:
        kept = Reports(filled, ReportSettings())
        waiting = [asyncio.create_task(kept.get(ReportRequest("reps"), champion)) for _ in range(5)]
        other = asyncio.create_task(kept.get(ReportRequest("funnel"), champion))
        await asyncio.sleep(0.05)
        assert not waiting[0].done()  # and yet this line was reached
        waiting[0].cancel()
        slow.go.set()
        told = await asyncio.gather(*waiting[1:], other)
        assert told[:4] == [Numbered(1)] * 4
        assert (slow.calls, slow.most_at_once) == (2, 1)

    asyncio.run(run())


def test_reports_are_kept_for_minutes_by_date_and_version_and_not_without_end(
    filled: Store, champion: Champion, slow: Slow
) -> None:
    slow.go.set()

    async def run() -> None:
        clock = Clock()
        kept = Reports(filled, ReportSettings(), clock)
        first = await kept.get(ReportRequest("reps"), champion)
        assert await kept.get(ReportRequest("reps"), champion) is first
        assert await kept.get(ReportRequest("reps", 5), champion) != first
        clock.seconds += reports.KEPT_SECONDS
        assert await kept.get(ReportRequest("reps"), champion) != first
        for day in range(100):
            await kept.get(ReportRequest("reps", day), champion)
        assert len(kept._kept) <= reports.MAX_KEPT

    asyncio.run(run())


def test_what_failed_is_tried_again(filled: Store, champion: Champion, slow: Slow) -> None:
    slow.go.set()

    async def run() -> None:
        kept = Reports(filled, ReportSettings())
        slow.fails = True
        with pytest.raises(StoreError, match="gone"):
            await kept.get(ReportRequest("reps"), champion)
        slow.fails = False
        assert await kept.get(ReportRequest("reps"), champion) == Numbered(2)

    asyncio.run(run())
