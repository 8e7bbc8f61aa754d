"""Measure whether `glengarry funnel` calls leads that nobody qualifies, and nothing else: `python -m bench.funnel [--small]`.

A flood multiplies one source's leads by six and takes what they are worth; a bad closer is the best one who stops closing. Both begin two
quarters before the end; the company is looked at as of each month since. Companies without either tell of false calls. The peer is the rule
without its evidence: this quarter's raw close ratio at or under one in ten.
"""

import argparse
from collections.abc import Iterator

import pandas as pd

from bench.sources import history_of
from features.records.clock import DAY
from features.records.history import History
from features.simulation import WorldSettings
from models.accountability.record import record_at
from models.accountability.settings import AccountabilitySettings
from models.accountability.unqualified import find_unqualified

FLOODED = "webinar"
MONTHS_AGO = (3, 2, 1, 0)


def looks(history: History, name: str, seed: int) -> Iterator[dict[str, object]]:
    for ago in MONTHS_AGO:
        as_of = history.known_until - round(ago * 365.25 / 12 * DAY)
        record = record_at(history, as_of)
        called = find_unqualified(record, AccountabilitySettings())
        now = record.created(90)
        source = record.history.leads.channels["source"]
        raw = pd.Series(record.won[now]).groupby(source[now]).mean()
        yield {
            "company": name,
            "seed": seed,
            "months since": 6 - ago,
            "called": float(bool(called)),
            "flooded source": float(any((each.channel, each.value) == ("source", FLOODED) for each in called)),
            "another source": float(any(each.channel == "source" and each.value != FLOODED for each in called)),
            "raw ratio <= .1, any source": float((raw <= 0.1).any()),
        }


def measured(leads: int, seeds: int) -> Iterator[dict[str, object]]:
    for seed in range(seeds):
        still = WorldSettings(leads=leads, seed=seed).steady()
        drifting = WorldSettings(leads=leads, seed=seed)
        companies = {
            "quiet": still,
            "drifting, a source collapses": drifting,
            "flood": still.flooded(FLOODED),
            "bad closer": still.with_bad_closer(),
            "closer who stops closing": still.with_bad_closer(effect=-4.0),
        }
        for name, settings in companies.items():
            yield from looks(history_of(settings), name, seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="two seeds of smaller companies")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--leads", type=int, default=6_000)
    arguments = parser.parse_args()
    leads, seeds = (3_000, 2) if arguments.small else (arguments.leads, arguments.seeds)
    found = pd.DataFrame(measured(leads, seeds)).drop(columns="seed")
    print(f"Companies of {leads:,} leads in ten quarters, {seeds} seeds: shares of companies")
    print(found.groupby(["company", "months since"]).mean().round(2).to_string())


if __name__ == "__main__":
    main()
