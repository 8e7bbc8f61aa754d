"""The round on a page: begun by an admin alone, by rules that are those of the command line, and told as it stands."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from bench.harness.keys import make_tokens
from bench.harness.processes import SECONDS
from serving.batch.rounds import BegunRound, RoundState
from serving.champion.champion import Champion
from serving.cli.demo import write_settings
from serving.pages.render import Frame, render
from serving.pages.round import round_page
from serving.runtime.app import create_app
from serving.settings.settings import SETTINGS_VARIABLE
from serving.store.keys import Role, Secret
from serving.store.store import open_store
from serving.store.tables import AUDIT
from tests.serving.pages.routes.conftest import token_of

BEGUN = BegunRound("20260101T000000000000", "retrain", "boss <b>", 0, 7)
VERSIONS = [("3", 0, True), ("4", 86_400_000_000, False)]


@dataclass
class Office:
    """A running service with a settings file, an admin's browser, and a look into the store."""

    client: TestClient
    tokens: dict[Role, Secret]
    url: str

    def post(self, **fields: str) -> Any:
        shown = self.client.get("/pages/round").text
        return self.client.post("/pages/round", data={"token": token_of(shown), **fields})

    def actions(self) -> list[tuple[str, str]]:
        store = open_store(self.url)
        with store.reading() as connection:
            rows = connection.execute(sa.select(AUDIT).where(AUDIT.c.subject.like("round %")))
            found = [(row.action, row.detail) for row in rows]
        store.close()
        return found


@pytest.fixture
def office(champion: Champion, tmp_path: Path) -> Iterator[Office]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    tokens = make_tokens(url)
    environment = {SETTINGS_VARIABLE: str(write_settings(tmp_path))}
    made = create_app(lambda: champion, lambda: open_store(url), environment=environment)
    with TestClient(made, follow_redirects=False) as client:
        client.post("/pages/login", data={"key": tokens["admin"]})
        yield Office(client, tokens, url)


def test_a_round_is_begun_audited_and_told_to_its_end(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[list[str]] = []
    really = subprocess.Popen

    def instead(command: list[str], **others: Any) -> Any:
        begun.append(command)
        return really([*command[:4], command[0], "-c", "import sys; print('refused <b>'); sys.exit(3)"], **others)

    monkeypatch.setattr(subprocess, "Popen", instead)
    answer = office.post(act="promote", version="4", overrule="1", reason="--a fair; ends")
    assert (answer.status_code, answer.headers["location"]) == (303, "/pages/round")
    assert begun[0][4:8] == [begun[0][0], "-m", "serving.cli", "promote"]
    assert begun[0][-4:] == ["--reason=--a fair; ends", "--overrule", "--", "4"]
    end = time.monotonic() + SECONDS
    while "under way" in (shown := office.client.get("/pages/round").text):
        assert 'http-equiv="refresh"' in shown
        assert time.monotonic() < end
        time.sleep(0.05)
    assert "refused &lt;b&gt;" in shown
    assert "The gate refused: what served goes on serving. refused &lt;b&gt;" in shown
    assert "in spite of the gate: begun by test admin" in unescape(shown)
    assert office.actions() == [("promote begun", "4 overrules the gate --a fair; ends")]


@pytest.mark.parametrize(
    "fields",
    [
        {"act": "train"},
        {},
        {"act": "promote", "version": "--overrule"},
        {"act": "promote", "version": ""},
        {"act": "promote", "version": "4", "overrule": "1"},
        {"act": "rollback"},
        {"act": "rollback", "reason": "x" * 501},
    ],
)
def test_what_breaks_a_rule_begins_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str]
) -> None:
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("it was begun"))
    assert office.post(**fields).status_code == 400
    assert office.actions() == []
    token = token_of(office.client.get("/pages/round").text)
    assert office.client.post("/pages/round", data={"token": f"{token}x", "act": "retrain"}).status_code == 403


@pytest.mark.parametrize(
    ("kind", "code", "is_running", "words"),
    [
        ("retrain", None, True, "under way"),
        ("retrain", None, False, "killed before its end"),
        ("retrain", 0, False, "Done. Version 1 serves already."),
        ("retrain", 3, False, "The gate refused: what served goes on serving."),
        ("rollback", 1, False, "broke off"),
        ("rollback", 0, False, "Done."),
    ],
)
def test_how_a_round_stands_is_said(kind: Any, code: int | None, is_running: bool, words: str) -> None:
    state = RoundState(replace(BEGUN, kind=kind, version="4"), code, is_running, "a log\nVersion 1 serves already.\n\n")
    page = round_page(state, VERSIONS, UTC, 0)
    shown = render("round", Frame(), page=page, gate=None)
    assert words in page.came
    assert "boss <b>" in unescape(shown)
    assert "<b>" not in shown
    assert ("Begin the round" in shown) == (not is_running)
    assert re.findall(r'<option value="(\d+)"', shown) == ([] if is_running else ["4"])


def test_where_there_are_no_settings_nothing_can_be_begun_and_it_is_said() -> None:
    shown = render("round", Frame(), page=round_page(None, [], UTC, 0, "no settings here"), gate=None)
    assert "No settings here" in shown
    assert "<form" not in shown
    first = render("round", Frame(), page=round_page(None, [], UTC, 0, has_earlier=False), gate=None)
    assert "Nothing serves yet." in first
    assert "Begin the round" in first
    assert "Judge and promote" not in first
    assert "Roll back" not in first
