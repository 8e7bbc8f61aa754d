"""Who is told is listed, told again and tried by commands."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from serving.cli.program import app
from serving.runtime import delivery_loop
from serving.store.deliveries import Failed, register, state_of
from serving.store.notices import NewNotice
from serving.store.store import open_store

TARGETS = """
[[outbox.targets]]
name = "crm"
url = "https://hooks.example.com/"
secret = "HOOK"
kinds = ["lead.moved"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "glengarry.toml").write_text(TARGETS, encoding="utf-8")
    store = open_store(f"sqlite:///{tmp_path / 'var' / 'store.db'}")
    with store.writing(0) as transaction:
        register(transaction, {"crm": frozenset({"lead.moved"})}, 0.05)
        transaction.announce([NewNotice("lead.moved", {}, "L1")])
    store.close()
    return tmp_path / "glengarry.toml"


def run(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["outbox", *map(str, arguments)])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def test_receivers_are_listed_with_what_waits(file: Path) -> None:
    (row,) = json.loads(run("list", "--json", "--settings", file))

    assert (row["receiver"], row["is_on"], row["sent"], row["waiting"], row["given_up"]) == ("crm", True, 0, 1, 0)
    assert run("list", "--settings", file) == "crm: on, 0 sent, 1 waiting, 0 given up\n"


def test_receiver_is_told_again(file: Path) -> None:
    store = open_store(f"sqlite:///{file.parent / 'var' / 'store.db'}")
    said = run("replay", "crm", "--since", "1960-01-01", "--settings", file)
    assert said == "crm is told from 1960-01-01 on, as soon as the service runs.\n"
    assert store.ask(state_of, "crm").since < 0
    assert "from where it was" in run("replay", "crm", "--settings", file)
    store.close()
    done = CliRunner().invoke(app, ["outbox", "replay", "nobody", "--settings", str(file)])
    assert "There must be a receiver 'nobody'" in str(done.exception)


@pytest.mark.parametrize(
    ("failed", "code", "said"), [(None, 0, "crm took it."), (Failed("no answer"), 1, "did not take it: no answer.")]
)
def test_receiver_is_tried(
    file: Path, monkeypatch: pytest.MonkeyPatch, failed: Failed | None, code: int, said: str
) -> None:
    def send(batch: Any, _: float) -> Any:
        assert [notice.kind for notice in batch] == ["test"]
        return {batch[0].notice_id: failed}

    stand_in = SimpleNamespace(name="crm", kinds=frozenset(), send=send)
    monkeypatch.setattr(delivery_loop, "deliveries_of", lambda *_: [stand_in])

    assert said in run("test", "crm", "--settings", file, code=code)
    done = CliRunner().invoke(app, ["outbox", "test", "nobody", "--settings", str(file)])
    assert "There must be a receiver 'nobody'" in str(done.exception)
