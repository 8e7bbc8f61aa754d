"""`glengarry mcp`: what it needs is said before anything is served. What it serves is tried in tests/serving/agents."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from serving.cli.commands.agents import NoToolsError, mcp
from serving.settings.settings import KEY_VARIABLE


def test_over_stdio_a_key_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    with pytest.raises(NoToolsError, match="GLENGARRY_KEY must hold a key of the service"):
        mcp(url="http://127.0.0.1:1")


@pytest.mark.parametrize("address", ["3001", "host:", ":3001", "host:0", "host:65536", "host:x"])
def test_an_address_is_a_host_and_a_port(address: str) -> None:
    with pytest.raises(NoToolsError, match="--http must be HOST:PORT"):
        mcp(url="http://127.0.0.1:1", http=address)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "gly_x")
    for name in [
        name for name in sys.modules if name.split(".")[0] == "mcp" or name.startswith("serving.agents.server")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(NoToolsError, match=r"install `glengarry\[mcp\]`"):
        mcp(settings=tmp_path / "none.toml", url="http://127.0.0.1:1")


def test_over_http_connections_that_say_nothing_are_closed_as_those_of_the_service_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []

    async def run_http(*_: object) -> None:
        done.append("served")

    monkeypatch.setattr("serving.runtime.silent_connections.close_silent_connections", lambda: done.append("closed"))
    monkeypatch.setattr("serving.runtime.server.allow_open_files", lambda: done.append("as many as may be"))
    monkeypatch.setattr("serving.agents.server.run_http", run_http)
    mcp(url="http://127.0.0.1:1", http="127.0.0.1:3001")
    assert done == ["as many as may be", "closed", "served"]
