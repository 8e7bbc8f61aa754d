"""Own data on a page: an admin drops files and answers what is asked; what is sent is checked, audited, and done beside the service in use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from bench.harness.keys import make_tokens
from features.scaffold import draft
from features.scaffold.corrections import Corrections
from serving.batch import own_data
from serving.batch.own_data import OwnData
from serving.batch.rounds import BegunRound, RoundState, latest_round
from serving.champion.champion import Champion
from serving.cli.demo import write_settings
from serving.runtime.app import create_app
from serving.settings.settings import SETTINGS_VARIABLE
from serving.store.keys import Role, Secret
from serving.store.store import open_store
from serving.store.tables import AUDIT
from tests.features.scaffold.conftest import write_company
from tests.serving.pages.routes.conftest import CHECKED, FINDINGS, TRAINED, token_of


@dataclass
class Office:
    """A running service with a settings file, an admin's browser, and its own data."""

    client: TestClient
    tokens: dict[Role, Secret]
    own: OwnData
    url: str
    begun: list[list[list[str]]]

    def send(self, *files: tuple[str, bytes], token: str | None = None) -> Any:
        sent = token or token_of(self.client.get("/pages/own").text)
        return self.client.post(
            "/pages/own/files", data={"token": sent}, files=[("files", (name, content)) for name, content in files]
        )

    def post(self, **fields: str) -> Any:
        return self.client.post("/pages/own", data={"token": token_of(self.client.get("/pages/own").text), **fields})

    def answers(self, **content: Any) -> None:
        folder = self.own.folder / "answers"
        folder.mkdir(exist_ok=True)
        for name, one in content.items():
            (folder / f"{name}.json").write_text(json.dumps(one))

    def said(self) -> list[str]:
        store = open_store(self.url)
        with store.reading() as connection:
            found = [row.detail for row in connection.execute(sa.select(AUDIT).where(AUDIT.c.action == "own data"))]
        store.close()
        return found


