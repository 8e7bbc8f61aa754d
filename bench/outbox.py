"""Kill the service again and again while it tells a receiver what happens: `python -m bench.outbox [--kills N]`.

The receiver, a stand-in that checks signatures with the library of Standard Webhooks, fails, hangs, takes a notice and breaks the connection, takes it and
says that it failed, and answers twice. `kill -9` hits the process that delivers, a worker, the process that starts the workers, or all of them at once, on SQLite and on PostgreSQL,
each time a moment after the service has told the receiver something, so that no kill hits one that has yet to begin.
Afterwards every notice of the store has to have come at least once and, of each lead, for the first time in its order, and every stored score has to have a notice. Ends with
code 1 if anything is not so. With --load, what it costs `POST /leads` is measured instead: two servers that run side by side, one with a target, are asked in turns.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import sqlalchemy as sa
import tomli_w
from standardwebhooks import Webhook

from bench._load import Load, run
from bench._service import Home, home
from bench.harness.databases import postgres_schema
from bench.harness.keys import bearer, make_tokens
from bench.harness.killing import Teller, kill_again_and_again, telling
from bench.harness.processes import Server, wait_until
from serving.api.openapi.shapes import example_told
from serving.settings.settings import load_settings
from serving.store import backlog, deliveries
from serving.store.store import Store, open_store
from serving.store.tables import OUTBOX, SCORES

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VARIABLE = "BENCH_HOOK"
KIND = "lead.scored"
HANG_SECONDS = 3.0
TIMEOUT_SECONDS = 1.0
DRAIN_SECONDS = 600.0
WEIGHTS = {"watch": 4, "worker": 4, "parent": 1, "all": 1}
"""How often each kill hits, of ten: what is killed alone is back in seconds, and it is the watch that delivers."""


@dataclass
class Receiver:
    """What came, in its order: the id of each notice, its lead and its time."""

    random: Random
    is_moody: bool = True
    came: list[tuple[str, str, str]] = field(default_factory=list)
    moods: Counter[str] = field(default_factory=Counter)
    unsigned: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def await_more(self, server: Server) -> None:
        """Wait until something more has come."""
        before = len(self.came)
        wait_until(lambda: len(self.came) > before, server)
        print(".", end="", file=sys.stderr, flush=True)

    def mood(self) -> str:
        """Return what it does with a call."""
        with self.lock:
            names, weights = ("good", "fails", "hangs", "breaks", "lies", "twice"), (80, 6, 1, 4, 5, 4)
            mood = self.random.choices(names, weights)[0] if self.is_moody else "good"
            self.moods[mood] += 1
        return mood

    def take(self, headers: dict[str, str], body: str) -> None:
        """Keep what came, if it is signed."""
        try:
            said = Webhook(SECRET).verify(body, headers)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is not signed
            self.unsigned += 1
            return
        with self.lock:
            self.came.append((headers["webhook-id"], said["data"]["lead_id"], said["timestamp"]))


@contextmanager
def receiving(receiver: Receiver) -> Iterator[int]:
    """Serve a receiver, and yield its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            mood = receiver.mood()
            if mood == "hangs":
                time.sleep(HANG_SECONDS)
            if mood != "fails":
                receiver.take(headers, body)
            if mood == "breaks":
                self.close_connection = True
                return
            self._answer(500 if mood in ("fails", "lies") else 200)
            if mood == "twice":
                self._answer(500)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of connections that the killed process left."""

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def with_target(place: Home, port: int | None, store_url: str = "") -> Home:
    """Return a place whose settings name a receiver, or none."""
    file = place.settings.folder / "glengarry.toml"
    text = file.read_text(encoding="utf-8").partition("\n# the receiver\n")[0]
    if port is not None:
        target = {
            "name": "crm",
            "url": f"http://127.0.0.1:{port}/hook",
            "secret": VARIABLE,
            "kinds": [KIND],
            "seconds": TIMEOUT_SECONDS,
        }
        text += "\n# the receiver\n" + tomli_w.dumps({"outbox": {"hosts": ["127.0.0.1"], "targets": [target]}})
    if store_url:
        text += "\n" + tomli_w.dumps({"store": {"url": store_url}})
    file.write_text(text, encoding="utf-8")
    return replace(place, settings=load_settings(file))


def amiss(store: Store, receiver: Receiver) -> list[str]:
    """Return what was lost, came out of order, came unsigned, or was never told."""
    with store.reading() as connection:
        rows = list(connection.execute(sa.select(OUTBOX).where(OUTBOX.c.kind == KIND).order_by(OUTBOX.c.at)))
        scores = Counter(connection.execute(sa.select(SCORES.c.lead_id).where(SCORES.c.answer.is_not(None))).scalars())
    came = {notice for notice, _, _ in receiver.came}
    found = [f"{row.notice_id} of {row.lead_id} never came" for row in rows if row.notice_id not in came]
    told = Counter(row.lead_id for row in rows)
    found += [f"{lead}: {scores[lead]} scores, {told[lead]} notices" for lead in scores if scores[lead] != told[lead]]
    first = defaultdict[str, dict[str, str]](dict)
    for notice, lead, at in receiver.came:
        first[lead].setdefault(notice, at)
    found += [
        f"{lead} was told out of order"
        for lead, times in first.items()
        if list(times.values()) != sorted(times.values())
    ]
    return [*found, *([f"{receiver.unsigned} calls without a good signature"] if receiver.unsigned else [])]


def report(place: Home, url: str, given: argparse.Namespace) -> bool:
    """Kill a service with one store so often; return whether nothing is amiss."""
    random, start_at = Random(given.seed), time.monotonic()
    receiver = Receiver(Random(given.seed))
    with receiving(receiver) as port:
        place = with_target(place, port, url)
        key = make_tokens(place.settings.store_url)["admin"]
        kills = random.choices(list(WEIGHTS), list(WEIGHTS.values()), k=given.kills)
        tellers = [
            Teller(
                f"http://127.0.0.1:{place.settings.service.port}",
                bearer(key),
                example_told(place.champion),
                f"T{n}",
                Random(given.seed + n),
                erases=n % 2 == 0,
                pause=given.pause,
            )
            for n in range(given.clients)
        ]
        with telling(tellers):
            kill_again_and_again(place.served, tellers, kills, random, given.longest, receiver.await_more)
        store = open_store(place.settings.store_url, place.settings.folder)
        before = len(receiver.came)
        with place.served():
            _drain(store)
        found = amiss(store, receiver)
        rows = store.ask(lambda connection: connection.execute(sa.select(sa.func.count()).select_from(OUTBOX)).scalar())
        store.close()
    twice = len(receiver.came) - len({notice for notice, _, _ in receiver.came})
    counted = ", ".join(f"{kind} {kills.count(kind)}" for kind in WEIGHTS)
    print(
        f"{place.settings.store_url.split(':')[0]}: {given.kills} kills ({counted}) in {time.monotonic() - start_at:,.0f} s; "
        f"{sum(len(one.acknowledged) for one in tellers):,} records acknowledged, {rows:,} notices of people not erased, {len(receiver.came):,} came "
        f"({twice:,} of them again, {len(receiver.came) - before:,} after the last kill); the receiver {dict(receiver.moods)}; amiss: {len(found)}",
        *found[:20],
        sep="\n  ",
        flush=True,
    )
    return not found


def _drain(store: Store) -> None:
    """Wait until nothing is left to be told."""
    end = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < end:
        with store.reading() as connection:
            state = deliveries.state_of(connection, "crm")
            if state is not None and not backlog.backlog(connection, state, frozenset({"lead.scored"})).waiting:
                return
        time.sleep(0.2)


def load(off: Home, on: Home, given: argparse.Namespace) -> None:
    """Measure `POST /leads` of a server without a target and of one with: both run all the while and are asked in turns, so that what else the machine does hits both."""
    body = json.dumps({name: value for name, value in example_told(off.champion)["lead"].items() if name != "lead_id"})
    p99 = defaultdict[str, list[float]](list)
    with receiving(Receiver(Random(1), is_moody=False)) as port:
        places = {"off": with_target(off, None), "on": with_target(on, port)}
        store = open_store(places["on"].settings.store_url, places["on"].settings.folder)
        with places["off"].served(), places["on"].served():
            for turn in range(-1, given.rounds):  # the first warms up
                for name in ("off", "on") if turn % 2 else ("on", "off"):
                    settings, headers = places[name].settings, places[name].headers
                    asked = Load(settings.service.port, "/leads", headers, body, 8, given.seconds, given.rate)
                    answers = run(asked)
                    _drain(store)
                    if turn >= 0:
                        p99[name].append(answers.p99)
                        print(
                            f"{name}: p50 {answers.p50:.1f} ms, p99 {answers.p99:.1f} ms, {answers.statuses}",
                            flush=True,
                        )
        store.close()
    without, with_one = (statistics.median(p99[name]) for name in ("off", "on"))
    ratios = np.log(p99["on"]) - np.log(p99["off"])
    low, middle, high = np.exp(ratios.mean() + np.array([-1.645, 0, 1.645]) * ratios.std(ddof=1) / np.sqrt(len(ratios)))
    print(
        f"p99 of POST /leads at {given.rate:g} a second: {without:.1f} ms without, {with_one:.1f} ms with (medians of {given.rounds} turns); "
        f"turn by turn {middle:.2f} times as long, 90 % interval {low:.2f} to {high:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="on each store")
    parser.add_argument("--stores", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--longest", type=float, default=1.5, help="seconds after which a kill hits at most")
    parser.add_argument("--pause", type=float, default=0.3, help="seconds after each record of a client")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--load", action="store_true", help="measure what it costs")
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=12)
    given = parser.parse_args()
    os.environ[VARIABLE] = SECRET
    with tempfile.TemporaryDirectory() as folder:
        good = []
        if given.load:
            load(home(Path(folder) / "off", leads=1_500), home(Path(folder) / "on", leads=1_500), given)
            return
        place = home(Path(folder) / "kills", leads=1_500, workers=given.workers)
        for name in given.stores:
            if name == "sqlite":
                good.append(report(place, "", given))
                continue
            with postgres_schema() as url:
                good.append(report(place, url, given))
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
