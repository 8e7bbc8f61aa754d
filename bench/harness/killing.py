"""Clients that tell a service of leads, events and outcomes while it is killed, and what has to be there afterwards.

A client repeats each call until it is answered, as the documentation says. So whatever was acknowledged must be there, once, and the
score that was answered must be the one that is stored.
"""

from __future__ import annotations

import json
import math
import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psutil
import sqlalchemy as sa

from bench.harness.processes import SECONDS, Server, free_port, is_ready, running, wait_until
from features.records.parsing.values import FIRST
from serving.analytics.replay import replay_all
from serving.champion.champion import Champion
from serving.champion.finding import FOLDER_VARIABLE, keep
from serving.champion.versions import VersionCache
from serving.runtime.server import bentoml_command
from serving.settings.settings import STORE_VARIABLE, ServiceSettings
from serving.store import reading
from serving.store.store import Store
from serving.store.tables import ACTS, AUDIT, EVENTS, LEADS, OUTCOMES

Json = dict[str, Any]

ERASED_OF = 4
"""Every so many leads one is erased, by tellers that erase."""
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
    erased: list[str] = field(default_factory=list)
    repeated: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    erases: bool = False
    pause: float = 0.0
    """Seconds after each record that was acknowledged."""

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
                lead_id = f"{self.name}-{number}"
                for path, record in self._records(lead_id):
                    answer = self._answer(http, path, record)
                    if answer is not None:
                        self.acknowledged.append(Acknowledged(path, record, answer))
                        time.sleep(self.pause)
                if self.erases and number % ERASED_OF == 0:
                    self._erase(http, lead_id)

    def _records(self, lead_id: str) -> list[tuple[str, Json]]:
        records = [(f"/{name}s", self.told[name] | {"lead_id": lead_id}) for name in ("lead", "event", "outcome")]
        self.random.shuffle(records)
        return records

    def _erase(self, http: httpx.Client, lead_id: str) -> None:
        """Erase a lead, and try to bring them back; a call that was answered to nobody may have done it, and finds nobody."""
        while not self.stopped.is_set():
            try:
                answer = http.delete(f"/leads/{lead_id}")
                if answer.status_code in (httpx.codes.NO_CONTENT, httpx.codes.NOT_FOUND):
                    self.acknowledged = [one for one in self.acknowledged if one.record["lead_id"] != lead_id]
                    self.erased.append(lead_id)
                    back = http.post("/leads", json=self.told["lead"] | {"lead_id": lead_id})
                    assert back.status_code in (httpx.codes.GONE, *range(500, 600)), back.text
                    return
            except httpx.TransportError:
                if lead_id in self.erased:
                    return
            self.repeated += 1
            time.sleep(0.05)

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
            time.sleep(max(self.pause, 0.05))
        return None


