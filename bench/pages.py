"""Measure how long pages take at the server, among 100,000 open and 200,000 past leads: `python -m bench.pages [--small] [--store URL]`.

The store is filled in bulk with leads that have the answers of simulated ones. Each open lead has a standing as of now, as after a night's
`glengarry rescore`; a thousand are scored by two versions of the model, one of them sixty times. As a peer, the ids of the queue's first page are asked for without its index: each lead's outcomes looked up, and all sorted.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from starlette.testclient import TestClient

from bench._histories import world_task
from features.records.clock import DAY, HOUR, to_microseconds
from features.settings.ladder import STEPS
from features.simulation import WorldSettings, simulate, world_schema
from models.close.reasons.similar import PastLeads, Standing
from models.close.settings import BoosterSettings
from models.decision.routes import ROUTES
from models.registry.artifacts import Artifacts
from serving.champion.champion import Champion, Deployment
from serving.intake.scoring import Moment, score_places
from serving.runtime.app import create_app
from serving.store.keys import create_key
from serving.store.records import Lead, NewEvent, NewOutcome, StoredScore
from serving.store.store import Store, open_store
from serving.store.tables import EVENTS, LEADS, OUTCOMES
from training.fitting.decisions import fit_decider
from training.fitting.fit import fit_close_model
from training.fitting.similar import remember
from training.samples.dataset import prepare
from training.settings import TrainingSettings

OPEN, PAST, SCORED, OFTEN = 100_000, 200_000, 1_000, 60
AT_ONCE = 5_000
TIMES = 20
GIVEN = ("Ann", "José", "Minh", "Olga", "Jürgen", "Fatima", "Seán")
FAMILY = ("Roe", "Müller", "Nguyen", "García", "O’Neill", "Kowalska", "Svensson", "Haddad", "Okafor", "Tanaka", "Rossi")
TRAINING = TrainingSettings(undetermined="left_out", booster=BoosterSettings(most_rounds=30))
NAIVE = """
SELECT lead_id FROM leads WHERE NOT EXISTS (SELECT 1 FROM outcomes WHERE outcomes.lead_id = leads.lead_id)
ORDER BY +expected_value DESC LIMIT 50
"""
PATHS = {
    "queue": "/pages/leads",
    "queue by probability": "/pages/leads?order=probability",
    "queue, newest": "/pages/leads?order=newest",
    "queue of a source": "/pages/leads?source=webinar",
    "queue of an owner": "/pages/leads?owner=R007",
    "queue of a band": "/pages/leads?band=20",
    "queue, changed this week": "/pages/leads?changed=week",
    "queue, all of it at once": "/pages/leads?source=webinar&owner=R007&route=rep&step=prospect&band=20",
    "search, one found": "/pages/leads?search=O00999",
    "search, none found": "/pages/leads?search=nobody",
    "search, two letters": "/pages/leads?search=an",
    "search among all, none found": "/leads?search=nobody",
    "a lead": "/pages/leads/O00042",
    "a lead, scored sixty times": "/pages/leads/O00007",
    "overview": "/pages/overview",
    "the model": "/pages/model",
    "feedback": "/pages/feedback",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a hundredth of the leads")
    parser.add_argument("--store", help="an empty database that is filled, by its URL; without it, a file of SQLite")
    given = parser.parse_args()
    part = 100 if given.small else 1
    champion = a_champion()
    with tempfile.TemporaryDirectory() as folder:
        url = given.store or f"sqlite:///{Path(folder) / 'store.db'}"
        store = open_store(url)
        fill(store, champion, OPEN // part, PAST // part)
        settle(store)
        key = create_key(store, "bench", "admin", to_microseconds(datetime.now(UTC)))
        print(
            f"{OPEN // part:,} open and {PAST // part:,} past leads, {TIMES} times each, milliseconds at the server",
            flush=True,
        )
        app = create_app(lambda: champion, lambda: open_store(url), lambda _: before(champion))
        with TestClient(app, headers={"authorization": f"Bearer {key}"}) as client:
            client.post("/pages/login", data={"key": key})
            for name, path in PATHS.items():
                told(name, partial(fetch, client, path))
        told("ids of the queue without its index", lambda: naive(store), times=3)
        store.close()


def a_champion() -> Champion:
    """Return a champion that learned from a small company, beside as many past leads as there are to be."""
    history = world_task(simulate(WorldSettings(leads=500))).history
    dataset = prepare(history, TRAINING)
    model = fit_close_model(dataset, TRAINING, history.known_until).model
    beside = Artifacts(fit_decider(dataset, model, TRAINING).decider, many(remember(model, dataset, TRAINING), PAST))
    return Champion(model, Deployment(name="bench", version="1"), beside)


def before(champion: Champion) -> Champion:
    """Return the version that served before: the same model under another number."""
    return replace(champion, deployment=Deployment(name="bench", version="0"))


def many(past: PastLeads, count: int) -> PastLeads:
    """Return so many past leads that are like these."""

    def repeated(standing: Standing) -> Standing:
        rows = np.resize(np.arange(len(standing)), count)
        return Standing(standing.mark[rows], standing.won[rows], standing.known_at[rows], standing.steps[rows])

    return PastLeads(past.subjects, {age: repeated(standing) for age, standing in past.standings.items()})


def fill(store: Store, champion: Champion, open_leads: int, past: int) -> None:
    """Put leads into a store, an event each, outcomes of past ones and standings of open ones; some are scored, twice."""
    now = to_microseconds(datetime.now(UTC) - timedelta(hours=1))
    fields = simulate(WorldSettings(leads=500)).leads[[*list(world_schema().answers), "source", "campaign"]]
    said: list[dict[str, Any]] = [
        {str(name): str(value) for name, value in row.items() if value == value} for row in fields.to_dict("records")
    ]
    random = np.random.default_rng(0)
    names = [f"O{n:05d}" for n in range(open_leads)] + [f"P{n:06d}" for n in range(past)]
    for start in range(0, len(names), AT_ONCE):
        with store.writing(now - 9 * DAY) as transaction:
            at = transaction.tick()
            rows = [records(at, n, names[n], said, random, now) for n in range(start, min(start + AT_ONCE, len(names)))]
            for table, of_table in zip((LEADS, EVENTS, OUTCOMES), zip(*rows, strict=True), strict=True):
                transaction.insert(table, [row for row in of_table if row])
    rounds = [(now - hours * HOUR, names[7:8]) for hours in range(OFTEN, 1, -1)]
    for moment, scored in [(now - 8 * DAY, names[:SCORED]), *rounds, (now, names[:SCORED])]:
        with store.writing(moment) as transaction:
            places = [Moment(lead_id, moment) for lead_id in scored]
            scores = score_places(champion if moment == now else before(champion), transaction.connection, places)
            transaction.add_scores([score for score in scores.values() if isinstance(score, StoredScore)])


def settle(store: Store) -> None:
    """Do what PostgreSQL does by itself within minutes of so many writes."""
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


def records(
    at: int, n: int, lead_id: str, said: list[dict[str, Any]], random: np.random.Generator, now: int
) -> tuple[dict[str, Any], ...]:
    """Return a lead's row, that of an event, and that of an outcome, which is empty for an open lead."""
    created, is_open, owner = now - int(random.integers(10, 90)) * DAY, lead_id.startswith("O"), f"R{n % 40:03d}"
    probability, fields = float(random.beta(1, 6)), said[n % len(said)]
    lead = {
        **vars(Lead(lead_id, created, fields, "", at, None, now, probability)),
        "status": "open" if is_open else "lost",
        "expected_value": probability * float(random.lognormal(9, 1)) - 100.0,
        "route": ROUTES[n % len(ROUTES)],
        "step": STEPS[n % 7 % len(STEPS)],
        "source": fields["source"],
        "owner": owner,
        "name": f"{GIVEN[n % len(GIVEN)]} {FAMILY[n % len(FAMILY)]}, {FAMILY[n * 7 % len(FAMILY)]} & Sons {n}",
        "moved": float(random.uniform(-0.009, 0.009)),
        "changed_at": now - int(random.integers(0, 90)) * DAY,
    }
    event = NewEvent(lead_id, "call", created, rep_id=owner, recorded_at=created)
    outcome = NewOutcome(lead_id, created + 5 * DAY, won=False, recorded_at=created + 5 * DAY)
    stored = {"digest": "", "stored_at": at}
    return lead, vars(event) | stored, {} if is_open else vars(outcome) | stored


def fetch(client: TestClient, path: str) -> None:
    client.get(path).raise_for_status()


def naive(store: Store) -> None:
    with store.reading() as connection:
        connection.execute(sa.text(NAIVE)).all()


def told(name: str, ask: Callable[[], object], times: int = TIMES) -> None:
    """Print how long something takes by the processor, whatever else the machine does, and by the clock."""
    ask()
    taken = []
    for _ in range(times):
        start = time.process_time(), time.perf_counter()
        ask()
        taken.append((time.process_time() - start[0], time.perf_counter() - start[1]))
    worked, waited = np.quantile(taken, (0.5, 0.95), axis=0).T * 1e3
    print(
        f"{name:34} processor {worked[0]:7.1f}, 95 % within {worked[1]:7.1f}   clock {waited[0]:7.1f}, {waited[1]:7.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
