"""`make golden`: write the golden master of the version that is checked out. A release has one; it is never written anew."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from starlette.testclient import TestClient

from features.records.checks import CheckedTables, check_tables
from features.records.clock import to_microseconds
from features.simulation import WorldSettings, simulate, world_history, world_schema, write_world
from models.close.settings import BoosterSettings
from serving.champion.champion import Champion, Deployment
from serving.champion.finding import keep
from serving.intake.importing import import_tables
from serving.intake.rescoring import rescore
from serving.store.keys import create_key
from serving.store.store import open_store
from tests.golden.release import (
    ANSWERS,
    CALLS,
    CHAMPION,
    MATRIX,
    PAGES,
    RELEASES,
    STORE,
    Calls,
    Json,
    Replies,
    dump_store,
    of_scores,
    running,
)
from training.fitting.decisions import fit_decider
from training.fitting.fit import fit_close_model
from training.judging.evaluate import evaluate
from training.rounds.artifacts import companions
from training.samples.dataset import prepare
from training.settings import TrainingSettings

END = datetime(2025, 1, 1, tzinfo=UTC)
"""Long past, so that nothing depends on the day on which a test runs."""
TRAINED = WorldSettings(leads=400, seed=5, quarters=6, end=END)
STORED = WorldSettings(leads=40, seed=6, quarters=3, end=END)
"""The store is smaller than what was learned from: it is the largest of the files."""
TRAINING = TrainingSettings(
    ages_days=(0, 7, 30),
    undetermined="left_out",
    booster=BoosterSettings(most_rounds=12, learning_rate=0.15),
    most_remembered=60,
)
WEEK = timedelta(days=7)
SENT = ("kind", "occurred_at", "recorded_at", "value", "text", "actor")
"""Of an event, what a call to `/score` may hold."""
ASKED_EVERY = 4
"""Of the store's leads, each such is asked about."""


def main() -> None:
    """Write the golden master of this version.

    Raises
    ------
    SystemExit
        If there is one.
    """
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    folder = RELEASES / project["version"]
    if folder.exists():
        raise SystemExit(f"A golden master is written once, got {folder}: raise the version in pyproject.toml first.")
    write(folder)


def write(folder: Path) -> None:
    """Write the golden master of this version into a folder."""
    champion = train()
    keep(champion, folder / CHAMPION)
    with TemporaryDirectory() as place:
        url = f"sqlite:///{place}/store.db"
        token = fill(url, champion)
        with running(champion, url, token) as client:
            calls = speak(client, token)
        (folder / STORE).write_text(dump_store(url), encoding="utf-8")
    _write(folder / CALLS, asdict(calls))
    replies = Replies.now(folder)
    _write(folder / ANSWERS, replies.answers)
    _write(folder / PAGES, of_scores(replies.figures, replies.answers))
    (folder / MATRIX).write_text(replies.matrix, encoding="utf-8")


def _write(file: Path, content: Json) -> None:
    file.write_text(json.dumps(content, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


def train() -> Champion:
    """Return a champion of a tiny company, with all that stands beside it."""
    dataset = prepare(_tables(TRAINED).checked.history, TRAINING)
    model = fit_close_model(dataset, TRAINING, dataset.history.known_until).model
    decider = fit_decider(dataset, model, TRAINING).decider
    beside = companions(dataset, model, TRAINING, evaluate(dataset, TRAINING), decider)
    return Champion(model, Deployment(name="close", version="1"), beside)


def fill(url: str, champion: Champion) -> str:
    """Put a company into a store, its open leads scored twice; return an admin's key."""
    store, now = open_store(url), to_microseconds(END)
    before = to_microseconds(END - WEEK)
    import_tables(store, _tables(STORED), world_schema(STORED), before, lambda *_: None)
    for moment in (before, now):
        rescore(store, champion, moment)
    token = create_key(store, "golden", "admin", now)
    store.close()
    return str(token)


def _tables(settings: WorldSettings) -> CheckedTables:
    with TemporaryDirectory() as place:
        write_world(simulate(settings), Path(place))
        return check_tables(world_history(place, settings), world_schema(settings), END, Path(place))


def speak(client: TestClient, token: str) -> Calls:
    """Disagree with a score, have a lead erased, and return what is asked about the others."""
    listed = client.get("/leads?limit=200").json()["leads"]
    names = [lead["lead_id"] for lead in listed]
    scored = [lead["lead_id"] for lead in listed if lead["probability"] is not None]
    said = client.post(
        "/feedback", json={"lead_id": scored[0], "agrees": False, "subject": "budget", "comment": "more"}
    )
    gone = client.delete(f"/leads/{quote(scored[-1])}")
    assert (said.status_code, gone.status_code) == (201, 204), (said.text, gone.text)
    asked = [name for name in names if name != scored[-1]][::ASKED_EVERY]
    shown = scored[:3]
    until = quote(END.isoformat())
    return Calls(
        token,
        {"leads": [_as_sent(client.get(f"/leads/{quote(name)}").json()) for name in asked]},
        (
            "/leads?limit=200",
            *(f"/leads/{quote(name)}{rest}" for name in shown for rest in ("", "/scores", "/why", "/similar")),
            f"/sources?as_of={until}",
            *(f"/funnel?as_of={until}&by={by}" for by in ("month", "quarter")),
            f"/reps?as_of={until}",
            "/feedback",
            "/model",
        ),
        (
            "/pages/leads",
            *(f"/pages/leads/{quote(name)}" for name in shown),
        ),
    )


def _as_sent(known: Json) -> Json:
    """Return a lead as a caller sends it who has it scored as of a week after it came in."""
    as_of = datetime.fromisoformat(known["created_at"]) + WEEK
    events = [
        {name: value for name, value in event.items() if value is not None and name in SENT}
        for event in known["events"]
        if datetime.fromisoformat(event["recorded_at"]) <= as_of
    ]
    kept = {name: known[name] for name in ("lead_id", "created_at", "fields")}
    return {**kept, "as_of": as_of.isoformat(), "events": events}


if __name__ == "__main__":
    main()
