"""A file in the browser is scored as on the command line, and nothing of it is kept."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from serving.champion.champion import Champion
from serving.pages.routes import own_file
from serving.schemas.score import Score
from serving.store.keys import Role, Secret
from tests.serving.pages.routes.conftest import Browser, token_of

LEADS = "lead_id,created_at,as_of,source,budget\n" + "\n".join(
    f"{lead_id},2026-10-01,2026-10-20,{source},{budget}"
    for lead_id, source, budget in [("Ж1", "webinar", "none"), ("L2", "trade show", "over 50"), ("=1+1", "webinar", "")]
)


def send(client: TestClient, content: bytes, name: str = "leads.csv", **fields: str) -> Any:
    token = token_of(client.get("/pages/file").text)
    return client.post("/pages/file", data={"token": token, **fields}, files={"leads": (name, content)})


def test_a_file_comes_back_with_scores_that_are_those_of_the_model(
    browser: Browser, tokens: dict[Role, Secret], champion: Champion, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    answer = send(browser(tokens["admin"]), LEADS.encode())
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].endswith('"scores.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["lead_id"].lstrip("'") for row in rows] == ["Ж1", "L2", "=1+1"]
    (score,) = champion.score(
        [
            {
                "lead_id": "Ж1",
                "created_at": "2026-10-01",
                "as_of": "2026-10-20",
                "fields": {"source": "webinar", "budget": "none"},
            }
        ],
        datetime.now(UTC),
    )
    assert isinstance(score, Score)
    assert float(rows[0]["probability"]) == pytest.approx(score.probability, abs=1e-9)
    assert rows[1]["problem"]
    assert answer.headers["x-glengarry-scored"] == "2 leads scored, 1 broke a rule"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("leads.exe", b"MZ", 400, "must be a file that ends with"),
        ("leads", b"x", 400, "must be a file that ends with"),
        ("leads.xlsx", b"no workbook", 422, 'role="alert"'),
        ("leads.parquet", b"no parquet", 422, 'role="alert"'),
        ("../../etc/passwd.csv", b"", 422, 'role="alert"'),
        ("leads.csv", b"x" * 100_001, 413, "100,000"),
    ],
)
def test_what_cannot_be_read_is_said(
    browser: Browser, tokens: dict[Role, Secret], name: str, content: bytes, status: int, words: str
) -> None:
    answer = send(browser(tokens["admin"]), content, name)
    assert answer.status_code == status, answer.text
    assert words in answer.text


def test_a_file_needs_the_token_and_is_one(browser: Browser, tokens: dict[Role, Secret]) -> None:
    client = browser(tokens["admin"])
    files = {"leads": ("leads.csv", LEADS.encode())}
    assert client.post("/pages/file", data={"token": "x"}, files=files).status_code == 403
    assert client.post("/pages/file", files=files).status_code == 403
    token = token_of(client.get("/pages/file").text)
    assert client.post("/pages/file", data={"token": token}).status_code == 415
    assert client.post("/pages/file", data={"token": token}, files={"other": ("a.csv", b"x")}).status_code == 400


def test_a_file_of_more_leads_than_a_post_can_hold_is_left_to_the_command_line(
    browser: Browser, tokens: dict[Role, Secret], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_file, "MAX_LEADS", 2)
    answer = send(browser(tokens["admin"]), LEADS.encode())
    assert answer.status_code == 422
    assert "at most 2 leads, got more: use the command line" in answer.text
