"""Clients that tell a service of leads, events and outcomes while it is killed, and what has to be there afterwards.

A client repeats each call until it is answered, as the documentation says. So whatever was acknowledged must be there, once, and the
score that was answered must be the one that is stored.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psutil
import sqlalchemy as sa

from features.fields import FIRST
from serving.champion import FOLDER_VARIABLE, Champion, keep
from serving.replay import replay_all
from serving.server import bentoml_command
from serving.settings import STORE_VARIABLE, ServiceSettings
from serving.shelf import Shelf
from serving.store import reading
from serving.store.store import Store
from serving.store.tables import EVENTS, LEADS, OUTCOMES
from tests.serving.processes import SECONDS, Server, free_port, is_ready, running, wait_until

Json = dict[str, Any]

TABLES = {"/leads": LEADS, "/events": EVENTS, "/outcomes": OUTCOMES}


@dataclass(frozen=True)
class Acknowledged:
    """A record as it was told, and what was answered."""

    path: str
    record: Json
    answer: Json


@dataclass
class Teller:
    """Tells of one lead after the other until it is stopped; the parts of a lead come in any order."""

    url: str
    headers: dict[str, str]
    told: dict[str, Json]
    name: str
    random: Random
    acknowledged: list[Acknowledged] = field(default_factory=list)
    repeated: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Have no more told, and wait for the last answer."""
        self.stopped.set()
        self.ended.wait(SECONDS)

    def run(self) -> None:
        """Tell."""
        with httpx.Client(base_url=self.url, headers=self.headers, timeout=5) as http:
            number = 0
            while not self.stopped.is_set():
                number += 1
                for path, record in self._records(f"{self.name}-{number}"):
                    answer = self._answer(http, path, record)
                    if answer is not None:
                        self.acknowledged.append(Acknowledged(path, record, answer))

    def _records(self, lead_id: str) -> list[tuple[str, Json]]:
        records = [(f"/{name}s", self.told[name] | {"lead_id": lead_id}) for name in ("lead", "event", "outcome")]
        self.random.shuffle(records)
        return records

    def _answer(self, http: httpx.Client, path: str, record: Json) -> Json | None:
        """Repeat a call until it is answered; None if nothing was by the end."""
        while not self.stopped.is_set():
            try:
                response = http.post(path, json=record)
            except httpx.TransportError:
                response = None
            # A worker that has to end answers 500 to a client that would keep it busy past its time.
            if response is not None and response.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                assert response.status_code == httpx.codes.CREATED, response.text
                answer: Json = response.json()
                return answer
            self.repeated += 1
            time.sleep(0.05)
        return None


@contextmanager
def telling(tellers: Sequence[Teller]) -> Iterator[None]:
    """Let tellers tell meanwhile; what one of them meets is raised in the end."""
    met: list[BaseException] = []

    def run(teller: Teller) -> None:
        try:
            teller.run()
        except Exception as error:  # noqa: BLE001 - raised below, where it is seen
            met.append(error)
        finally:
            teller.ended.set()

    threads = [threading.Thread(target=run, args=(teller,)) for teller in tellers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for teller in tellers:
            teller.stop()
    if met:
        raise met[0]


def serving(
    champion: Champion, url: str, home: Path, workers: int
) -> tuple[str, Callable[[], AbstractContextManager[Server]]]:
    """Return where a service with a store will answer, and what starts it, as a Bento is started."""
    keep(champion, home / "champion")
    port = free_port()
    variables = {
        FOLDER_VARIABLE: str(home / "champion"),
        STORE_VARIABLE: url,
        "BENTOML_HOME": str(home / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        "BENTOML_CONFIG_OVERRIDES": json.dumps({"services": {"glengarry": {"workers": workers}}}),
    }
    command = bentoml_command(ServiceSettings(port=port))
    return f"http://127.0.0.1:{port}", lambda: running(command, port, home, variables)


def kill_worker(server: Server, random: Random) -> None:
    """Kill one of the workers."""
    os.kill(random.choice(psutil.Process(server.process.pid).children()).pid, signal.SIGKILL)


def kill_parent(server: Server, random: Random) -> None:  # noqa: ARG001 - as of every kill
    """Kill the process that starts the workers; they end by themselves."""
    workers = psutil.Process(server.process.pid).children(recursive=True)
    server.process.kill()
    server.process.wait()
    _, left = psutil.wait_procs(workers, timeout=SECONDS)
    assert not left, f"workers must end with their parent, got {left}: {server.log.read_text()}"


def kill_all(server: Server, random: Random) -> None:  # noqa: ARG001 - as of every kill
    """Kill every process of a server at once."""
    processes = [*psutil.Process(server.process.pid).children(recursive=True), psutil.Process(server.process.pid)]
    for process in processes:
        process.kill()
    server.process.wait()
    psutil.wait_procs(processes, timeout=SECONDS)


KILLS = {"worker": kill_worker, "parent": kill_parent, "all": kill_all}


def kill_again_and_again(
    start: Callable[[], AbstractContextManager[Server]],
    tellers: Sequence[Teller],
    kills: Sequence[str],
    random: Random,
    longest: float = 1.5,
) -> None:
    """Start a service as often as needed to kill it so often, each time after a moment of up to so many seconds; then let all be answered."""
    left = list(kills)
    while left:
        with start() as server:
            while left:
                time.sleep(random.uniform(0, longest))
                kind = left.pop()
                KILLS[kind](server, random)
                if kind != "worker":
                    break
                wait_until(lambda: is_ready(server), server)
    with start():
        time.sleep(longest)
        for teller in tellers:
            teller.stop()


def losses(store: Store, champion: Champion, tellers: Sequence[Teller]) -> list[str]:
    """Return, in words, whatever is not as it must be: every record there once, every score as answered, every replay the same."""
    acknowledged = [one for teller in tellers for one in teller.acknowledged]
    with store.reading() as connection:
        found = {path: _counts(connection, table) for path, table in TABLES.items()}
        lost = [
            f"{one.path} {one.record['lead_id']} is there {found[one.path][one.record['lead_id']]} times"
            for one in acknowledged
            if found[one.path][one.record["lead_id"]] != 1
        ]
        twice = [f"{path} has rows twice" for path, counts in found.items() if any(n > 1 for n in counts.values())]
        other = [
            f"the score of {one.record['lead_id']} is not stored as it was answered"
            for one in acknowledged
            if one.answer.get("score") and one.answer["score"] not in _scores(connection, one.record["lead_id"])
        ]
    replays = replay_all(store, Shelf(lambda: champion, None), FIRST)
    differing = [f"{one.lead_id} as of {one.as_of}: {one.difference}" for one in replays if one.difference]
    return [*lost, *twice, *other, *differing]


def _counts(connection: sa.Connection, table: sa.Table) -> Counter[str]:
    return Counter(connection.execute(sa.select(table.c.lead_id)).scalars())


def _scores(connection: sa.Connection, lead_id: str) -> list[Any]:
    return [json.loads(score.answer or "null") for score in reading.scores_of(connection, lead_id)]
