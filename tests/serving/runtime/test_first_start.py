"""In an empty folder, `glengarry serve` opens the page of own data, to who has its key, and answers nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from features.settings.folders import private_folder
from serving.batch import own_data
from serving.batch.own_data import OwnData
from serving.runtime.first_start import create_first_app, is_first_start
from serving.settings.settings import STORE_VARIABLE
from serving.store.keys import create_key
from serving.store.store import Store, open_store
from tests.serving.pages.routes.conftest import token_of


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """The store of a first start; the app closes it."""
    return open_store(f"sqlite:///{private_folder(tmp_path / 'var' / 'first-start') / 'store.db'}")


@pytest.fixture
def client(store: Store, tmp_path: Path) -> Iterator[TestClient]:
    """A browser before a login."""
    with TestClient(create_first_app(store, tmp_path / "var", {}), follow_redirects=False) as client:
        yield client


def test_own_data_are_for_who_has_the_key(
    client: TestClient, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/", headers={"accept": "text/html"}).headers["location"] == "/pages"
    assert client.get("/pages/own").headers["location"].startswith("/pages/login")
    assert client.post("/pages/login", data={"key": "gly_000000000000_x"}).status_code == 401
    answer = client.post("/pages/login", data={"key": create_key(store, "first-start", "admin", 0)})
    assert client.get(answer.headers["location"]).headers["location"] == "/pages/own"
    shown = client.get("/pages/own")
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert "A first start" in shown.text
    assert "in use" not in shown.text
    assert client.get("/pages/overview").status_code == 404
    assert 'href="/pages/own"' in client.get("/pages/overview").text

    begun = []
    monkeypatch.setattr(own_data, "begin", lambda *given: begun.append(given))
    assert client.post("/pages/own/files", data={"token": "x"}, files=[("files", ("a.csv", b"x"))]).status_code == 403
    sent = client.post("/pages/own/files", data={"token": token_of(shown.text)}, files=[("files", ("a.csv", b"x"))])
    assert sent.headers["location"] == "/pages/own"
    assert [file.name for file in OwnData(tmp_path / "var" / "own-data").files()] == ["a.csv"]
    assert len(begun) == 1
    client.post("/pages/logout", data={"token": token_of(shown.text)})
    assert client.get("/pages/own").status_code == 303


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/readyz"), ("POST", "/leads"), ("POST", "/score"), ("DELETE", "/leads/L1")],
)
def test_who_asks_for_more_is_to_ask_again_later(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 503
    assert "no model here yet" in answer.json()["detail"]


def test_a_folder_is_empty_or_it_is_no_first_start(tmp_path: Path) -> None:
    assert is_first_start(tmp_path, {})
    assert not is_first_start(tmp_path, {STORE_VARIABLE: "postgresql://there"})
    (tmp_path / ".git").mkdir()
    (tmp_path / "var" / "own-data").mkdir(parents=True)
    (tmp_path / "var" / "first-start").mkdir()
    assert is_first_start(tmp_path, {})
    (tmp_path / "var" / "store.db").touch()  # of a service whose settings are gone
    assert not is_first_start(tmp_path, {})
    (tmp_path / "var" / "store.db").unlink()
    (tmp_path / "leads.csv").touch()
    assert not is_first_start(tmp_path, {})
