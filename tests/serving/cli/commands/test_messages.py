"""Somebody is sent a message to try, and it is shown what they would be sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from serving.cli.program import app
from serving.store.deliveries import register, states
from serving.store.notices import NewNotice
from serving.store.store import open_store
from tests.serving.outbox.receivers import mailbox

PEOPLE = """
[[outbox.messages]]
name = "ops"
role = "operator"
url_variable = "OPS_URL"

[[outbox.messages]]
name = "ann"
role = "manager"
url_variable = "ANN_URL"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "glengarry.toml").write_text(PEOPLE, encoding="utf-8")
    store = open_store(f"sqlite:///{tmp_path / 'var' / 'store.db'}")
    with store.writing(0) as transaction:
        register(transaction, {"ops": frozenset({"refresh.failed"})}, 0.05)
        transaction.announce([NewNotice("refresh.failed", {"after": {"why": "no table leads"}})])
    store.close()
    return tmp_path / "glengarry.toml"


def run(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["messages", *map(str, arguments)])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def test_message_to_try_arrives(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with mailbox() as box:
        monkeypatch.setenv("OPS_URL", box.address)
        assert run("test", "ops", "--settings", file) == "ops was told.\n"
        box.is_full = True
        assert "ops was not told: " in run("test", "ops", "--settings", file, code=1)
    assert [mail["subject"] for mail in box.mails] == ["Glengarry tries whether this arrives"]
    refused = run("test", "ann", "--settings", file, code=1)
    assert "environment variable ANN_URL" in refused
    assert refused.endswith("addresses.\n")
    done = CliRunner().invoke(app, ["messages", "test", "bob", "--settings", str(file)])
    assert "There must be somebody 'bob'" in str(done.exception)


def test_who_has_nothing_to_be_told_reads_so(tmp_path: Path) -> None:
    (tmp_path / "glengarry.toml").write_text(PEOPLE, encoding="utf-8")
    open_store(f"sqlite:///{tmp_path / 'var' / 'store.db'}").close()
    assert run("preview", "ops", "--settings", tmp_path / "glengarry.toml") == (
        "Nothing of which ops is told happened lately.\n\n"
    )


def test_what_would_be_sent_is_shown_and_nothing_is_sent(file: Path) -> None:
    said = run("preview", "ops", "--settings", file)
    assert said.startswith(
        "New outcomes could not be taken in\nNew outcomes could not be taken in.\n- no table leads\n"
    )
    (week,) = json.loads(run("preview", "ann", "--json", "--settings", file))
    assert week["title"] == "The week: no model serves"
    run("preview", "ann", "--page", file.parent / "week.html", "--settings", file)
    assert "no model serves" in (file.parent / "week.html").read_text(encoding="utf-8")
    store = open_store(f"sqlite:///{file.parent / 'var' / 'store.db'}")
    assert [state.sent for state in store.ask(states)] == [0]
    store.close()
