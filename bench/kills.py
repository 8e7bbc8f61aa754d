"""Kill the service again and again while clients post, and look for what is lost: `python -m bench.kills [--kills N]`.

`kill -9` hits a worker, the process that starts the workers, or all of them at once, at random moments, on SQLite and on PostgreSQL.
Afterwards every acknowledged lead, event and outcome has to be there, once, every score as it was answered, and every stored score has
to come out the same when it is computed again. Ends with code 1 if anything is not so. PostgreSQL is the server that
GLENGARRY_TEST_POSTGRES names, or one on 127.0.0.1; a schema is made there, and dropped in the end.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import sqlalchemy as sa

from bench._service import company
from serving.champion import Champion
from serving.openapi.shapes import example_told
from serving.store.store import open_store
from serving.store.tables import SCORES
from tests.serving.conftest import bearer, make_tokens
from tests.serving.databases import postgres_schema
from tests.serving.killing import KILLS, Teller, kill_again_and_again, losses, serving, telling


def report(champion: Champion, url: str, given: argparse.Namespace, home: Path) -> bool:
    """Kill a service with one store so often; return whether nothing is amiss."""
    random, start_at = Random(given.seed), time.monotonic()
    key = make_tokens(url)["admin"]
    address, start = serving(champion, url, home, given.workers)
    kills = random.choices(list(KILLS), weights=(6, 1, 3), k=given.kills)
    tellers = [
        Teller(address, bearer(key), example_told(champion), f"T{n}", Random(given.seed + n))
        for n in range(given.clients)
    ]
    with telling(tellers):
        kill_again_and_again(start, tellers, kills, random)
    store = open_store(url)
    amiss = losses(store, champion, tellers)
    scores = store.ask(lambda connection: connection.execute(sa.select(sa.func.count()).select_from(SCORES)).scalar())
    store.close()
    told, repeated = (sum(counts) for counts in zip(*((len(t.acknowledged), t.repeated) for t in tellers), strict=True))
    counted = ", ".join(f"{kind} {kills.count(kind)}" for kind in KILLS)
    print(
        f"{url.split(':')[0]}: {given.kills} kills ({counted}) in {time.monotonic() - start_at:,.0f} s; {told:,} records "
        f"acknowledged, {repeated:,} calls repeated, {scores:,} scores replayed; amiss: {len(amiss)}",
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
