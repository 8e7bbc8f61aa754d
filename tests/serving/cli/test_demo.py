"""The demo: a key that works, and open leads with a past."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from serving.analytics.replay import replay_all
from serving.champion.champion import Champion
from serving.champion.versions import VersionCache
from serving.cli import demo
from serving.cli.commands import service
from serving.cli.demo import make_key, write_settings
from serving.runtime.server import PortTakenError
from serving.settings.secret import EXPLORATION
from serving.settings.settings import STORE_VARIABLE, load_settings
from serving.store import reading
from serving.store.keys import KeyRing
from serving.store.listing import ListingPage, list_leads
from serving.store.store import open_store


def test_each_demo_has_a_key_of_its_own(tmp_path: Path) -> None:
    settings = load_settings(write_settings(tmp_path))
    first, second = make_key(settings), make_key(settings)

    store = open_store(settings.store_url)
    ring = KeyRing(store)
    found = ring.find(second)
    assert ring.find(first) is None
    assert found is not None
    assert found.role == "admin"
    store.close()


def test_demo_leaves_the_store_that_the_environment_names_alone(
    champion: Champion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled: list[str] = []
    monkeypatch.setenv(STORE_VARIABLE, "postgresql://ann@db/leads")
    monkeypatch.setattr(demo, "make_company", lambda folder, _: write_settings(folder))
    monkeypatch.setattr(demo, "fill_store", lambda settings, *_: filled.append(settings.store_url))
    monkeypatch.setattr("serving.champion.finding.from_registry", lambda _: champion)
    monkeypatch.setattr("serving.cli.commands.service.train", lambda _: None)

    service.demo(tmp_path, serving=False)

    assert filled == [f"sqlite:///{(tmp_path / 'var' / 'store.db').as_posix()}"]
    assert STORE_VARIABLE not in os.environ


def test_demo_refuses_a_port_that_is_taken_before_it_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(STORE_VARIABLE, raising=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        file = write_settings(tmp_path)
        file.write_text(f"{file.read_text(encoding='utf-8')}\n[service]\nport = {port}\n", encoding="utf-8")
        with pytest.raises(PortTakenError, match=str(port)):
            service.demo(tmp_path)


def test_demo_has_open_leads_whose_scores_have_moved_by_what_was_known(
    champion: Champion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 11, 25, 10, tzinfo=UTC)
    monkeypatch.setattr(demo, "LEADS", 300)
    settings = load_settings(demo.make_company(tmp_path, now))
    for day in (0, 1):
        demo.fill_store(settings, champion, now + timedelta(days=day))

    store = open_store(settings.store_url)
    leads = store.ask(list_leads, ListingPage(order="-probability", status="open", most=500))
    scores = [score for lead in leads for score in store.ask(reading.scores_of, lead.lead_id)]
    serving = replace(champion, secret=EXPLORATION.find(os.environ, settings.var))
    replays = list(replay_all(store, VersionCache(lambda: serving, None), 0))
    store.close()

    assert len(leads) > 20
    assert len(scores) > 3 * len(leads)
    assert any(lead.moved for lead in leads)
    assert [one for one in replays if one.difference is not None] == []
