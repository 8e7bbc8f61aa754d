"""A form's lead becomes a scored one in the CRM by itself, and what is answered there comes back and moves it, over the network."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from bench.harness.crm_stand_in import served
from bench.harness.hubspot_stand_in import HubSpotStandIn
from bench.harness.keys import make_tokens
from serving.champion.champion import Champion
from serving.crm.http import CrmBusyError, CrmError
from serving.runtime.app import create_app
from serving.runtime.crm_loop import CrmRounds, CrmWatch, work_until
from serving.settings.crm import CrmSettings
from serving.settings.outbox import OutboxSettings
from serving.settings.settings import STORE_VARIABLE, Settings
from serving.settings.webhooks import WebhookSettings
from serving.store.crm_records import crm_position, take_turn
from serving.store.listing import leads_named
from serving.store.store import Store, open_store
from tests.serving.conftest import Service
from tests.serving.crm.conftest import CONTACTS, ENVIRONMENT, HUBSPOT, WEBHOOKS, Desk
from tests.serving.crm.conftest import clerk as clerk

PATIENCE = 60.0
"""Seconds after which a test gives up."""


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def settings_with(champion: Champion, *crm: CrmSettings, **more: Any) -> Settings:
    schema = {name: getattr(champion.intake, name) for name in type(champion.intake).model_fields}
    webhooks = {name: WebhookSettings(**told) for name, told in WEBHOOKS.items()}
    return Settings(**schema, webhooks=webhooks, crm=crm, **more)


def now() -> int:
    return time.time_ns() // 1_000


@contextmanager
def working(store: Store, settings: Settings, champion: Champion) -> Iterator[CrmRounds]:
    """Let a thread work for the CRM."""
    rounds = CrmRounds(store, settings, settings.crm[0], lambda: champion, ENVIRONMENT, now, "here")
    stop = Event()
    thread = Thread(target=work_until, args=(rounds, stop))
    thread.start()
    try:
        yield rounds
    finally:
        stop.set()
        thread.join()


def probability(store: Store, lead_id: str) -> float | None:
    (lead,) = store.ask(leads_named, [lead_id])
    found: float | None = lead.probability
    return found


def test_a_form_post_becomes_a_score_in_the_crm_and_an_answer_there_moves_it(clerk: Champion, url: str) -> None:
    stand_in = HubSpotStandIn()
    stand_in.put("812", email="ada@nordwind.example", budget="none")  # the CRM knows her, by a form of its own
    tokens, store = make_tokens(url), open_store(url)
    app = create_app(lambda: clerk, lambda: open_store(url))
    with served(stand_in) as address, TestClient(app) as client:
        crm = CONTACTS.model_copy(update={"address": address, "pull_minutes": 0.02})
        running = Service(client, tokens, store)
        with working(store, settings_with(clerk, crm.model_copy(update={"webhook": ""})), clerk):
            told = {"lead_id": "form-1", "fields": {"budget": "none", "mail": "ada@nordwind.example"}}
            running.tell("/leads", told, role="form")
            wait_until(lambda: "glengarry_probability" in stand_in.records["812"])
            first = stand_in.records["812"]["glengarry_probability"]
            assert first == pytest.approx(probability(store, "form-1"), abs=5e-4)

            at = {"value": time.time_ns() // 1_000_000}
            said = {"budget": {"value": "some"}, "email": {"value": "ada@nordwind.example"}}
            message = {"objectId": 812, "properties": {"createdate": at, "hs_lastmodifieddate": at, **said}}
            running.tell("/webhooks/hubspot", message, status=200, role="crm")
            wait_until(lambda: stand_in.records["812"]["glengarry_probability"] != first)
            second = stand_in.records["812"]["glengarry_probability"]
            assert second == pytest.approx(probability(store, "form-1"), abs=5e-4)

        with working(store, settings_with(clerk, crm), clerk):  # and by a pull, where no webhook comes
            stand_in.ticks = round(time.time() - 1_767_603_600)  # the CRM's clock shows the time of now
            stand_in.put("812", budget="none")
            wait_until(lambda: stand_in.records["812"]["glengarry_probability"] != second)
        assert stand_in.broken == []
    store.close()


def test_a_crm_that_is_gone_is_said_and_told_when_it_is_back(clerk: Champion, store: Store) -> None:
    ahead = 0
    settings = settings_with(clerk, HUBSPOT.model_copy(update={"address": "http://127.0.0.1:9", "webhook": ""}))
    rounds = CrmRounds(
        store, settings, settings.crm[0], lambda: clerk, {}, lambda: now() + ahead, "here", sleep=lambda _: None
    )
    Desk(store, clerk).add("17")
    rounds.look()
    trouble = store.ask(crm_position, "crm", "trouble")
    assert trouble is not None
    assert "must have CRM_TOKEN for crm 'crm'" in trouble.place
    rounds.close()

    stand_in = HubSpotStandIn()
    stand_in.put("17")
    times: dict[str, Any] = {"sleep": lambda _: None}
    again = CrmRounds(
        store, settings, settings.crm[0], lambda: clerk, ENVIRONMENT, now, "there", stand_in.transport(), **times
    )
    again.look()
    assert "glengarry_route" in stand_in.records["17"]
    cleared = store.ask(crm_position, "crm", "trouble")
    assert cleared is not None
    assert cleared.place == ""
    again.close()


@pytest.mark.parametrize("asked", ["", "inf", "1e300"])
def test_no_number_of_failures_and_no_wait_that_is_asked_for_ends_the_work(
    asked: str, clerk: Champion, store: Store
) -> None:
    clock = [now()]
    settings = settings_with(clerk, HUBSPOT.model_copy(update={"webhook": ""}))
    stand_in = HubSpotStandIn()
    stand_in.put("17")
    environment = ENVIRONMENT if asked else {}
    times: dict[str, Any] = {"sleep": lambda _: None}
    rounds = CrmRounds(
        store,
        settings,
        settings.crm[0],
        lambda: clerk,
        environment,
        lambda: clock[0],
        "here",
        stand_in.transport(),
        **times,
    )
    Desk(store, clerk).add("17")
    for _ in range(3 if asked else 1100):
        stand_in.failures = deque([httpx.Response(429, headers={"retry-after": asked})] * 9 if asked else [])
        rounds.look()
        clock[0] += round(86_401 * 1e6)
    if asked:
        stand_in.failures.clear()
        rounds.look()
        assert "glengarry_route" in stand_in.records["17"]
    rounds.close()


def test_one_machine_at_a_time_works_for_a_crm(clerk: Champion, store: Store) -> None:
    stand_in = HubSpotStandIn()
    settings = settings_with(clerk, HUBSPOT.model_copy(update={"webhook": ""}))
    with store.writing(now()) as transaction:
        assert take_turn(transaction, "crm", "elsewhere", now(), now() + 60_000_000)
    rounds = CrmRounds(store, settings, settings.crm[0], lambda: clerk, ENVIRONMENT, now, "here", stand_in.transport())
    rounds.look()
    assert store.ask(crm_position, "crm", "scores") is None
    with store.writing(now()) as transaction:
        assert not take_turn(transaction, "crm", "here", now(), now() + 60_000_000)
        assert take_turn(transaction, "crm", "here", now() + 60_000_001, now() + 120_000_000)
    rounds.close()


def test_a_crm_that_takes_nothing_is_pulled_all_the_same_and_busy_ones_are_said(
    clerk: Champion, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = HubSpotStandIn()
    stand_in.put("17", budget="none")
    settings = settings_with(clerk, HUBSPOT)
    rounds = CrmRounds(store, settings, settings.crm[0], lambda: clerk, ENVIRONMENT, now, "here", stand_in.transport())
    troubles: deque[Exception] = deque([CrmBusyError("it asks for a day", 86_400), CrmError("not this week")])
    clock = [now()]
    monkeypatch.setattr(rounds, "clock", lambda: clock[0])

    def fail() -> None:
        raise troubles.popleft()

    monkeypatch.setattr(rounds._writer, "round", fail)
    for said in ("it asks for a day", "not this week"):
        rounds.look()
        trouble = store.ask(crm_position, "crm", "trouble")
        assert trouble is not None
        assert trouble.place == said
        clock[0] += round(86_401 * 1e6)
    assert probability(store, "17") is not None  # pulled and scored, though nothing could be written
    assert store.ask(crm_position, "crm", "turn") is None
    rounds.close()


def test_work_that_is_to_stop_ends_after_the_batch_that_it_is_at(clerk: Champion, store: Store) -> None:
    stand_in, stop = HubSpotStandIn(), Event()
    settings = settings_with(clerk, HUBSPOT.model_copy(update={"webhook": ""}))
    rounds = CrmRounds(
        store, settings, settings.crm[0], lambda: clerk, ENVIRONMENT, now, "here", stand_in.transport(), stop=stop
    )
    stand_in.put("17")
    stand_in.put("18")
    Desk(store, clerk).add("17", "18")
    write, rounds._target.most = rounds._target.write, 1

    def write_once(writings: Any) -> Any:
        stop.set()
        return write(writings)

    rounds._target.write = write_once  # type: ignore[method-assign]
    rounds.look()
    assert [one for one in ("17", "18") if "glengarry_route" in stand_in.records[one]] == ["17"]
    rounds.look()
    assert "glengarry_route" not in stand_in.records["18"]
    rounds.close()


def test_watch_does_not_wait_for_work_that_does_not_end(
    clerk: Champion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = Event(), Event()

    def look(_: CrmRounds) -> None:
        begun.set()
        may_end.wait(PATIENCE)

    monkeypatch.setattr(CrmRounds, "look", look)
    monkeypatch.setattr("serving.runtime.crm_loop.STOP_SECONDS", 0.0)
    environment = {**ENVIRONMENT, STORE_VARIABLE: f"sqlite:///{tmp_path / 'store.db'}"}
    on = HUBSPOT.model_copy(update={"webhook": ""})
    watch = CrmWatch(settings_with(clerk, on, folder=tmp_path), environment)
    watch.look()
    (first,) = watch._threads
    assert begun.wait(PATIENCE)
    other = {"outbox": OutboxSettings(moved_by=0.5)}
    watch.take(settings_with(clerk, on, folder=tmp_path, **other))
    watch.look()
    assert watch._threads == [first]
    assert not watch._stop.is_set()  # what CRMs do not read ends nothing

    watch.take(settings_with(clerk, on.model_copy(update={"least_move": 0.5}), folder=tmp_path))
    watch.look()
    assert first.is_alive()
    assert watch._stop.is_set()
    may_end.set()
    first.join(PATIENCE)
    watch.look()
    assert watch._threads != [first]
    watch.end(patience=None)


def test_only_crms_that_are_on_have_a_thread_and_new_settings_are_taken(clerk: Champion, tmp_path: Path) -> None:
    stand_in = HubSpotStandIn()
    store_url = f"sqlite:///{tmp_path / 'store.db'}"
    with served(stand_in) as address:
        crm = HUBSPOT.model_copy(update={"address": address, "webhook": "", "state": "testing"})
        here = {"folder": tmp_path}
        watch = CrmWatch(settings_with(clerk, crm, **here), {**ENVIRONMENT, STORE_VARIABLE: store_url})
        watch.look()
        assert watch._threads == []
        store = open_store(store_url)
        watch.take(settings_with(clerk, crm.model_copy(update={"state": "on"}), **here))
        watch.look()
        wait_until(lambda: store.ask(crm_position, "crm", "scores") is not None)
        watch.end(patience=None)
        assert store.ask(crm_position, "crm", "turn") is None
        store.close()
