"""Every command, run the way its user runs it and to its end: printed and, where it can, as JSON.

The commands are found by walking the app: a new one without a run here fails the first test.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from bench.harness.processes import SECONDS, environment, free_port, running
from serving.settings.settings import load_settings
from serving.store.listing import ListingPage, list_leads
from serving.store.store import open_store
from tests.serving.cli.commands.company import COMMANDS, make_company, run
from training.fitting.fit import TooFewOutcomesError


@dataclass(frozen=True)
class Company:
    """A settings file, and a folder for what commands write."""

    file: Path
    folder: Path

    @property
    def lead_id(self) -> str:
        """A lead of the store."""
        settings = load_settings(self.file)
        store = open_store(settings.store_url, settings.folder)
        try:
            return str(store.ask(list_leads, ListingPage(most=1, status="open"))[0].lead_id)
        finally:
            store.close()

    def leads(self) -> Path:
        """A file of leads to score."""
        file = self.folder / "leads.jsonl"
        file.write_text('{"lead_id": "L1", "fields": {}, "events": []}\n', encoding="utf-8")
        return file


@dataclass(frozen=True)
class Call:
    """How a command is called, which exit codes end it well, and what its printed answer says."""

    says: str
    arguments: Callable[[Company], list[str | Path]] = lambda _: []
    codes: tuple[int, ...] = (0,)


CALLS: dict[str, Call] = {
    "check": Call("Won"),
    "partition": Call("parts in"),
    "audit": Call("columns looked at"),
    "train": Call("What to tell the team"),
    "backtest": Call("Quarter by quarter"),
    "retrain": Call("What to tell the team", lambda _: ["--by", "the schedule"], codes=(0, 3)),
    "refresh": Call("serves as champion"),
    "promote": Call("Gate", lambda _: ["2", "--overrule", "--by", "Ann", "--reason", "a trial"]),
    "rollback": Call("serves again"),
    "plan": Call("Net is revenue less the cost of working"),
    "sources": Call("source"),
    "funnel": Call("won"),
    "reps": Call("rep"),
    "score": Call("", lambda company: [company.leads(), "--out", company.folder / "scores.csv"]),
    "models": Call("champion"),
    "replay": Call("the same to the last bit", lambda company: [company.lead_id]),
    "rescore": Call("open leads have a score of now"),
    "changes": Call("", lambda company: [company.lead_id]),
    "audit-trail": Call("key created"),
    "person": Call("scores", lambda company: [company.lead_id]),
    "doctor": Call("", codes=(0, 1)),
    "import": Call("are in the store"),
    "crm status": Call("The settings name no CRM"),
    "outbox list": Call("Nobody is told"),
    "db upgrade": Call("The store is at version"),
    "keys create": Call("", lambda _: ["web site", "--role", "form"]),
    "keys list": Call("web site"),
    "sessions list": Call("Nobody is logged in."),
    "sessions end": Call("0 sessions were ended.", lambda _: ["--all"]),
}
APART = {
    "mcp",
    "letter",
    "backup",
    "restore",
    "init",
    "demo",
    "serve",
    "build",
    "keys revoke",
    "policy",
    "crm write",
    "crm pull",
    "outbox replay",
    "outbox test",
    "messages test",
    "messages preview",
}
"""Commands that have a test of their own below, as they are called or end in another way."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company that `glengarry demo` made, with a key."""
    folder = tmp_path_factory.mktemp("company")
    file = make_company(folder)
    run("keys", "create", "the shop", "--role", "form", "--settings", file)
    return Company(file, folder)


def test_no_command_is_without_a_run() -> None:
    assert set(COMMANDS) == {*CALLS, *APART}


@pytest.mark.parametrize("name", CALLS)
def test_command_ends_and_says_what_came_of_it(name: str, company: Company) -> None:
    call = CALLS[name]
    said = run(*name.split(), *call.arguments(company), "--settings", company.file, codes=call.codes).stdout
    assert call.says in " ".join(said.split())


@pytest.mark.parametrize("name", [name for name in CALLS if COMMANDS[name]])
def test_command_ends_and_prints_json_alone(name: str, company: Company) -> None:
    call = CALLS[name]
    arguments = [*name.split(), *call.arguments(company), "--json", "--settings", company.file]
    assert isinstance(json.loads(run(*arguments, codes=call.codes).stdout), dict | list)


