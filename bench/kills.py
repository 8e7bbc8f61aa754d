"""Kill the service again and again while clients post, and look for what is lost: `python -m bench.kills [--kills N]`.

`kill -9` hits a worker, the process that starts the workers, or all of them at once, at random moments, on SQLite and on PostgreSQL.
Meanwhile every fourth lead of half of the clients is erased, the store is backed up again and again, and rounds of retraining and refreshes
follow one another, of which every other one is killed too: the service takes from the registry what comes of them.
Afterwards nobody who was erased may be there, every backup has to be whole, every acknowledged lead, event and outcome
has to be there, once, every score as it was answered, and every stored score has to come out the same when it is computed again by the
version that gave it. Every registered version has to load, and one more round has to come to its end. Ends with code 1 if anything is not
so. PostgreSQL is the server that GLENGARRY_TEST_POSTGRES names, or one on 127.0.0.1; a schema is made there, and dropped in the end.
"""

import argparse
import math
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import sqlalchemy as sa

from bench._service import home
from bench.harness.databases import postgres_schema
from bench.harness.keys import bearer, make_tokens
from bench.harness.killing import KILLS, Teller, kill_again_and_again, losses, telling
from bench.harness.retraining import Retraining, broken_versions, retraining
from models.registry import Registry
from serving.api.openapi.shapes import example_told
from serving.champion.versions import VersionCache, from_registry
from serving.runtime.backup import BackupError, copy_sqlite, run_program
from serving.settings.secret import EXPLORATION
from serving.settings.settings import STORE_VARIABLE
from serving.store.engine import make_engine
from serving.store.store import open_store
from serving.store.tables import SCORES


@dataclass
class Backups:
    """Backups that were made, and what was wrong with any."""

    made: int = 0
    amiss: list[str] = field(default_factory=list)


@contextmanager
def backing_up(url: str, folder: Path) -> Iterator[Backups]:
    """Back a store up again and again meanwhile; each backup is whole or is an error that is said."""
    folder.mkdir()
    stop, backups = threading.Event(), Backups()
    engine, schema = make_engine(url), ""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            schema = str(connection.execute(sa.select(sa.func.current_schema())).scalar_one())

    def run() -> None:
        while not stop.wait(1.0):
            target = folder / f"{backups.made}"
            try:
                if engine.dialect.name == "sqlite":
                    copy_sqlite(Path(str(engine.url.database)), target)
                else:
                    run_program("pg_dump", engine.url, "--format=custom", f"--schema={schema}", f"--file={target}")
                target.unlink()
                backups.made += 1
            except BackupError as error:
                backups.amiss.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield backups
    finally:
        stop.set()
        thread.join()
        engine.dispose()


def report(url: str, given: argparse.Namespace, folder: Path) -> bool:
    """Kill a service with one store so often; return whether nothing is amiss."""
    place = home(folder / "home", given.leads, given.workers)
    settings, random, start_at = place.settings, Random(given.seed), time.monotonic()
    headers, variables = bearer(make_tokens(url)["admin"]), {STORE_VARIABLE: url}
    kills = random.choices(("worker", "parent", "all"), weights=(6, 1, 3), k=given.kills)
    address, told = f"http://127.0.0.1:{settings.service.port}", example_told(place.champion)
    tellers = [
        Teller(address, headers, told, f"T{n}", Random(given.seed + n), erases=n % 2 == 0) for n in range(given.clients)
    ]
    rounds = Retraining(settings, folder, variables, Random(given.seed))
    with backing_up(url, folder / "backups") as backups, retraining(rounds), telling(tellers):
        until = time.monotonic() + given.minutes * 60
        kills = kill_again_and_again(lambda: place.served(variables), tellers, kills, random, until=until)
    store, registry = open_store(url), Registry(settings.registry, settings.var)
    versions = VersionCache(None, from_registry(settings, EXPLORATION.find({}, settings.var)))
    amiss = [*losses(store, versions, tellers), *backups.amiss, *rounds.amiss, *broken_versions(registry)]
    count = sa.select(sa.func.count(), sa.func.count(sa.distinct(SCORES.c.model_version)))
    scores, by = store.ask(lambda connection: connection.execute(count).one())
    store.close()
    acknowledged, repeated, erased = (
        sum(counts) for counts in zip(*((len(t.acknowledged), t.repeated, len(t.erased)) for t in tellers), strict=True)
    )
    counted = ", ".join(f"{kind} {kills.count(kind)}" for kind in KILLS)
    done = ", ".join(f"{number} x {name}" for name, number in rounds.ended.items())
    print(
        f"{url.split(':')[0]}: {len(kills)} kills ({counted}) in {time.monotonic() - start_at:,.0f} s; {acknowledged:,} records "
        f"acknowledged, {repeated:,} calls repeated, {scores:,} scores by {by} versions replayed, {erased:,} people erased, "
        f"{backups.made} backups, {rounds.killed} rounds killed and {done} to the end; amiss: {len(amiss)}",
        *amiss[:20],
        sep="\n  ",
        flush=True,
    )
    return not amiss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="on each store")
    parser.add_argument("--minutes", type=float, default=math.inf, help="of killing each store's service at most")
    parser.add_argument("--stores", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--leads", type=int, default=1_500, help="of the simulated company that the models learn from")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    good = []
    with tempfile.TemporaryDirectory() as folder:
        if "sqlite" in given.stores:
            good.append(report(f"sqlite:///{Path(folder) / 'store.db'}", given, Path(folder) / "sqlite"))
        if "postgresql" in given.stores:
            with postgres_schema() as url:
                good.append(report(url, given, Path(folder) / "postgresql"))
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