@dataclass
class Actor(Teller):
    """Acts on the page of a lead again and again, as a browser does that sends a form once more where it got no answer."""

    key: str = ""
    done: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Act."""
        token, number = "", 0
        with httpx.Client(base_url=self.url, timeout=5) as http:
            while not self.stopped.is_set():
                act_id = f"{number:016x}"
                try:
                    if not token:
                        http.post("/leads", json={"lead_id": self.name, "fields": {}}, headers=self.headers)
                        http.post("/pages/login", data={"key": self.key})
                        token = _token(http.get(f"/pages/leads/{self.name}").text)
                    form = {"token": token, "act": "event", "kind": "call", "text": act_id, "act_id": act_id}
                    answer = http.post(f"/pages/leads/{self.name}", data=form)
                except httpx.TransportError:
                    self.repeated += 1
                    time.sleep(0.05)
                    continue
                if answer.headers.get("location", "").endswith(f"?did={act_id}"):
                    self.done.append(act_id)
                    number += 1
                else:  # the session was of a service that is gone, or a worker had to end
                    token = ""
                    self.repeated += 1
                    time.sleep(0.05)


def _token(html: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', html)
    return found[1] if found else ""


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


def kill_watch(server: Server, random: Random) -> None:  # noqa: ARG001 - as of every kill
    """Kill the process that delivers, and watches; its worker starts another after a while."""
    wait_until(lambda: bool(_watches(server)), server)
    for process in _watches(server):
        process.kill()


def _watches(server: Server) -> list[psutil.Process]:
    found = []
    for process in psutil.Process(server.process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # one that has just ended
            found += [process] if "serving.runtime.registry_watcher" in process.cmdline() else []
    return found


KILLS = {"worker": kill_worker, "parent": kill_parent, "all": kill_all, "watch": kill_watch}
ENDING = ("parent", "all")
"""Kills after which the service has to be started anew."""


def kill_again_and_again(
    start: Callable[[], AbstractContextManager[Server]],
    tellers: Sequence[Teller],
    kills: Sequence[str],
    random: Random,
    longest: float = 1.5,
    await_work: Callable[[Server], None] = lambda _: None,
    until: float = math.inf,
) -> list[str]:
    """Start a service as often as needed to kill it so often; then let all be answered. Return which kills were done.

    Parameters
    ----------
    longest
        Seconds after which each kill hits at most.
    await_work
        Waits, before that, for what the kills are to interrupt.
    until
        No kill begins after this time of the monotonic clock.
    """
    left, done = list(kills), list[str]()
    while left and time.monotonic() < until:
        with start() as server:
            while left and time.monotonic() < until:
                await_work(server)
                time.sleep(random.uniform(0, longest))
                done.append(left.pop())
                KILLS[done[-1]](server, random)
                if done[-1] in ENDING:
                    break
                wait_until(lambda: is_ready(server), server)
        print(f"{len(done)} of {len(kills)} kills", flush=True)
    with start():
        time.sleep(longest)
        for teller in tellers:
            teller.stop()
    return done


def lost_acts(store: Store, actor: Actor) -> list[str]:
    """Return, in words, what is not there once of what was acknowledged to an actor: the act, its event, its entry in the audit trail."""
    with store.reading() as connection:
        acts = Counter(connection.execute(sa.select(ACTS.c.act_id)).scalars())
        events = Counter(
            connection.execute(sa.select(EVENTS.c.event_id).where(EVENTS.c.lead_id == actor.name)).scalars()
        )
        entries = connection.execute(
            sa.select(sa.func.count()).where(AUDIT.c.subject == f"lead {actor.name}")
        ).scalar_one()
    lost = [
        f"{act_id} is there {acts[act_id]} and {events[act_id]} times"
        for act_id in actor.done
        if (acts[act_id], events[act_id]) != (1, 1)
    ]
    return lost + ([] if entries == len(acts) else [f"{len(acts)} acts have {entries} entries"])


def losses(store: Store, versions: VersionCache, tellers: Sequence[Teller], acted: str = "") -> list[str]:
    """Return, in words, whatever is not as it must be: every record there once, every score as answered, every replay the same.

    Of one lead, that was acted on, there are many records. `versions` finds the models that have scored.
    """
    acknowledged = [one for teller in tellers for one in teller.acknowledged]
    with store.reading() as connection:
        found = {path: _counts(connection, table) for path, table in TABLES.items()}
        lost = [
            f"{one.path} {one.record['lead_id']} is there {found[one.path][one.record['lead_id']]} times"
            for one in acknowledged
            if found[one.path][one.record["lead_id"]] != 1
        ]
        twice = [
            f"{path} has rows twice"
            for path, counts in found.items()
            if any(count > 1 for lead_id, count in counts.items() if lead_id != acted)
        ]
        other = [
            f"the score of {one.record['lead_id']} is not stored as it was answered"
            for one in acknowledged
            if one.answer.get("score") and one.answer["score"] not in _scores(connection, one.record["lead_id"])
        ]
        back = [
            f"{lead_id} was erased and is back"
            for teller in tellers
            for lead_id in teller.erased
            if any(counts[lead_id] for counts in found.values())
        ]
    replays = replay_all(store, versions, FIRST)
    differing = [f"{one.lead_id} as of {one.as_of}: {one.difference}" for one in replays if one.difference]
    return [*lost, *twice, *other, *back, *differing]


def _counts(connection: sa.Connection, table: sa.Table) -> Counter[str]:
    return Counter(connection.execute(sa.select(table.c.lead_id)).scalars())


def _scores(connection: sa.Connection, lead_id: str) -> list[Any]:
    return [json.loads(score.answer or "null") for score in reading.scores_of(connection, lead_id)]
