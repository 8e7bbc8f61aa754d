"""Measure how often `glengarry sources` cries wolf, and how soon it sees a source go bad: `python -m bench.sources [--small]`.

Steady companies tell of false alarms; companies of which one source collapses, by two units of log-odds that its leads' answers do not
show, tell of detection. Both are looked at as of several dates, with the verdicts of the default settings. The peer is what a
dashboard does: it compares this quarter's raw close ratio with that of the year before, and warns if it is down by a third.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from features.records.checks import check_history
from features.records.clock import DAY
from features.records.history import History
from features.simulation import WorldSettings, quarter_starts, simulate, world_history, world_schema, write_world
from models.accountability.record import record_at
from models.accountability.settings import AccountabilitySettings
from models.accountability.sources import judge_sources

COLLAPSE, QUARTER = "trade show", 8
SHARES = (0.02, 0.05, 0.1, 0.2)
AFTER = (60, 90, 120, 180, 270)
"""Days after the collapse."""


def history_of(settings: WorldSettings) -> History:
    with tempfile.TemporaryDirectory() as folder:
        write_world(simulate(settings), Path(folder))
        source = world_history(folder, settings)
        return check_history(source, world_schema(settings), datetime(2100, 1, 1, tzinfo=UTC), Path(folder)).history


def verdicts(history: History, as_of: int) -> pd.DataFrame:
    return judge_sources(history, AccountabilitySettings(), as_of).frame()


def dashboard(history: History, as_of: int, channel: str = "source") -> dict[str, bool]:
    """Return whether the raw close ratio of each value is down by a third."""
    record = record_at(history, as_of)
    frame = pd.DataFrame({"value": history.as_known_at(as_of).leads.channels[channel], "won": record.won})
    now, before = (
        frame[chosen].groupby("value")["won"].mean() for chosen in (record.created(90), record.created(455, 90))
    )
    return {value: bool(now.get(value, np.nan) < before[value] * 2 / 3) for value in before.index}


def steady(leads: int, seeds: int) -> Iterator[dict[str, float]]:
    for seed in range(seeds):
        settings = WorldSettings(leads=leads, seed=seed).steady()
        history = history_of(settings)
        for quarter in (6, 8, 10):
            as_of = int(quarter_starts(settings)[quarter])
            frame = verdicts(history, as_of)
            told = frame["verdict"]
            warned = dashboard(history, as_of)
            yield {
                "values": len(frame),
                "alarm": (told == "alarm").sum(),
                "watch": (told == "watch").sum(),
                "cannot": (told == "cannot tell yet").sum(),
                "worlds with an alarm": float((told == "alarm").any()),
                "worlds with either": float(told.isin(["alarm", "watch"]).any()),
                "dashboard warns": float(np.mean(list(warned.values()))),
            }


def collapsed(leads: int, seeds: int) -> Iterator[dict[str, float]]:
    for share in SHARES:
        for seed in range(seeds):
            still = WorldSettings(leads=leads, seed=seed).steady()
            sources = [
                replace(each, share=share, collapse_at=QUARTER) if each.name == COLLAPSE else each
                for each in still.sources
            ]
            settings = replace(still, sources=tuple(sources))
            history = history_of(settings)
            for days in AFTER:
                as_of = int(quarter_starts(settings)[QUARTER - 1]) + days * DAY
                frame = verdicts(history, as_of)
                row = frame[(frame["channel"] == "source") & (frame["value"] == COLLAPSE)].iloc[0]
                others = frame[(frame["channel"] == "source") & (frame["value"] != COLLAPSE)]
                yield {
                    "share": share,
                    "leads a quarter": row["leads_a_quarter"],
                    "days after": days,
                    "alarm": float(row["verdict"] == "alarm"),
                    "alarm or watch": float(row["verdict"] in ("alarm", "watch")),
                    "called steady": float(row["verdict"] == "steady"),
                    "other sources alarmed": float((others["verdict"] == "alarm").mean()),
                    "dashboard warns": float(dashboard(history, as_of).get(COLLAPSE, False)),
                }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="two seeds of smaller companies")
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    seeds, sizes = (2, (6_000,)) if arguments.small else (arguments.seeds, (6_000, 20_000))
    for leads in sizes:
        quiet = pd.DataFrame(steady(leads, seeds))
        print(
            f"\nSteady companies of {leads:,} leads in ten quarters, {len(quiet)} looks ({seeds} seeds): means of a look"
        )
        print(quiet.mean().round(4).to_string())
        found = pd.DataFrame(collapsed(leads, seeds))
        found["leads a quarter"] = found.groupby("share")["leads a quarter"].transform("mean").round().astype(int)
        print(f"\nA source of so many leads a quarter collapses, companies of {leads:,} leads: shares of looks")
        table = found.drop(columns="share").groupby(["leads a quarter", "days after"]).mean()
        print(table.round(2).to_string())


if __name__ == "__main__":
    main()
