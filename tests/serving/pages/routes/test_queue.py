"""The queue: what is asked for, in the order that is asked for, and as a file that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from bench.harness.keys import bearer, make_tokens
from serving.champion.champion import Champion
from serving.pages.queue import export_row
from serving.runtime.app import create_app
from serving.store.keys import create_key
from serving.store.records import LeadStanding
from serving.store.store import open_store

HOSTILE = "=<script>alert('x')</script>&\"'"


@pytest.fixture(scope="module")
def client(champion: Champion, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A rep's browser, before sixty open leads, one that is lost, and one of hostile text."""
    url = f"sqlite:///{tmp_path_factory.mktemp('queue') / 'store.db'}"
    tokens = make_tokens(url)
    with TestClient(create_app(lambda: champion, lambda: open_store(url)), follow_redirects=False) as client:
        for start in range(0, 60, 20):
            tell(client, tokens["admin"], "/leads", {"leads": [a_lead(n) for n in range(start, start + 20)]})
        fields = {"source": HOSTILE, "campaign": HOSTILE}
        tell(client, tokens["admin"], "/leads", {"leads": [{"lead_id": HOSTILE, "fields": fields}, a_lead(99)]})
        outcome = {"lead_id": "L99", "closed_at": "2026-10-20", "won": False}
        tell(client, tokens["admin"], "/outcomes", {"outcomes": [outcome]})
        call = {"lead_id": "L05", "kind": "call", "occurred_at": "2026-10-20T10:00:00Z", "rep_id": "R <7>"}
        tell(client, tokens["admin"], "/events", {"events": [call]})
        assert client.post("/pages/login", data={"key": tokens["rep"]}).status_code == 303
        client.headers["x-test-key"] = str(tokens["rep"])
        yield client


def a_lead(n: int) -> dict[str, Any]:
    fields = {"source": ("webinar", "trade show")[n % 2], "budget": ("none", "over 50,000")[n % 2]}
    return {"lead_id": f"L{n:02d}", "created_at": f"2026-10-{1 + n % 28:02d}T00:00:00Z", "fields": fields}


def tell(client: TestClient, key: str, path: str, content: Any) -> None:
    answer = client.post(path, json=content, headers=bearer(key))
    assert answer.status_code == 200, answer.text