@pytest.fixture
def office(champion: Champion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Commands are noted instead of begun."""
    begun: list[list[list[str]]] = []

    def instead(folder: Path, round_: BegunRound, command: list[str], _: Any) -> BegunRound:
        steps = json.loads(command[-1]) if command[1] == "-c" else [{"command": command}]
        begun.append([step["command"][3:] for step in steps])
        folder.mkdir(exist_ok=True)
        (folder / f"{round_.round_id}.json").write_text(json.dumps(round_.__dict__))
        (folder / f"{round_.round_id}.code").write_text("0")
        return round_

    monkeypatch.setattr(own_data, "begin", instead)
    url = f"sqlite:///{tmp_path / 'store.db'}"
    tokens = make_tokens(url)
    environment = {SETTINGS_VARIABLE: str(write_settings(tmp_path))}
    champion = replace(
        champion,
        deployment=champion.deployment.model_copy(
            update={"service": champion.limits.model_copy(update={"most_history_bytes": 200_000})}
        ),
    )
    made = create_app(lambda: champion, lambda: open_store(url), environment=environment)
    with TestClient(made, follow_redirects=False) as client:
        client.post("/pages/login", data={"key": tokens["admin"]})
        yield Office(client, tokens, OwnData(tmp_path / "var" / "own-data"), url, begun)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    write_company(folder)
    return folder


@pytest.fixture(scope="module")
def drafted(company: Path) -> dict[str, Any]:
    made = draft(company)
    return {"problem": made.problem, "asked": made.asked.model_dump(mode="json")}


def test_files_are_kept_beside_the_service_and_drafted(office: Office) -> None:
    shown = office.client.get("/pages/own").text
    assert "This service is in use by its own settings and stays as it is" in shown
    answer = office.send(("../leads.csv", b"a,b\n1,2\n"), ("deals.xlsx", b"x"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/pages/own")
    assert [file.name for file in office.own.files()] == ["deals.xlsx", "leads.csv"]
    assert [command[0] for command in office.begun[0]] == ["init", "check", "audit"]
    assert office.post(act="remove", file="deals.xlsx").status_code == 303
    assert [file.name for file in office.own.files()] == ["leads.csv"]
    assert office.post(act="discard").status_code == 303
    assert not office.own.folder.exists()
    assert office.said() == ["2 files added", "a file removed", "thrown away"]


@pytest.mark.parametrize(
    ("files", "status", "words"),
    [
        ([("leads.exe", b"MZ")], 409, "must end with .csv"),
        ([("x.duckdb", b"MZ")], 409, "must end with .csv"),
        ([("leads.csv", b"x" * 200_001)], 413, "200,000"),
    ],
)
def test_what_is_not_taken_is_said(office: Office, files: list[tuple[str, bytes]], status: int, words: str) -> None:
    answer = office.send(*files)
    assert answer.status_code == status
    assert words in unescape(answer.text)
    assert office.own.files() == ()
    assert office.begun == []


def test_a_form_of_another_page_and_other_roles_do_nothing(office: Office) -> None:
    assert office.send(("leads.csv", b"x"), token="x").status_code == 403
    assert office.client.post("/pages/own", data={"token": "x", "act": "discard"}).status_code == 403
    assert office.post(act="rm").status_code == 400
    for role in ("rep", "crm"):
        client = TestClient(office.client.app, follow_redirects=False)
        client.portal = office.client.portal
        client.post("/pages/login", data={"key": office.tokens[role]})
        assert client.get("/pages/own").status_code == 403
    assert office.begun == []


def test_a_service_without_settings_refuses_politely(champion: Champion, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    tokens = make_tokens(url)
    with TestClient(create_app(lambda: champion, lambda: open_store(url)), follow_redirects=False) as client:
        client.post("/pages/login", data={"key": tokens["admin"]})
        assert client.get("/pages/own").status_code == 404


def test_what_is_asked_is_a_form_and_what_is_answered_goes_into_the_draft(
    office: Office, drafted: dict[str, Any]
) -> None:
    office.send(("leads.csv", b"a,b\n"))
    office.answers(init=drafted, check=CHECKED, audit=FINDINGS)
    shown = unescape(office.client.get("/pages/own").text)
    assert "56 won, 94 lost, 150 open." in shown
    assert "<b>all won" not in office.client.get("/pages/own").text
    assert "Make it late." in shown
    assert "deals.csv, amount" in shown
    draft_id = re.search(r'name="draft" value="(\w+)"', shown)
    assert draft_id is not None
    columns = [one["column"] for one in drafted["asked"]["columns"]]
    tags, budget = columns.index("Tags"), columns.index("Budget")
    given = {
        "draft": draft_id[1],
        "act": "correct",
        "way": "ended-0",
        "end-0-0": "won",
        "end-0-1": "lost",
        "horizon_days": "45",
        "time_zone": "Europe/Berlin",
        "leads": "contacts.csv",
        "created": "createDate",
        f"role-{tags}": "out",
        f"role-{budget}": "profile",
        f"ordered-{budget}": "no",
    }
    assert office.post(**given).status_code == 303
    corrections = json.loads((office.own.folder / "corrections.json").read_text())
    assert corrections == {
        "horizon_days": 45,
        "time_zone": "Europe/Berlin",
        "leads": "contacts.csv",
        "created": "createDate",
        "ended_by": "stage",
        "ends": {"Closed Lost": "won", "Closed Won": "lost"},
        "roles": {"Tags": "", "Budget": "profile"},
        "ordered": {"Budget": False},
    }
    office.answers(init=drafted)
    stale = office.post(**given)
    assert stale.status_code == 409
    assert "made anew since this form was shown" in stale.text


def test_answers_about_one_table_are_not_taken_for_those_about_another(
    office: Office, company: Path, drafted: dict[str, Any]
) -> None:
    """The form sends all that it shows; where another table holds the leads, its columns are asked about anew."""
    office.send(("leads.csv", b"a,b\n"))
    office.answers(init=drafted)
    draft_id = re.search(r'name="draft" value="(\w+)"', office.client.get("/pages/own").text)
    assert draft_id is not None
    given = {"created": "createDate", "type-0": "category", "way": "read-0", "leads": "deals.csv", "horizon_days": "45"}
    assert office.post(act="correct", draft=draft_id[1], **given).status_code == 303
    corrections = Corrections.model_validate_json((office.own.folder / "corrections.json").read_bytes())
    assert corrections == Corrections(leads="deals.csv", horizon_days=45)
    assert draft(company, None, corrections).asked.tables[0].name == "deals.csv"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role-0", "boss"),
        ("type-0", "blob"),
        ("created", "none"),
        ("time_zone", "Mars"),
        ("horizon_days", "0"),
        ("leads", "x"),
    ],
)
def test_a_choice_that_was_not_offered_is_refused(
    office: Office, drafted: dict[str, Any], field: str, value: str
) -> None:
    office.send(("leads.csv", b"a,b\n"))
    office.answers(init=drafted)
    draft_id = re.search(r'name="draft" value="(\w+)"', office.client.get("/pages/own").text)
    assert draft_id is not None
    answer = office.post(**{"act": "correct", "draft": draft_id[1], field: value})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert len(office.begun) == 1


def test_a_model_is_trained_and_served_beside_and_its_key_is_shown_once(
    office: Office, drafted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "a draft that was checked, got none" in office.post(act="train").text
    office.send(("leads.csv", b"a,b\n"))
    office.answers(init=drafted, check=CHECKED, audit=[])
    office.own.settings.write_text('[history]\nsource = "history"\n')
    assert "No column was found to know the outcome." in office.client.get("/pages/own").text
    assert office.post(act="train").status_code == 303
    assert [command[0] for command in office.begun[-1]] == ["train", "import", "rescore"]
    report = office.own.var / "reports" / "report.html"
    report.parent.mkdir(parents=True)
    report.write_text("<header></header><p>the report</p><style>b {}</style>", encoding="utf-8")
    office.answers(train={**TRAINED, "report": str(report)})
    shown = office.client.get("/pages/own").text
    assert "Call the best 20 %." in shown
    assert "the report" in office.client.get("/pages/own/report").text
    assert office.client.get("/pages/own/report.css").text == "b {}\n"
    really = latest_round

    def as_if_it_ran(folder: Path) -> RoundState | None:
        found = really(folder)
        return replace(found, is_running=True, code=None) if found and folder == office.own.served else found

    monkeypatch.setattr(own_data, "latest_round", as_if_it_ran)
    monkeypatch.setattr(OwnData, "stop", lambda _: None)
    answer = office.post(act="serve")
    assert office.begun[-1][0][0] == "serve"
    assert answer.status_code == 200
    key = re.search(r"gly_\w+", answer.text)
    assert key is not None
    assert "http://testserver:" in answer.text
    assert key[0] not in office.client.get("/pages/own").text
    assert office.said()[-1] == "served beside"


def test_no_report_of_elsewhere_is_shown(office: Office, tmp_path: Path) -> None:
    office.send(("leads.csv", b"a,b\n"))
    elsewhere = tmp_path / "secret.html"
    elsewhere.write_text("<header></header>secret", encoding="utf-8")
    office.answers(train={**TRAINED, "report": str(elsewhere)})
    assert office.client.get("/pages/own/report").status_code == 404
