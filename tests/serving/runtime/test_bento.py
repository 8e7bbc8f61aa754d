"""A built Bento serves without settings, registry and checkout."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.harness.keys import bearer, make_tokens
from bench.harness.processes import SECONDS, environment, free_port, running
from serving.champion.champion import Champion
from serving.champion.finding import FOLDER_VARIABLE, keep
from serving.runtime.bento import NotACheckoutError, build_with
from serving.settings.settings import STORE_VARIABLE

BUILD = """
import os
from serving.runtime.bento import build_with
from serving.champion.finding import find_champion
print("tag", build_with(find_champion(os.environ)))
"""


def run(command: list[str], home: Path, variables: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=home,
        env=environment(home) | variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_built_bento_serves_what_it_was_built_with(champion: Champion, tmp_path: Path, lead: dict[str, Any]) -> None:
    keep(champion, tmp_path / "kept")
    scripts = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    variables = {"BENTOML_HOME": str(tmp_path / "bentoml"), "BENTOML_DO_NOT_TRACK": "True", "PATH": scripts}

    output = run([sys.executable, "-c", BUILD], tmp_path, {**variables, FOLDER_VARIABLE: str(tmp_path / "kept")})
    tag = output.split("tag ")[1].strip()
    (code,) = (tmp_path / "bentoml" / "bentos" / "glengarry").glob("*/src")
    page = code / "serving" / "api" / "about.py"
    page.write_text(page.read_text(encoding="utf-8").replace('"service":', '"bento":'), encoding="utf-8")

    port = free_port()
    command = [sys.executable, "-m", "bentoml", "serve", tag, "--host", "127.0.0.1", "--port", str(port)]
    url = f"sqlite:///{tmp_path / 'store.db'}"
    key = bearer(make_tokens(url)["admin"])
    with running(command, port, tmp_path, {**variables, "PYTHONPATH": "", STORE_VARIABLE: url}) as server:
        score = httpx.post(f"{server.url}/score", json=lead, headers=key)
        (alone,) = champion.score([lead], datetime.now(UTC))

        assert score.json() == alone.model_dump(mode="json")
        assert "bento" in httpx.get(server.url, headers=key).json()  # it runs its own code, not that of the checkout


def test_code_without_pins_beside_it_is_no_checkout(
    champion: Champion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.runtime.bento.CODE", tmp_path)

    with pytest.raises(NotACheckoutError, match=r"needs pyproject.toml beside the code"):
        build_with(champion)