def shown(client: TestClient, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    paths = re.findall(r'<th scope="row"[^>]*><a href="/pages/leads/([^"]+)">', answer.text)
    return [unquote(unescape(path)) for path in paths]


def from_api(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"/leads?{query}", headers=bearer(client.headers["x-test-key"]))
    assert answer.status_code == 200, answer.text
    return [lead["lead_id"] for lead in answer.json()["leads"]]


@pytest.mark.parametrize(
    ("chosen", "asked"),
    [
        ("", "order=-expected_value&status=open"),
        ("order=probability", "order=-probability&status=open"),
        ("order=newest&route=&search=", "order=-created_at&status=open"),
        ("source=webinar", "order=-expected_value&status=open&source=webinar"),
        ("owner=R+%3C7%3E", "order=-expected_value&status=open&owner=R+%3C7%3E"),
        ("search=l1", "order=-expected_value&status=open&search=l1"),
        ("step=target&route=rep", "order=-expected_value&status=open&step=target&route=rep"),
        ("band=10", "order=-expected_value&status=open&least_probability=0.1&below_probability=0.2"),
        ("band=90", "order=-expected_value&status=open&least_probability=0.9"),
        ("changed=week", "order=-expected_value&status=open&changed_since=2026-01-01"),
    ],
)
def test_the_queue_shows_what_the_api_lists(client: TestClient, chosen: str, asked: str) -> None:
    assert shown(client, f"/pages/leads?{chosen}") == from_api(client, asked)


def test_the_queue_goes_on_where_the_page_before_ended(client: TestClient) -> None:
    first = client.get("/pages/leads?order=newest").text
    following = re.search(r'<a href="([^"]+)">Next page</a>', first)
    assert following is not None
    assert "1 to 50 of 61 open leads" in first

    path = unescape(following[1])
    listed = shown(client, "/pages/leads?order=newest") + shown(client, path)

    assert len(listed) == len(set(listed)) == 61
    second = client.get(path).text
    assert "Next page" not in second
    assert "First page" in second
    assert "51 to 61 of 61 open leads" in second


@pytest.mark.parametrize(
    "query",
    [
        "band=x",
        "band=101",
        "band=-1",
        f"band={'1' * 5_000}",
        "route=none",
        "order=age",
        "changed=ever",
        "cursor=abc",
        "x=1",
    ],
)
def test_what_nobody_can_choose_by_is_refused_with_a_page(client: TestClient, query: str) -> None:
    answer = client.get(f"/pages/leads?{query}")

    assert answer.status_code == 422
    assert "<h1>The request breaks rules</h1>" in answer.text


def test_nothing_found_is_said(client: TestClient) -> None:
    assert "No lead fits." in client.get("/pages/leads?search=nobody").text


def test_empty_queue_says_how_leads_come_in(champion: Champion, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    tokens = make_tokens(url)
    with TestClient(create_app(lambda: champion, lambda: open_store(url)), follow_redirects=False) as client:
        client.post("/pages/login", data={"key": tokens["rep"]})
        assert "No open lead has a score yet." in client.get("/pages/leads").text


def test_hostile_text_is_shown_as_text(client: TestClient) -> None:
    html = client.get("/pages/leads?search=script").text

    assert html.count("<script") == html.count('<script src="/pages/static/queue.js" defer></script>') == 1
    assert HOSTILE in unescape(html)
    assert "R <7>" in unescape(client.get("/pages/leads").text)


FORMULAS = ["=1", "x;=1", "x\t=1", "x\r\n=1", 'x;"=1', "x; '=1", "x|+1", "x;\u200b=1", "x;＝1"]  # noqa: RUF001


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_no_cell_of_an_export_is_a_formula_whatever_sign_ends_cells(text: str, delimiter: str) -> None:
    written = io.StringIO()
    csv.writer(written).writerow(export_row(LeadStanding(lead_id="L1", created_at=0, name=text, source=text)))

    rows = list(csv.reader(re.split(r"[\r\n]+", written.getvalue()), delimiter=delimiter))

    starts = {cell.strip("\"' \u200b\ufeff")[:1] for row in rows for cell in row if not cell.startswith("'")}
    assert starts.isdisjoint("=+-@＝")  # noqa: RUF001


@pytest.mark.parametrize("text", ["Acme; Berlin", "a-b", "1 + 1 = 2", "R&D", "Jane @ Acme", "50 %"])
def test_export_changes_no_text_without_a_formula(text: str) -> None:
    assert export_row(LeadStanding(lead_id="L1", created_at=0, name=text))[1] == text


def test_export_holds_the_whole_list_and_no_formula(client: TestClient) -> None:
    answer = client.get("/pages/leads.csv?order=newest")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="leads-\d{4}-\d\d-\d\d\.csv"', answer.headers["content-disposition"])
    assert len(rows) == 61
    (hostile,) = (row for row in rows if "script" in row["lead_id"])
    assert hostile["lead_id"] == f"'{HOSTILE}"
    assert hostile["source"] == f"'{HOSTILE}"
    assert {row["source"] for row in rows} == {"webinar", "trade show", f"'{HOSTILE}"}
    assert all(0 < float(row["probability"]) < 1 for row in rows)
    assert [
        row["lead_id"] for row in csv.DictReader(io.StringIO(client.get("/pages/leads.csv?search=L05").text[1:]))
    ] == ["L05"]


def test_every_text_of_an_export_is_quoted_and_tells_why(client: TestClient) -> None:
    text = client.get("/pages/leads.csv?order=newest").text
    rows = list(csv.DictReader(io.StringIO(text[1:])))
    for line in text[1:].splitlines():
        assert re.match(r'"', line)
        for cell in re.findall(r'(?:^|,)("(?:[^"]|"")*"|[^,]*)', line):
            assert cell.startswith('"') or re.fullmatch(r"-?[\d.e+-]+", cell), cell
    assert all(re.search(r"[+−]\d+\.\d", row["reasons"]) for row in rows)
    assert {row["link"] for row in rows if row["lead_id"] == "L05"} == {"http://testserver/pages/leads/L05"}
    assert all(row["next_step"] for row in rows)


def test_closed_leads_are_listed_by_how_they_ended(client: TestClient) -> None:
    assert shown(client, "/pages/leads?status=lost") == ["L99"]
    assert shown(client, "/pages/leads?status=won") == []
    assert "Everyone’s open leads" in client.get("/pages/leads?status=won").text
    assert client.get("/pages/leads?status=gone").status_code == 422


def test_whose_leads_they_are(champion: Champion, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    tokens = make_tokens(url)
    store = open_store(url)
    key = create_key(store, "Ada", "rep", 0, rep_id="R1")
    store.close()
    with TestClient(create_app(lambda: champion, lambda: open_store(url)), follow_redirects=False) as client:
        tell(client, tokens["admin"], "/leads", {"leads": [a_lead(n) for n in range(4)]})
        calls = [
            {"lead_id": f"L0{n}", "kind": "call", "occurred_at": "2026-10-20T10:00:00Z", "rep_id": rep}
            for n, rep in ((0, "R1"), (1, "R2"))
        ]
        tell(client, tokens["admin"], "/events", {"events": calls})
        client.post("/pages/login", data={"key": key})
        assert shown(client, "/pages/leads") == ["L00"]
        assert set(shown(client, "/pages/leads?whose=unowned")) == {"L02", "L03"}
        assert len(shown(client, "/pages/leads?whose=everyone")) == 4
        assert shown(client, "/pages/leads?owner=R2") == ["L01"]
        assert client.get("/pages/leads?whose=theirs").status_code == 422
        client.post("/pages/login", data={"key": tokens["crm"]})
        assert len(shown(client, "/pages/leads")) == 4
        assert client.get("/pages/leads?whose=mine").status_code == 422


def test_headers_sort_and_say_how(client: TestClient) -> None:
    first = client.get("/pages/leads?order=probability").text
    assert re.search(r'aria-sort="descending"><a href="[^"]*order=least', first)
    assert re.search(r'aria-sort="none"><a href="[^"]*order=newest', first)
    least = client.get("/pages/leads?order=least").text
    assert re.search(r'aria-sort="ascending"><a href="[^"]*order=probability', least)