def test_init_drafts_what_check_reads(company: Company) -> None:
    drafted = company.folder / "drafted.toml"
    said = run("init", company.folder / "history", "--out", drafted).stdout
    read = json.loads(run("check", "--json", "--settings", drafted).stdout)["summary"]
    assert f"Read by this draft: {read['won']:,} won, {read['lost']:,} lost, {read['open']:,} open" in said
    assert "Read by this draft" in drafted.read_text()
    unread = drafted.with_name("unread.toml")
    run("init", company.folder / "history", "--no-check", "--out", unread)
    assert "Read by this draft" not in unread.read_text()


def test_score_reads_what_has_happened_to_leads_from_a_file_of_their_events(company: Company) -> None:
    history, files = company.folder / "history", []
    few = pd.read_parquet(history / "leads.parquet").head(40)
    events = pd.read_parquet(history / "events.parquet")
    for name, rows in (("few", few), ("calls", events[events["lead_id"].isin(few["lead_id"])])):
        files.append(company.folder / f"{name}.parquet")
        rows.to_parquet(files[-1])
    out = company.folder / "with-events.csv"
    run("score", files[0], "--events", files[1], "--out", out, "--settings", company.file)
    scores = pd.read_csv(out)
    assert scores["lead_id"].tolist() == few["lead_id"].tolist()
    assert scores["probability"].between(0, 1).all()
    run("score", files[0], "--no-events", "--out", out, "--settings", company.file)
    assert (pd.read_csv(out)["probability"] != scores["probability"]).any()


def test_letter_is_written_where_the_settings_say_who_decides(company: Company) -> None:
    file, out = company.file.with_name("writing.toml"), company.folder / "letter.html"
    letter = '[letter]\nsender = "Roe"\ndecides = "Ann decides."\nobjections = "Write to us."\n'
    file.write_text(f"{company.file.read_text(encoding='utf-8')}\n{letter}", encoding="utf-8")
    assert "read it before you send it" in run("letter", company.lead_id, "--out", out, "--settings", file).stdout
    assert "Ann decides." in out.read_text(encoding="utf-8")


def test_backup_is_restored_to_the_last_bit(company: Company) -> None:
    copy, elsewhere = company.folder / "copy", company.folder / "elsewhere" / "glengarry.toml"
    assert "whole and on disk" in run("backup", copy, "--settings", company.file).stdout
    said = run("restore", copy, "--settings", elsewhere).stdout
    assert "200 scores are the same to the last bit; 0 differ." in " ".join(said.split())
    assert run("models", "--settings", elsewhere).stdout == run("models", "--settings", company.file).stdout


def test_policy_says_what_it_waits_for(company: Company) -> None:
    with pytest.raises(TooFewOutcomesError, match="wait for more outcomes"):
        run("policy", "--settings", company.file)


def test_demo_that_is_there_is_kept(company: Company) -> None:
    before = company.file.read_bytes()
    run("demo", "--folder", company.folder, "--no-serve")
    assert company.file.read_bytes() == before


def test_key_is_made_listed_and_revoked(company: Company) -> None:
    run("keys", "create", "a shop", "--role", "form", "--settings", company.file)
    keys = json.loads(run("keys", "list", "--json", "--settings", company.file).stdout)
    (made,) = [key["key_id"] for key in keys if key["name"] == "a shop"]
    assert "is revoked" in run("keys", "revoke", made, "--settings", company.file).stdout


def test_serve_answers_until_it_is_told_to_stop(company: Company) -> None:
    port, file = free_port(), company.file.with_name("serving.toml")
    file.write_text(f"{company.file.read_text(encoding='utf-8')}\n[service]\nport = {port}\n", encoding="utf-8")
    command = [sys.executable, "-m", "serving.cli", "serve", "--settings", str(file)]
    with running(command, port, company.folder) as server:
        log = server.log
    assert server.process.returncode == 0
    assert "Traceback" not in log.read_text(encoding="utf-8")


def test_build_names_the_bento_it_made(company: Company) -> None:
    command = [sys.executable, "-m", "serving.cli", "build", "--settings", str(company.file)]
    done = subprocess.run(
        command, env=environment(company.folder), capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("glengarry:")
