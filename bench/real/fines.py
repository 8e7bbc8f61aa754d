"""Writes the town's fines as three tables: days have no clock, so what happened on a day is known in its evening."""

from pathlib import Path

import pandas as pd

from bench.real.hotel import EVENING


def write_fines(source: Path, folder: Path) -> None:
    """Write `leads.csv`, `events.csv` and `outcomes.csv` into a folder from the published files."""
    leads = pd.read_csv(source / "leads.csv.gz").rename(columns={"Create Fine": "created_at"})
    leads.to_csv(folder / "leads.csv", index=False)
    events = pd.read_csv(source / "events.csv.gz", usecols=["Case ID", "Activity", "Complete Timestamp"])
    _with_evening(events.rename(columns={"Complete Timestamp": "occurred_at"}), "occurred_at").to_csv(
        folder / "events.csv", index=False
    )
    outcomes = pd.read_csv(source / "outcomes.csv.gz").rename(columns={"Outcome Date": "closed_at"})
    _with_evening(outcomes, "closed_at").to_csv(folder / "outcomes.csv", index=False)


def _with_evening(table: pd.DataFrame, day: str) -> pd.DataFrame:
    recorded = (pd.to_datetime(table[day]) + EVENING).dt.strftime("%Y-%m-%dT%H:%M:%S")
    return table.assign(recorded_at=recorded)
