"""A release as text files: its champion, its store, calls, and what it answered to them.

`make golden` writes them for the version that is checked out. Every later version must load them and answer alike.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.testclient import TestClient

from features.records.clock import to_datetime
from features.records.leads.checking import read_lead, to_history
from serving.champion.champion import Champion
from serving.champion.finding import from_folder
from serving.runtime.app import create_app
from serving.store.store import open_store

Json = Any

RELEASES = Path(__file__).parent / "releases"
CHAMPION, STORE, CALLS, ANSWERS, MATRIX, PAGES = (
    "champion",
    "store.sql",
    "calls.json",
    "answers.json",
    "matrix.csv",
    "pages.json",
)

FIGURE = re.compile(r"\d+(?:\.\d+)?\s?%")
"""A share as pages write it."""


@dataclass(frozen=True)
class Calls:
    """What a release is asked.

    Attributes
    ----------
    token
        An admin's key of its store.
    score
        The body of a call to `/score`.
    paths, pages
        What is read as JSON, and what as a page.
    """

    token: str
    score: Json
    paths: tuple[str, ...]
    pages: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path) -> Calls:
        """Read those of a release."""
        written = read_json(folder / CALLS)
        return cls(written["token"], written["score"], tuple(written["paths"]), tuple(written["pages"]))


def read_json(file: Path) -> Json:
    """Return what a file holds."""
    return json.loads(file.read_text(encoding="utf-8"))


def load_store(dump: str, url: str) -> None:
    """Make the database of a dump, in the schema of its release."""
    database = sqlite3.connect(url.removeprefix("sqlite:///"))
    database.executescript(dump)
    database.close()


def dump_store(url: str) -> str:
    """Return a database as SQL."""
    database = sqlite3.connect(url.removeprefix("sqlite:///"))
    lines = [line for line in database.iterdump() if "sqlite_stat" not in line]
    database.close()
    return "\n".join(lines) + "\n"


@contextmanager
def running(champion: Champion, url: str, token: str) -> Iterator[TestClient]:
    """Yield a client of the service, logged in to the pages too."""
    with TestClient(create_app(lambda: champion, lambda: open_store(url))) as client:
        assert client.post("/pages/login", data={"key": token}).status_code == 200
        client.headers["authorization"] = f"Bearer {token}"
        yield client


def answers_of(client: TestClient, calls: Calls) -> dict[str, Json]:
    """Return what the service answers, by call."""
    answers = {"POST /score": _sound(client.post("/score", json=calls.score)).json()}
    return answers | {f"GET {path}": _sound(client.get(path)).json() for path in calls.paths}


def figures_of(client: TestClient, calls: Calls) -> dict[str, list[str]]:
    """Return the shares that each page shows, in their order."""
    return {path: FIGURE.findall(_text(_sound(client.get(path)).text)) for path in calls.pages}


def of_scores(figures: dict[str, list[str]], answers: dict[str, Json]) -> dict[str, list[str]]:
    """Return of the shares on pages those that are a probability of the answers: a page may be laid out anew, and show others."""
    known = {f"{100 * probability:.1f} %" for probability in _probabilities(answers)}
    return {path: sorted({figure for figure in shown if figure in known}) for path, shown in figures.items()}


def _probabilities(answers: Json) -> Iterator[float]:
    if isinstance(answers, dict):
        if isinstance(told := answers.get("probability"), float):
            yield told
        answers = list(answers.values())
    if isinstance(answers, list):
        for inner in answers:
            yield from _probabilities(inner)


def matrix_of(champion: Champion, calls: Calls) -> str:
    """Return the features of the leads that are scored, as CSV."""
    schema = champion.model.schema
    read = [read_lead(schema, lead, to_datetime(champion.model.trained_until)) for lead in calls.score["leads"]]
    X = champion.model.matrix(*to_history(schema, read))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([feature.name for feature in champion.model.features])
    writer.writerows([[repr(float(value)) for value in row] for row in X])
    return file.getvalue()


@dataclass(frozen=True)
class Replies:
    """What a version of the code makes of a release."""

    answers: dict[str, Json]
    matrix: str
    figures: dict[str, list[str]]

    @classmethod
    def written(cls, folder: Path) -> Replies:
        """Read what the release itself answered."""
        matrix = (folder / MATRIX).read_text(encoding="utf-8")
        return cls(read_json(folder / ANSWERS), matrix, read_json(folder / PAGES))

    @classmethod
    def now(cls, folder: Path) -> Replies:
        """Load a release with the code of today and ask it."""
        champion, calls = from_folder(folder / CHAMPION), Calls.of(folder)
        with TemporaryDirectory() as place:
            url = f"sqlite:///{place}/store.db"
            load_store((folder / STORE).read_text(encoding="utf-8"), url)
            with running(champion, url, calls.token) as client:
                return cls(answers_of(client, calls), matrix_of(champion, calls), figures_of(client, calls))


def _sound(answer: Any) -> Any:
    assert answer.status_code == 200, f"{answer.url}: {answer.text[:500]}"
    return answer


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _text(html: str) -> str:
    reader = _Text()
    reader.feed(html)
    return " ".join(" ".join(reader.parts).split())
