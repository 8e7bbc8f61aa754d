"""Keys made, listed and revoked from the command line; a secret is shown once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from serving.cli.program import app
from serving.settings.settings import load_settings
from serving.store.keys import KeyRing, NoRepsKeyError, NoSuchKeyError, UnknownRoleError
from serving.store.store import open_store


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "glengarry.toml"
    file.write_text("", encoding="utf-8")
    return file


def run(settings: Path, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["keys", *arguments, "--settings", str(settings)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_key_opens_until_it_is_revoked(settings: Path) -> None:
    assert "There is no key" in run(settings, "list")
    token = run(settings, "create", "web site", "--role", "form").strip()
    store = open_store(load_settings(settings).store_url)
    key = KeyRing(store).find(token)
    assert key is not None

    (listed,) = json.loads(run(settings, "list", "--json"))
    assert (listed["key_id"], listed["name"], listed["role"], listed["revoked_at"]) == (
        key.key_id,
        "web site",
        "form",
        None,
    )
    assert token.split("_", 2)[2] not in run(settings, "list")
    assert "'web site' is revoked" in run(settings, "revoke", key.key_id)
    assert KeyRing(store).find(token) is None
    with pytest.raises(NoSuchKeyError, match="got one that is revoked"):
        run(settings, "revoke", key.key_id)
    store.close()


def test_mistakes_are_told(settings: Path) -> None:
    with pytest.raises(UnknownRoleError, match="must be one of form, crm, rep, admin, got 'boss'"):
        run(settings, "create", "me", "--role", "boss")
    with pytest.raises(NoSuchKeyError, match="'none' must be the id of a good key, got none"):
        run(settings, "revoke", "none")


def test_a_reps_key_names_the_rep(settings: Path) -> None:
    run(settings, "create", "seven", "--role", "rep", "--rep", "R07")
    (listed,) = json.loads(run(settings, "list", "--json"))
    assert listed["rep_id"] == "R07"
    assert "R07" in run(settings, "list")
    with pytest.raises(NoRepsKeyError, match="got 'R07' with role crm: leave out --rep"):
        run(settings, "create", "crm", "--role", "crm", "--rep", "R07")
