"""Kill the service again and again while clients post, and look for what is lost: `python -m bench.kills [--kills N]`.

`kill -9` hits a worker, the process that starts the workers, or all of them at once, at random moments, on SQLite and on PostgreSQL.
Meanwhile every fourth lead of half of the clients is erased, and the store is backed up again and again.
Afterwards nobody who was erased may be there, every backup has to be whole, every acknowledged lead, event and outcome
has to be there, once, every score as it was answered, and every stored score has to come out the same when it is computed again. Ends with code 1 if anything is not so. PostgreSQL is the server that
GLENGARRY_TEST_POSTGRES names, or one on 127.0.0.1; a schema is made there, and dropped in the end.
"""

import argparse
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

from bench._service import company
from bench.harness.databases import postgres_schema
from bench.harness.keys import bearer, make_tokens
from bench.harness.killing import KILLS, Teller, kill_again_and_again, losses, serving, telling
from serving.api.openapi.shapes import example_told
from serving.champion.champion import Champion
from serving.runtime.backup import BackupError, copy_sqlite, run_program
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


def report(champion: Champion, url: str, given: argparse.Namespace, home: Path) -> bool:
    """Kill a service with one store so often; return whether nothing is amiss."""
    random, start_at = Random(given.seed), time.monotonic()
    key = make_tokens(url)["admin"]
    address, start = serving(champion, url, home, given.workers)
    kills = random.choices(list(KILLS), weights=(6, 1, 3), k=given.kills)
    tellers = [
        Teller(address, bearer(key), example_told(champion), f"T{n}", Random(given.seed + n), erases=n % 2 == 0)
        for n in range(given.clients)
    ]
    with backing_up(url, home / "backups") as backups, telling(tellers):
        kill_again_and_again(start, tellers, kills, random)
    store = open_store(url)
    amiss = [*losses(store, champion, tellers), *backups.amiss]
    scores = store.ask(lambda connection: connection.execute(sa.select(sa.func.count()).select_from(SCORES)).scalar())
    store.close()
    told, repeated = (sum(counts) for counts in zip(*((len(t.acknowledged), t.repeated) for t in tellers), strict=True))
    counted = ", ".join(f"{kind} {kills.count(kind)}" for kind in KILLS)
    print(
        f"{url.split(':')[0]}: {given.kills} kills ({counted}) in {time.monotonic() - start_at:,.0f} s; {told:,} records "
        f"acknowledged, {repeated:,} calls repeated, {scores:,} scores replayed, {sum(len(t.erased) for t in tellers):,} people erased, {backups.made} backups; amiss: {len(amiss)}",
        *amiss[:20],
        sep="\n  ",
        flush=True,
    )
    return not amiss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="on each store")
    parser.add_argument("--stores", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    good = []
    with tempfile.TemporaryDirectory() as folder:
        champion = company(Path(folder) / "company", leads=1_500).champion
        if "sqlite" in given.stores:
            home = Path(folder) / "sqlite"
            home.mkdir()
            good.append(report(champion, f"sqlite:///{home / 'store.db'}", given, home))
        if "postgresql" in given.stores:
            home = Path(folder) / "postgresql"
            home.mkdir()
            with postgres_schema() as url:
                good.append(report(champion, url, given, home))
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
